#include "assets.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/base/error.h>

#include "asset_node.h"
#include "asset_status.h"
#include "errors.h"

namespace tidemill::api {
namespace {

/// AssetRecord: a key with stored events.
struct StoredKey {
  model::AssetKey key;
};
/// AssetRecordConnection.
struct StoredKeyPage {
  std::vector<StoredKey> nodes;
  std::optional<std::string> cursor;
};

/// What `prefix`, `cursor` and `limit` ask for.
struct KeyRange {
  explicit KeyRange(const graphql::Arguments& arguments)
      : prefix(arguments.Get<std::optional<std::vector<std::string>>>("prefix")),
        limit(arguments.Get<std::optional<std::int64_t>>("limit")) {
    const auto text = arguments.Get<std::optional<std::string>>("cursor");
    if (!text || text->empty()) return;
    // Browsers write the key's JSON without blanks.
    const std::optional<model::AssetKey> key = model::AssetKey::FromColumn(*text);
    cursor = key ? key->ToColumn() : *text;
  }

  bool Has(const model::AssetKey& key) const {
    const bool has_prefix =
        !prefix || (prefix->size() <= key.path.size() && std::equal(prefix->begin(), prefix->end(), key.path.begin()));
    return has_prefix && (!cursor || key.ToColumn() > *cursor);
  }
  std::size_t Limit(std::size_t size) const {
    return limit && *limit > 0 ? std::min(size, static_cast<std::size_t>(*limit)) : size;
  }

  std::optional<std::vector<std::string>> prefix;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};

/// Sorted as their texts are.
std::vector<model::AssetKey> StoredKeys(const KeyRange& range, const RequestContext& context) {
  std::vector<std::pair<std::string, model::AssetKey>> keyed;
  for (model::AssetKey& key : context.storage().events().AssetKeys()) {
    if (range.Has(key)) keyed.emplace_back(key.ToColumn(), std::move(key));
  }
  std::ranges::sort(keyed, {}, [](const auto& entry) -> const std::string& { return entry.first; });
  keyed.erase(keyed.begin() + static_cast<std::ptrdiff_t>(range.Limit(keyed.size())), keyed.end());
  std::vector<model::AssetKey> keys;
  for (auto& [text, key] : keyed) keys.push_back(std::move(key));
  return keys;
}

template <class Page>
Page PageOf(const std::vector<model::AssetKey>& keys) {
  Page page;
  for (const model::AssetKey& key : keys) page.nodes.push_back({key});
  if (!keys.empty()) page.cursor = keys.back().ToColumn();
  return page;
}

/// Stored or declared; sorted as their texts are.
std::vector<model::AssetKey> KnownKeys(const KeyRange& range, const RequestContext& context) {
  std::vector<model::AssetKey> known = StoredKeys(range, context);
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  for (assets::AssetId id = 0; id < graph.size(); ++id) {
    if (WorkspaceNode(context, id) && range.Has(graph.key(id))) known.push_back(graph.key(id));
  }
  std::map<std::string, model::AssetKey> sorted;
  for (model::AssetKey& key : known) sorted.emplace(key.ToColumn(), std::move(key));
  std::vector<model::AssetKey> keys;
  for (auto& [text, key] : sorted) keys.push_back(std::move(key));
  return keys;
}

std::variant<AssetPage, PythonError> Assets(const graphql::Arguments& arguments, const RequestContext& context) {
  const KeyRange range(arguments);
  auto keys = AssetKeysOf(arguments, "assetKeys");
  if (keys && range.prefix) {
    return ToPythonError(Error(Code::kInvalidArgument, "Cannot provide both asset_keys and prefix"));
  }
  if (!keys) keys = KnownKeys(range, context);
  keys->erase(keys->begin() + static_cast<std::ptrdiff_t>(range.Limit(keys->size())), keys->end());
  return PageOf<AssetPage>(*keys);
}

template <class F>
auto EachRecord(F get) {
  return [get](std::span<const Asset* const> assets, const RequestContext& context) {
    std::vector<model::AssetKey> keys;
    for (const Asset* asset : assets) keys.push_back(asset->key);
    const AssetStatus status = AssetStatus(context, std::move(keys));
    std::vector<decltype(get(*assets[0], status, context))> values;
    for (const Asset* asset : assets) values.push_back(get(*asset, status, context));
    return values;
  };
}

void BindAsset(graphql::Schema& schema) {
  schema.Object<Asset>("Asset")
      .Field("id", [](const Asset& asset) { return asset.key.ToColumn(); })
      .Field("key", &Asset::key)
      .Field("definition",
             [](const Asset& asset, const RequestContext& context) { return FindAssetNode(context, asset.key); })
      .Batch("latestEventSortKey", EachRecord([](const Asset& asset, const AssetStatus& status, const RequestContext&) {
               const storage::StoredEvent* last = status.LastMaterialization(asset.key);
               return last == nullptr ? std::nullopt : std::optional(std::to_string(last->storage_id));
             }))
      .Batch("latestMaterializationTimestamp",
             EachRecord([](const Asset& asset, const AssetStatus& status, const RequestContext&) {
               const storage::StoredEvent* last = status.LastMaterialization(asset.key);
               return last == nullptr ? std::nullopt : std::optional(last->entry.timestamp * 1000);
             }))
      .Batch("hasDefinitionOrRecord",
             EachRecord([](const Asset& asset, const AssetStatus& status, const RequestContext& context) {
               return status.Record(asset.key) != nullptr || FindAssetNode(context, asset.key).has_value();
             }))
      // Dagster's own SQL storages keep these for materializations only.
      .Field("latestObservationTimestamp", [] { return std::optional<double>(); })
      .Field("latestFailedToMaterializeTimestamp", [] { return std::optional<double>(); });
}

}  // namespace

void BindAssets(graphql::Schema& schema) {
  BindAsset(schema);
  schema.Object<StoredKey>("AssetRecord")
      .Field("id", [](const StoredKey& stored) { return stored.key.ToColumn(); })
      .Field("key", &StoredKey::key);
  schema.Object<StoredKeyPage>("AssetRecordConnection")
      .Field("assets", &StoredKeyPage::nodes)
      .Field("cursor", &StoredKeyPage::cursor);
  schema.Object<AssetPage>("AssetConnection").Field("nodes", &AssetPage::nodes).Field("cursor", &AssetPage::cursor);
  schema.Query()
      .Field("assetsOrError", Assets)
      .Field("assetRecordsOrError",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return PageOf<StoredKeyPage>(StoredKeys(KeyRange(arguments), context));
             })
      .Field("assetOrError", [](const graphql::Arguments& arguments) {
        return Asset{AssetKeyOf(arguments.Get<graphql::Input>("assetKey"))};
      });
}

}  // namespace tidemill::api
