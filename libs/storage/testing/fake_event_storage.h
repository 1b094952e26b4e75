#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::storage::testing {

/// An event log in memory that remembers its groups. Only appending and reading a run's events is there: every other
/// question has the answer of an empty log.
class FakeEventStorage : public EventStorage {
 public:
  std::vector<std::int64_t> Append(std::span<const NewEvent> events) override {
    const std::lock_guard lock(mutex_);
    if (fail_next_) throw *std::exchange(fail_next_, std::nullopt);
    std::vector<std::int64_t> ids;
    for (const NewEvent& event : events) {
      log_.push_back({.storage_id = static_cast<std::int64_t>(log_.size()) + 1, .entry = event.entry});
      ids.push_back(log_.back().storage_id);
    }
    group_sizes_.push_back(events.size());
    return ids;
  }

  std::vector<StoredEvent> RunEvents(std::string_view run_id, const RunEventQuery&) override {
    const std::lock_guard lock(mutex_);
    std::vector<StoredEvent> found;
    for (const StoredEvent& event : log_) {
      if (event.entry.run_id == run_id) found.push_back(event);
    }
    return found;
  }

  /// The next Append throws this and keeps nothing.
  void FailNext(Error error) {
    const std::lock_guard lock(mutex_);
    fail_next_ = std::move(error);
  }
  std::vector<std::size_t> group_sizes() const {
    const std::lock_guard lock(mutex_);
    return group_sizes_;
  }

  std::vector<StoredEvent> Events(const EventQuery&) override { return {}; }
  RunStats GetRunStats(std::string_view) override { return {}; }
  std::vector<StepStats> GetStepStats(std::string_view, const std::vector<std::string>&) override { return {}; }
  void DeleteRunEvents(std::string_view) override {}
  std::int64_t RepairRun(std::string_view) override { return 0; }
  std::vector<model::AssetKey> AssetKeys() override { return {}; }
  std::vector<AssetRecord> AssetRecords(const std::optional<std::vector<model::AssetKey>>&) override { return {}; }
  void WipeAsset(const model::AssetKey&) override {}
  void WipeAssetPartitions(const model::AssetKey&, const std::vector<std::string>&) override {}
  std::set<std::string> MaterializedPartitions(const model::AssetKey&) override { return {}; }
  std::vector<std::pair<std::string, std::int64_t>> LatestStorageIdByPartition(const model::AssetKey&,
                                                                               model::EventType) override {
    return {};
  }
  std::vector<std::pair<std::string, std::string>> LatestTagByPartition(const model::AssetKey&,
                                                                        std::string_view) override {
    return {};
  }
  void SetCachedStatus(const model::AssetKey&, std::string_view) override {}
  std::vector<CheckExecution> CheckExecutions(const model::AssetCheckKey&, std::int64_t,
                                              std::optional<std::int64_t>) override {
    return {};
  }
  std::optional<CheckExecution> LatestCheckExecution(const model::AssetCheckKey&) override { return std::nullopt; }
  std::vector<std::string> DynamicPartitions(std::string_view) override { return {}; }
  void AddDynamicPartitions(std::string_view, const std::vector<std::string>&) override {}
  void DeleteDynamicPartition(std::string_view, std::string_view) override {}
  std::vector<PoolInfo> Pools() override { return {}; }
  void SetPoolLimit(std::string_view, std::int64_t) override {}
  void DeletePool(std::string_view) override {}
  bool ClaimSlot(std::string_view, std::string_view, std::string_view, std::int64_t) override { return true; }
  void FreeSlots(std::string_view, const std::optional<std::string>&) override {}

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<StoredEvent> log_;
  std::vector<std::size_t> group_sizes_;
  std::optional<Error> fail_next_;
};

}  // namespace tidemill::storage::testing
