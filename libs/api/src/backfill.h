#pragma once

#include <memory>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/instigators.h>

namespace tidemill::api {

/// A stored backfill, bound to the schema's type PartitionBackfill. Cheap to copy.
struct Backfill {
  std::shared_ptr<const model::BackfillRecord> record;
};

/// The status of runs that stands for a backfill's own. Throws Error(kDataLoss) for one that no Dagster writes.
std::string_view RunStatusOf(const model::BackfillRecord& backfill);

/// What a backfill shows in the feed of runs.
void BindBackfillInFeed(graphql::Schema& schema);

}  // namespace tidemill::api
