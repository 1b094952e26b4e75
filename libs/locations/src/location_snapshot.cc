#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include <tidemill/locations/location_snapshot.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::locations {
namespace {

/// Fills in the texts of all jobs; the first failure ends it.
void LoadJobs(GrpcLocation& location, LocationSnapshot::Repository& repository, int parallel) {
  std::vector<std::pair<const std::string, std::string>*> todo;
  for (auto& job : repository.job_texts) todo.push_back(&job);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i; (i = next++) < todo.size();)
        todo[i]->second = location.JobText(repository.name, todo[i]->first);
    } catch (...) {
      next = todo.size();
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i < parallel && static_cast<std::size_t>(i) < todo.size(); ++i) threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

std::shared_ptr<const LocationSnapshot> LoadSnapshot(GrpcLocation& location, int parallel) {
  auto snapshot = std::make_shared<LocationSnapshot>();
  snapshot->info = location.Info();
  snapshot->server_id = snapshot->info.server_id.value_or("");
  if (!snapshot->info.container_image) snapshot->info.container_image = location.CurrentImage();
  for (const LocationInfo::Repository& each : snapshot->info.repositories) {
    LocationSnapshot::Repository repository{each.name, location.Repository(each.name), {}};
    if (repository.snap.job_refs) {
      for (const model::JobRefSnap& job : *repository.snap.job_refs) repository.job_texts[job.name];
    }
    LoadJobs(location, repository, parallel);
    snapshot->repositories.push_back(std::move(repository));
  }
  return snapshot;
}

SnapshotLocation::SnapshotLocation(std::shared_ptr<const LocationSnapshot> snapshot,
                                   std::shared_ptr<GrpcLocation> server)
    : snapshot_(std::move(snapshot)), server_(std::move(server)) {}

const LocationSnapshot::Repository& SnapshotLocation::Find(const std::string& repository_name) const {
  for (const LocationSnapshot::Repository& repository : snapshot_->repositories) {
    if (repository.name == repository_name) return repository;
  }
  throw Error(Code::kNotFound, fmt::format("code location {} has no repository {}", name(), repository_name));
}

model::RepositorySnap SnapshotLocation::Repository(const std::string& repository_name) {
  return Find(repository_name).snap;
}

model::JobDataSnap SnapshotLocation::Job(const std::string& repository_name, const std::string& job_name) {
  const auto& texts = Find(repository_name).job_texts;
  const auto found = texts.find(job_name);
  if (found != texts.end()) return serdes::Decode<model::JobDataSnap>(found->second);
  throw Error(Code::kNotFound, fmt::format("code location {} has no job {}", name(), job_name));
}

model::JobDataSnap SnapshotLocation::JobSubset(const JobTarget& target, bool include_parent) {
  return server_->JobSubset(target, include_parent);
}

model::PlanSnap SnapshotLocation::ExecutionPlan(const PlanRequest& request) { return server_->ExecutionPlan(request); }

std::vector<std::string> SnapshotLocation::PartitionNames(const std::string& repository_name,
                                                          const std::string& job_name) {
  return server_->PartitionNames(repository_name, job_name);
}

json::Value SnapshotLocation::PartitionConfig(const std::string& repository_name, const std::string& job_name,
                                              const std::string& partition) {
  return server_->PartitionConfig(repository_name, job_name, partition);
}

model::Tags SnapshotLocation::PartitionTags(const std::string& repository_name, const std::string& job_name,
                                            const std::string& partition) {
  return server_->PartitionTags(repository_name, job_name, partition);
}

json::Value SnapshotLocation::EvaluateSchedule(const json::Value& args) { return server_->EvaluateSchedule(args); }
json::Value SnapshotLocation::EvaluateSensor(const json::Value& args) { return server_->EvaluateSensor(args); }

}  // namespace tidemill::locations
