#include <algorithm>
#include <string>
#include <unordered_map>

#include <tidemill/storage/stats.h>

namespace tidemill::storage {
namespace {

using model::EventType;

/// Builds the stats of one step from its events in order.
class StepBuilder {
 public:
  explicit StepBuilder(std::string step_key) { stats_.step_key = std::move(step_key); }

  void Add(EventType type, const model::EventLogEntry& entry) {
    switch (type) {
      case EventType::kStepStart:
        counts_ = true;
        stats_.status = "IN_PROGRESS";
        stats_.start_time = entry.timestamp;
        OpenAttempt(entry.timestamp);
        break;
      case EventType::kStepRestarted:
        OpenAttempt(entry.timestamp);
        break;
      case EventType::kStepUpForRetry:
        CloseAttempt(entry.timestamp);
        break;
      case EventType::kStepFailure:
        Finish("FAILURE", entry.timestamp);
        break;
      case EventType::kStepSuccess:
        Finish("SUCCESS", entry.timestamp);
        break;
      case EventType::kStepSkipped:
        Finish("SKIPPED", entry.timestamp);
        break;
      default:
        AddData(entry);
        break;
    }
  }

  /// Whether more than markers was seen: a step that only has those is not reported.
  bool counts() const { return counts_; }
  StepStats Take() { return std::move(stats_); }

 private:
  void OpenAttempt(double time) {
    counts_ = true;
    ++stats_.attempts;
    attempt_start_ = time;
  }

  void CloseAttempt(double time) {
    counts_ = true;
    if (!attempt_start_) {
      ++stats_.attempts;
      attempt_start_ = time;
    }
    stats_.finished_attempts.push_back({.key = "", .start_time = attempt_start_, .end_time = time});
    attempt_start_.reset();
  }

  void Finish(std::string_view status, double time) {
    stats_.status = status;
    stats_.end_time = time;
    CloseAttempt(time);
  }

  void AddData(const model::EventLogEntry& entry) {
    const model::EventData& data = entry.dagster_event->data;
    if (std::holds_alternative<model::event::StepMaterialization>(data)) {
      counts_ = true;
      stats_.materializations.push_back(entry);
    } else if (entry.dagster_event->type == EventType::kStepExpectationResult) {
      counts_ = true;
      stats_.expectations.push_back(entry);
    } else if (const auto* check = std::get_if<model::event::CheckEvaluation>(&data)) {
      counts_ = true;
      stats_.check_evaluations.push_back(*check);
    } else if (const auto* engine = std::get_if<model::event::Engine>(&data)) {
      if (IsSet(engine->marker_start)) MarkerOf(*engine->marker_start).start_time = entry.timestamp;
      if (IsSet(engine->marker_end)) MarkerOf(*engine->marker_end).end_time = entry.timestamp;
    }
  }

  static bool IsSet(const std::optional<std::string>& marker) { return marker && !marker->empty(); }

  StepStats::Marker& MarkerOf(const std::string& key) {
    const auto found = std::find_if(stats_.markers.begin(), stats_.markers.end(),
                                    [&](const StepStats::Marker& marker) { return marker.key == key; });
    if (found != stats_.markers.end()) return *found;
    return stats_.markers.emplace_back(StepStats::Marker{.key = key, .start_time = {}, .end_time = {}});
  }

  StepStats stats_;
  std::optional<double> attempt_start_;
  bool counts_ = false;
};

}  // namespace

const std::vector<EventType>& RunStatsTypes() {
  static const std::vector<EventType> kTypes = {
      EventType::kRunEnqueued,          EventType::kRunStarting, EventType::kRunStart,
      EventType::kRunSuccess,           EventType::kRunFailure,  EventType::kRunCanceled,
      EventType::kStepFailure,          EventType::kStepSuccess, EventType::kAssetMaterialization,
      EventType::kStepExpectationResult};
  return kTypes;
}

const std::vector<EventType>& StepStatsTypes() {
  static const std::vector<EventType> kTypes = {EventType::kStepStart,
                                                EventType::kStepFailure,
                                                EventType::kStepRestarted,
                                                EventType::kStepSuccess,
                                                EventType::kStepSkipped,
                                                EventType::kStepUpForRetry,
                                                EventType::kAssetMaterialization,
                                                EventType::kStepExpectationResult,
                                                EventType::kAssetCheckEvaluation,
                                                EventType::kEngineEvent,
                                                EventType::kStepWorkerStarting,
                                                EventType::kStepWorkerStarted,
                                                EventType::kResourceInitStarted,
                                                EventType::kResourceInitSuccess,
                                                EventType::kResourceInitFailure};
  return kTypes;
}

RunStats DeriveRunStats(std::span<const TypeSummary> summaries) {
  RunStats stats;
  std::optional<double> success;
  std::optional<double> failure;
  std::optional<double> canceled;
  for (const TypeSummary& summary : summaries) {
    switch (summary.type) {
      case EventType::kStepSuccess:
        stats.steps_succeeded = summary.count;
        break;
      case EventType::kStepFailure:
        stats.steps_failed = summary.count;
        break;
      case EventType::kAssetMaterialization:
        stats.materializations = summary.count;
        break;
      case EventType::kStepExpectationResult:
        stats.expectations = summary.count;
        break;
      case EventType::kRunEnqueued:
        stats.enqueued_time = summary.last_timestamp;
        break;
      case EventType::kRunStarting:
        stats.launch_time = summary.last_timestamp;
        break;
      case EventType::kRunStart:
        stats.start_time = summary.last_timestamp;
        break;
      case EventType::kRunSuccess:
        success = summary.last_timestamp;
        break;
      case EventType::kRunFailure:
        failure = summary.last_timestamp;
        break;
      case EventType::kRunCanceled:
        canceled = summary.last_timestamp;
        break;
      default:
        break;
    }
  }
  stats.end_time = success ? success : failure ? failure : canceled;
  return stats;
}

std::vector<StepStats> DeriveStepStats(std::span<const model::EventLogEntry> events) {
  const std::vector<EventType>& types = StepStatsTypes();
  std::vector<StepBuilder> builders;
  std::unordered_map<std::string, std::size_t> by_key;
  std::vector<std::size_t> order;
  for (const model::EventLogEntry& entry : events) {
    if (!entry.dagster_event || !entry.dagster_event->step_key || entry.dagster_event->step_key->empty()) continue;
    const EventType type = entry.dagster_event->type;
    if (std::find(types.begin(), types.end(), type) == types.end()) continue;
    const auto [it, added] = by_key.try_emplace(*entry.dagster_event->step_key, builders.size());
    if (added) builders.emplace_back(it->first);
    StepBuilder& builder = builders[it->second];
    const bool counted = builder.counts();
    builder.Add(type, entry);
    if (!counted && builder.counts()) order.push_back(it->second);
  }
  std::vector<StepStats> stats;
  stats.reserve(order.size());
  for (const std::size_t index : order) stats.push_back(builders[index].Take());
  return stats;
}

}  // namespace tidemill::storage
