#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/ids.h>

namespace tidemill::api {

/// A key that is declared, or that events were stored of, or that someone asks about.
struct Asset {
  model::AssetKey key;
};

/// AssetConnection.
struct AssetPage {
  std::vector<Asset> nodes;
  std::optional<std::string> cursor;
};

/// The questions that give assets by their keys, and what is known of each beside its events.
void BindAssets(graphql::Schema& schema);

/// The statuses of an asset's partitions.
void BindAssetPartitionStatus(graphql::Schema& schema);

}  // namespace tidemill::api
