#pragma once

#include <optional>

#include <tidemill/api/api.h>
#include <tidemill/assets/selection.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The assets and checks of its repository that a schedule or sensor targets, bound to AssetSelection.
struct TargetedAssets {
  assets::AssetSelection selection;
  const workspace::Repository* repository;
};

/// Of the member asset_selection of a ScheduleSnap or SensorSnap; nothing if it is null. Throws Error(kInvalidArgument)
/// for a class of selection that is not known here.
std::optional<TargetedAssets> TargetedAssetsOf(const json::Value& selection, const workspace::Repository& repository);

/// The keys, sorted. Throws Error(kNotFound) for one that the repository does not declare.
std::vector<model::AssetKey> KeysOf(const TargetedAssets& targeted, const RequestContext& context);

void BindAssetSelections(graphql::Schema& schema);

}  // namespace tidemill::api
