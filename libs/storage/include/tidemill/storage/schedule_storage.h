#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/model/instigators.h>

namespace tidemill::storage {

struct InstigatorRecord {
  model::InstigatorState state;
  std::string origin_id;
  std::string selector_id;
  std::string repository_selector_id;
};

struct TickQuery {
  std::optional<double> after;  ///< Seconds since the epoch, of the tick's own time.
  std::optional<double> before;
  std::vector<model::TickStatus> statuses;  ///< Empty: any.
  std::optional<std::int64_t> limit;
};

/// What automation found for one asset, check or job in one evaluation.
struct EvaluationRecord {
  std::int64_t id = 0;  ///< Of the row; set by the storage.
  std::int64_t evaluation_id = 0;
  std::string key;   ///< As the column has it: of an asset the JSON list of its path.
  std::string body;  ///< Serdes text of an AutomationConditionEvaluationWithRunIds or an older class.
  std::int64_t num_requested = 0;
  Timestamp created;  ///< Set by the storage.
};

/// States and ticks of schedules and sensors, and evaluations of automation. Threads, durability and errors as
/// EventStorage.
class ScheduleStorage {
 public:
  virtual ~ScheduleStorage() = default;

  virtual std::vector<InstigatorRecord> Instigators() = 0;
  virtual std::optional<InstigatorRecord> GetInstigator(std::string_view selector_id) = 0;
  /// Adds or replaces.
  virtual void PutInstigator(const InstigatorRecord& record) = 0;
  virtual void DeleteInstigator(std::string_view selector_id) = 0;

  virtual model::Tick AddTick(const model::TickData& data) = 0;
  virtual std::optional<model::Tick> GetTick(std::int64_t tick_id) = 0;
  virtual void UpdateTick(const model::Tick& tick) = 0;
  /// Newest first.
  virtual std::vector<model::Tick> Ticks(std::string_view selector_id, const TickQuery& query) = 0;
  /// Removes ticks of these statuses that are older than `before` (seconds since the epoch); returns how many.
  virtual std::int64_t PurgeTicks(std::string_view selector_id, const std::vector<model::TickStatus>& statuses,
                                  double before) = 0;

  /// Adds, or replaces those with the same key and evaluation id.
  virtual void PutEvaluations(const std::vector<EvaluationRecord>& evaluations) = 0;
  /// Of one key, newest first; only those before the evaluation `before`, if given.
  virtual std::vector<EvaluationRecord> Evaluations(std::string_view key, std::optional<std::int64_t> before,
                                                    std::optional<std::int64_t> limit) = 0;
  /// All of one evaluation.
  virtual std::vector<EvaluationRecord> EvaluationsOf(std::int64_t evaluation_id) = 0;
};

}  // namespace tidemill::storage
