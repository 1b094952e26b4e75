#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// States and ticks of schedules and sensors. Threads, durability and errors as EventStorage.
class ScheduleStorage {
 public:
  virtual ~ScheduleStorage() = default;

  virtual std::vector<InstigatorRecord> Instigators() = 0;
  virtual std::optional<InstigatorRecord> GetInstigator(std::string_view selector_id) = 0;
  /// Adds or replaces.
  virtual void PutInstigator(const InstigatorRecord& record) = 0;
  virtual void DeleteInstigator(std::string_view selector_id) = 0;

  virtual model::Tick AddTick(const model::TickData& data) = 0;
  virtual void UpdateTick(const model::Tick& tick) = 0;
  /// Newest first.
  virtual std::vector<model::Tick> Ticks(std::string_view selector_id, const TickQuery& query) = 0;
  /// Removes ticks of these statuses that are older than `before` (seconds since the epoch); returns how many.
  virtual std::int64_t PurgeTicks(std::string_view selector_id, const std::vector<model::TickStatus>& statuses,
                                  double before) = 0;
};

}  // namespace tidemill::storage
