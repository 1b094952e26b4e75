#pragma once

#include <optional>
#include <string>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/metadata.h>

#include "event.h"

namespace tidemill::api {

/// ExpectationResult and ObjectStoreOperationResult: what an event of a class without a struct of its own says, read
/// from the JSON that was stored.
struct StoredResult {
  std::string operation;
  bool success = false;
  std::optional<std::string> label;
  std::optional<std::string> description;
  model::Metadata metadata;
};

StoredResult ResultOf(const Event& event);

/// The fields that events of assets and checks add to those of every event; also CheckEvaluation, and the results of
/// expectations and object stores.
void BindAssetEvents(graphql::Schema& schema);

}  // namespace tidemill::api
