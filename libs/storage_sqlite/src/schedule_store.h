#pragma once

#include <vector>

#include <tidemill/storage/schedule_storage.h>

#include "shards.h"

namespace tidemill::storage_sqlite {

/// States and ticks of schedules and sensors: schedules/schedules.db.
class ScheduleStore final : public storage::ScheduleStorage {
 public:
  explicit ScheduleStore(Files& files) : files_(files) {}

  std::vector<storage::InstigatorRecord> Instigators() override;
  std::optional<storage::InstigatorRecord> GetInstigator(std::string_view selector_id) override;
  void PutInstigator(const storage::InstigatorRecord& record) override;
  void DeleteInstigator(std::string_view selector_id) override;

  model::Tick AddTick(const model::TickData& data) override;
  std::optional<model::Tick> GetTick(std::int64_t tick_id) override;
  void UpdateTick(const model::Tick& tick) override;
  std::vector<model::Tick> Ticks(std::string_view selector_id, const storage::TickQuery& query) override;
  std::int64_t PurgeTicks(std::string_view selector_id, const std::vector<model::TickStatus>& statuses,
                          double before) override;

  void PutEvaluations(const std::vector<storage::EvaluationRecord>& evaluations) override;
  std::vector<storage::EvaluationRecord> Evaluations(std::string_view key, std::optional<std::int64_t> before,
                                                     std::optional<std::int64_t> limit) override;
  std::vector<storage::EvaluationRecord> EvaluationsOf(std::int64_t evaluation_id) override;

 private:
  Files& files_;
};

}  // namespace tidemill::storage_sqlite
