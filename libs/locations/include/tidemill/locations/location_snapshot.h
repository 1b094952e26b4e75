#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/locations/code_location_client.h>
#include <tidemill/locations/grpc_location.h>

namespace tidemill::locations {

/// All that a location defined at one load. Immutable, so any thread may read it.
struct LocationSnapshot {
  struct Repository {
    std::string name;
    model::RepositorySnap snap;  ///< With job_refs, which have the jobs' snapshot ids.
    /// By job name, the serdes text of its JobDataSnap as the location sent it: ids are hashes of what is in it.
    std::map<std::string, std::string> job_texts;
  };
  std::string server_id;
  LocationInfo info;
  std::vector<Repository> repositories;
};

/// Asks in the order that Dagster asks in, for the jobs with `parallel` calls at a time. Throws what the calls throw.
std::shared_ptr<const LocationSnapshot> LoadSnapshot(GrpcLocation& location, int parallel = 4);

/// A location as it was loaded once: what it defines comes from the snapshot, without a call, and stays the same; what
/// must be computed (subsets, plans, partitions) is asked of the server. Any thread may call it.
class SnapshotLocation final : public CodeLocationClient {
 public:
  SnapshotLocation(std::shared_ptr<const LocationSnapshot> snapshot, std::shared_ptr<GrpcLocation> server);

  const std::string& name() const override { return server_->name(); }
  const json::Value& origin() const override { return server_->origin(); }
  const LocationSnapshot& snapshot() const { return *snapshot_; }
  GrpcLocation& server() const { return *server_; }

  LocationInfo Info() override { return snapshot_->info; }
  model::RepositorySnap Repository(const std::string& repository_name) override;
  model::JobDataSnap Job(const std::string& repository_name, const std::string& job_name) override;
  model::JobDataSnap JobSubset(const JobTarget& target, bool include_parent) override;
  model::PlanSnap ExecutionPlan(const PlanRequest& request) override;
  std::vector<std::string> PartitionNames(const std::string& repository_name, const std::string& job_name) override;
  json::Value PartitionConfig(const std::string& repository_name, const std::string& job_name,
                              const std::string& partition) override;
  model::Tags PartitionTags(const std::string& repository_name, const std::string& job_name,
                            const std::string& partition) override;
  json::Value EvaluateSchedule(const json::Value& args) override;
  json::Value EvaluateSensor(const json::Value& args) override;

 private:
  const LocationSnapshot::Repository& Find(const std::string& repository_name) const;

  const std::shared_ptr<const LocationSnapshot> snapshot_;
  const std::shared_ptr<GrpcLocation> server_;
};

}  // namespace tidemill::locations
