#pragma once

#include <memory>
#include <string>

#include <tidemill/base/error.h>
#include <tidemill/locations/code_location_client.h>
#include <tidemill/workspace/location.h>

namespace tidemill::launch::testing {

/// A code location in memory: the job `daily` of the steps extract and load, whose run configuration is { limit: Int }.
class FakeJobs final : public locations::CodeLocationClient {
 public:
  FakeJobs();

  const std::string& name() const override { return name_; }
  const json::Value& origin() const override { return origin_; }
  locations::LocationInfo Info() override;
  model::RepositorySnap Repository(const std::string&) override;
  model::JobDataSnap Job(const std::string&, const std::string&) override;
  model::JobDataSnap JobSubset(const locations::JobTarget& target, bool include_parent) override;
  model::PlanSnap ExecutionPlan(const locations::PlanRequest& request) override;
  std::vector<std::string> PartitionNames(const std::string&, const std::string&) override { return {}; }
  json::Value PartitionConfig(const std::string&, const std::string&, const std::string&) override {
    return json::Object{};
  }
  model::Tags PartitionTags(const std::string&, const std::string&, const std::string&) override { return {}; }

  locations::PlanRequest last_plan;  ///< The last question.

 private:
  std::string name_ = "warehouse";
  json::Value origin_;
};

/// The location as the workspace would hold it.
workspace::Location MakeLocation(std::shared_ptr<locations::CodeLocationClient> client, const Clock& clock);

}  // namespace tidemill::launch::testing
