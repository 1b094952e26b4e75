#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/locations/code_location_client.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::workspace {

/// What names a repository in requests and ids.
struct RepositoryHandle {
  std::string location_name;
  std::string repository_name;

  auto operator<=>(const RepositoryHandle&) const = default;
};

/// One repository of a code location, as of one load. Safe from any thread.
class Repository final {
 public:
  /// `client` answers for jobs; it must be usable from several threads.
  Repository(std::string location_name, model::RepositorySnap snap,
             std::shared_ptr<locations::CodeLocationClient> client);

  const RepositoryHandle& handle() const { return handle_; }
  const std::string& name() const { return handle_.repository_name; }
  const std::string& location_name() const { return handle_.location_name; }
  const model::RepositorySnap& snap() const { return snap_; }
  locations::CodeLocationClient& client() const { return *client_; }

  /// Each gives nullptr if there is none of this name.
  const model::JobRefSnap* FindJob(std::string_view name) const;
  const model::JobRefSnap* FindJobBySnapshotId(std::string_view snapshot_id) const;
  const model::ScheduleSnap* FindSchedule(std::string_view name) const;
  const model::SensorSnap* FindSensor(std::string_view name) const;
  const model::ResourceSnap* FindResource(std::string_view name) const;
  const model::PartitionSetSnap* FindPartitionSet(std::string_view name) const;
  const model::PartitionSetSnap* PartitionSetOfJob(std::string_view job_name) const;
  const model::AssetNodeSnap* FindAsset(const model::AssetKey& key) const;
  /// Empty for a job of ops.
  const std::vector<const model::AssetNodeSnap*>& AssetsOfJob(std::string_view job_name) const;

  /// The whole job. The first call asks the location, the next ones share its answer. Throws Error(kNotFound) for an
  /// unknown name, else what the client throws; a failed call is tried again by the next one.
  std::shared_ptr<const model::JobDataSnap> Job(std::string_view name) const;

 private:
  struct JobSlot {
    std::mutex mutex;
    std::shared_ptr<const model::JobDataSnap> job;  // Guarded by mutex.
  };

  RepositoryHandle handle_;
  model::RepositorySnap snap_;
  std::shared_ptr<locations::CodeLocationClient> client_;
  // By name, into snap_.
  std::unordered_map<std::string_view, const model::JobRefSnap*> jobs_;
  std::unordered_map<std::string_view, const model::JobRefSnap*> jobs_by_snapshot_id_;
  std::unordered_map<std::string_view, const model::ScheduleSnap*> schedules_;
  std::unordered_map<std::string_view, const model::SensorSnap*> sensors_;
  std::unordered_map<std::string_view, const model::ResourceSnap*> resources_;
  std::unordered_map<std::string_view, const model::PartitionSetSnap*> partition_sets_;
  std::unordered_map<std::string_view, const model::PartitionSetSnap*> partition_sets_of_jobs_;
  std::unordered_map<model::AssetKey, const model::AssetNodeSnap*> assets_;
  std::unordered_map<std::string_view, std::vector<const model::AssetNodeSnap*>> assets_of_jobs_;
  mutable std::unordered_map<std::string_view, JobSlot> job_slots_;  // Filled by the constructor; only slots change.
};

}  // namespace tidemill::workspace
