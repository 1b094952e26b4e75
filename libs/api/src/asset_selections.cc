#include "asset_selections.h"

#include <algorithm>
#include <map>

#include "assets.h"
#include "errors.h"

namespace tidemill::api {
namespace {

/// The graphs of single repositories that a request has asked for.
class RepositoryGraphs final {
 public:
  explicit RepositoryGraphs(const RequestContext&) {}

  const assets::AssetGraph& Of(const workspace::Repository& repository) {
    auto& graph = graphs_[&repository];
    if (!graph) graph = std::make_unique<const assets::AssetGraph>(repository.snap());
    return *graph;
  }

 private:
  std::map<const workspace::Repository*, std::unique_ptr<const assets::AssetGraph>> graphs_;
};

const assets::AssetGraph& GraphOf(const TargetedAssets& targeted, const RequestContext& context) {
  return context.Local<RepositoryGraphs>().Of(*targeted.repository);
}

std::vector<model::AssetCheckKey> ChecksOf(const TargetedAssets& targeted, const RequestContext& context) {
  std::vector<model::AssetCheckKey> keys;
  for (const model::AssetCheckSnap* check : targeted.selection.ResolveChecks(GraphOf(targeted, context))) {
    keys.push_back({check->asset_key, check->name});
  }
  std::ranges::sort(keys, {},
                    [](const model::AssetCheckKey& key) { return std::pair(key.asset_key.ToColumn(), key.name); });
  return keys;
}

std::vector<Asset> AssetsOf(const TargetedAssets& targeted, const RequestContext& context) {
  std::vector<Asset> assets;
  for (model::AssetKey& key : KeysOf(targeted, context)) assets.push_back({std::move(key)});
  return assets;
}

}  // namespace

std::optional<TargetedAssets> TargetedAssetsOf(const json::Value& selection, const workspace::Repository& repository) {
  if (selection.is_null()) return std::nullopt;
  return TargetedAssets{assets::AssetSelection::FromJson(selection), &repository};
}

std::vector<model::AssetKey> KeysOf(const TargetedAssets& targeted, const RequestContext& context) {
  const assets::AssetGraph& graph = GraphOf(targeted, context);
  std::vector<model::AssetKey> keys;
  for (const assets::AssetId id : targeted.selection.Resolve(graph)) keys.push_back(graph.key(id));
  std::ranges::sort(keys, {}, &model::AssetKey::ToColumn);
  return keys;
}

void BindAssetSelections(graphql::Schema& schema) {
  schema.Object<TargetedAssets>("AssetSelection")
      .Field("assetSelectionString",
             [](const TargetedAssets& targeted) {
               const auto here = assets::AssetSelection::CodeLocation(targeted.repository->location_name());
               return targeted.selection.And(here).ToString();
             })
      .Field("assetKeys", KeysOf)
      .Field("assetChecks", ChecksOf)
      .Field("assets", AssetsOf)
      .Field("assetsOrError",
             [](const TargetedAssets& targeted, const RequestContext& context) -> std::variant<AssetPage, PythonError> {
               try {
                 return AssetPage{AssetsOf(targeted, context), std::nullopt};
               } catch (const Error& error) {
                 return ToPythonError(error);
               }
             });
}

}  // namespace tidemill::api
