#include "fake_jobs.h"

#include <algorithm>

#include <tidemill/config/config_type.h>

namespace tidemill::launch::testing {
namespace {

model::JobSnap DailyJob() {
  model::JobSnap job;
  job.name = "daily";
  job.graph_def_name = "daily";
  job.tags = {{"team", "data"}};
  job.run_tags = model::Tags{{"team", "data"}, {"cost", "low"}};
  const auto root = config::ConfigType::Shape({{"limit", config::Field::Optional(config::ConfigType::Int())}});
  root->CollectSnaps(job.config_schema);
  job.mode.root_config_key = root->key();
  for (const std::string name : {"extract", "load"}) {
    model::OpDefSnap op;
    op.name = name;
    job.op_defs.push_back(op);
    job.dependencies.node_invocations.push_back({name, name, {}, {}, false});
  }
  return job;
}

model::StepSnap Step(const std::string& key) {
  model::StepSnap step;
  step.key = key;
  step.node_handle.path = {key};
  step.outputs.emplace_back().dagster_type_key = "Any";
  return step;
}

}  // namespace

FakeJobs::FakeJobs()
    : origin_(json::Object{{"__class__", "GrpcServerRepositoryLocationOrigin"},
                           {"host", "localhost"},
                           {"location_name", name_},
                           {"port", 4266},
                           {"socket", nullptr}}) {}

locations::LocationInfo FakeJobs::Info() {
  locations::LocationInfo info;
  info.repositories.push_back({"__repository__", json::Object{{"__class__", "FileCodePointer"}}});
  info.entry_point = {"dagster"};
  return info;
}

model::RepositorySnap FakeJobs::Repository(const std::string&) {
  model::RepositorySnap repository;
  repository.job_refs.emplace().emplace_back().name = "daily";
  return repository;
}

model::JobDataSnap FakeJobs::Job(const std::string&, const std::string& job_name) {
  model::JobDataSnap data;
  data.name = job_name;
  data.job = DailyJob();
  return data;
}

model::JobDataSnap FakeJobs::JobSubset(const locations::JobTarget& target, bool) {
  model::JobDataSnap data = Job(target.repository_name, target.job_name);
  if (!target.op_selection) return data;
  const std::vector<std::string>& chosen = *target.op_selection;
  std::erase_if(data.job.op_defs, [&](const model::OpDefSnap& op) {
    return std::find(chosen.begin(), chosen.end(), op.name) == chosen.end();
  });
  if (data.job.op_defs.empty()) throw Error(Code::kInvalidArgument, "no such op");
  data.job.lineage.emplace().resolved_op_selection = {data.job.op_defs.front().name};
  return data;
}

model::PlanSnap FakeJobs::ExecutionPlan(const locations::PlanRequest& request) {
  last_plan = request;
  model::PlanSnap plan;
  plan.job_snapshot_id = request.job_snapshot_id;
  plan.steps = {Step("extract"), Step("load")};
  const model::StepOutputHandle handle{"extract", "result", {}};
  plan.steps[1].inputs.push_back({"rows", "Any", model::input_source::StepOutput{handle, false}, {handle}});
  plan.step_keys_to_execute = request.step_keys_to_execute.value_or(std::vector<std::string>{"extract", "load"});
  plan.repository_load_data = json::Object{{"__class__", "RepositoryLoadData"}};
  return plan;
}

workspace::Location MakeLocation(std::shared_ptr<locations::CodeLocationClient> client, const Clock& clock) {
  return workspace::LoadLocation(std::move(client), clock);
}

}  // namespace tidemill::launch::testing
