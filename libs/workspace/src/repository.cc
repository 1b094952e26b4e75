#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/workspace/repository.h>

namespace tidemill::workspace {
namespace {

template <class Items>
auto ByName(const Items& items) {
  std::unordered_map<std::string_view, const typename Items::value_type*> index;
  for (const auto& item : items) index.emplace(item.name, &item);
  return index;
}

template <class Index, class Key>
auto FindIn(const Index& index, const Key& key) -> typename Index::mapped_type {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

Repository::Repository(std::string location_name, model::RepositorySnap snap,
                       std::shared_ptr<locations::CodeLocationClient> client)
    : handle_{std::move(location_name), snap.name},
      snap_(std::move(snap)),
      client_(std::move(client)),
      schedules_(ByName(snap_.schedules)),
      sensors_(ByName(snap_.sensors)),
      resources_(ByName(snap_.resources)),
      partition_sets_(ByName(snap_.partition_sets)) {
  if (snap_.job_refs) jobs_ = ByName(*snap_.job_refs);
  for (const auto& [name, job] : jobs_) {
    job_slots_.try_emplace(name);
    jobs_by_snapshot_id_.emplace(job->snapshot_id, job);
  }
  for (const model::PartitionSetSnap& set : snap_.partition_sets) partition_sets_of_jobs_.emplace(set.job_name, &set);
  for (const model::AssetNodeSnap& node : snap_.asset_nodes) {
    assets_.emplace(node.asset_key, &node);
    for (const std::string& job : node.job_names) assets_of_jobs_[job].push_back(&node);
  }
}

const model::JobRefSnap* Repository::FindJob(std::string_view name) const { return FindIn(jobs_, name); }
const model::JobRefSnap* Repository::FindJobBySnapshotId(std::string_view snapshot_id) const {
  return FindIn(jobs_by_snapshot_id_, snapshot_id);
}
const model::ScheduleSnap* Repository::FindSchedule(std::string_view name) const { return FindIn(schedules_, name); }
const model::SensorSnap* Repository::FindSensor(std::string_view name) const { return FindIn(sensors_, name); }
const model::ResourceSnap* Repository::FindResource(std::string_view name) const { return FindIn(resources_, name); }
const model::PartitionSetSnap* Repository::FindPartitionSet(std::string_view name) const {
  return FindIn(partition_sets_, name);
}
const model::PartitionSetSnap* Repository::PartitionSetOfJob(std::string_view job_name) const {
  return FindIn(partition_sets_of_jobs_, job_name);
}
const model::AssetNodeSnap* Repository::FindAsset(const model::AssetKey& key) const { return FindIn(assets_, key); }

const std::vector<const model::AssetNodeSnap*>& Repository::AssetsOfJob(std::string_view job_name) const {
  static const std::vector<const model::AssetNodeSnap*> kNone;
  const auto found = assets_of_jobs_.find(job_name);
  return found == assets_of_jobs_.end() ? kNone : found->second;
}

std::shared_ptr<const model::JobDataSnap> Repository::Job(std::string_view name) const {
  const auto slot = job_slots_.find(name);
  if (slot == job_slots_.end()) {
    throw Error(Code::kNotFound,
                fmt::format("repository {} of code location {} has no job {}", this->name(), location_name(), name));
  }
  const std::lock_guard lock(slot->second.mutex);
  std::shared_ptr<const model::JobDataSnap>& job = slot->second.job;
  if (!job) job = std::make_shared<const model::JobDataSnap>(client_->Job(this->name(), std::string(name)));
  return job;
}

}  // namespace tidemill::workspace
