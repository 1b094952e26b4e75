#pragma once

#include <string>
#include <utility>

#include <tidemill/base/error.h>
#include <tidemill/locations/code_location_client.h>

namespace tidemill::workspace {

/// A code location that answers from memory.
class FakeLocation final : public locations::CodeLocationClient {
 public:
  FakeLocation(std::string name, model::RepositorySnap repository)
      : name_(std::move(name)), repository_(std::move(repository)) {}

  const std::string& name() const override { return name_; }
  const json::Value& origin() const override { return origin_; }
  locations::LocationInfo Info() override {
    if (fails) throw Error(Code::kUnavailable, "the location is down");
    locations::LocationInfo info;
    info.repositories.push_back({repository_.name, nullptr});
    return info;
  }
  model::RepositorySnap Repository(const std::string&) override { return repository_; }
  model::JobDataSnap Job(const std::string&, const std::string& job_name) override {
    ++jobs_asked;
    if (fails) throw Error(Code::kUnavailable, "the location is down");
    model::JobDataSnap job;
    job.name = job_name;
    return job;
  }
  model::JobDataSnap JobSubset(const locations::JobTarget& target, bool) override {
    return Job(target.repository_name, target.job_name);
  }
  model::PlanSnap ExecutionPlan(const locations::PlanRequest&) override { return {}; }
  std::vector<std::string> PartitionNames(const std::string&, const std::string&) override { return {}; }
  json::Value PartitionConfig(const std::string&, const std::string&, const std::string&) override {
    return json::Object{};
  }
  model::Tags PartitionTags(const std::string&, const std::string&, const std::string&) override { return {}; }

  bool fails = false;
  int jobs_asked = 0;

 private:
  std::string name_;
  json::Value origin_ = json::Object{{"location_name", name_}};
  model::RepositorySnap repository_;
};

}  // namespace tidemill::workspace
