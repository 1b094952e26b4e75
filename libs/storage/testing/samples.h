#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/storage/event_storage.h>

/// Events and runs as the engine writes them, with only what a test cares about said.
namespace tidemill::storage::testing {

/// 2023-11-14 22:13:20 UTC, well before any clock that runs the tests.
inline constexpr double kStart = 1700000000.0;

model::EventLogEntry LogLine(std::string_view run_id, std::string_view message, double time = kStart);
model::EventLogEntry StepEvent(std::string_view run_id, model::EventType type, std::string_view step_key,
                               double time = kStart);
model::EventLogEntry RunEvent(std::string_view run_id, model::EventType type, double time = kStart);
model::EventLogEntry RunFailed(std::string_view run_id, std::string_view reason, double time = kStart);
model::EventLogEntry Materialized(std::string_view run_id, const model::AssetKey& asset, double time = kStart,
                                  std::optional<std::string> partition = std::nullopt, model::Tags tags = {});
model::EventLogEntry Observed(std::string_view run_id, const model::AssetKey& asset, double time = kStart,
                              std::optional<std::string> partition = std::nullopt, model::Tags tags = {});
model::EventLogEntry Planned(std::string_view run_id, const model::AssetKey& asset, double time = kStart,
                             std::optional<std::string> partition = std::nullopt);
model::EventLogEntry CheckPlanned(std::string_view run_id, const model::AssetCheckKey& key, double time = kStart);
model::EventLogEntry CheckEvaluated(std::string_view run_id, const model::AssetCheckKey& key, bool passed,
                                    double time = kStart);

/// Encodes each.
std::vector<NewEvent> Group(std::vector<model::EventLogEntry> entries);

model::Run SampleRun(std::string_view run_id, model::Tags tags = {});

/// The messages of the events, for comparing in one line.
std::vector<std::string> Messages(const std::vector<StoredEvent>& events);

}  // namespace tidemill::storage::testing
