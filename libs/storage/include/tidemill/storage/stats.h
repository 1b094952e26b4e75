#pragma once

#include <span>
#include <vector>

#include <tidemill/storage/event_storage.h>

namespace tidemill::storage {

/// How many events of one type a run has, and when the last was.
struct TypeSummary {
  model::EventType type;
  std::int64_t count = 0;
  double last_timestamp = 0;  ///< Seconds since the epoch.
};

/// The types that DeriveRunStats and DeriveStepStats look at.
const std::vector<model::EventType>& RunStatsTypes();
const std::vector<model::EventType>& StepStatsTypes();

RunStats DeriveRunStats(std::span<const TypeSummary> summaries);

/// `events` in the order of the log; events of other types or without a step are passed over. Steps come in the order
/// of their first event that counts.
std::vector<StepStats> DeriveStepStats(std::span<const model::EventLogEntry> events);

}  // namespace tidemill::storage
