#include <fmt/format.h>

#include <tidemill/launch/create_run.h>
#include <tidemill/launch/stored_partitions.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::launch {
namespace {

std::shared_ptr<const workspace::Repository> FindRepository(const workspace::Location& location,
                                                            const std::string& name) {
  for (const auto& repository : location.repositories) {
    if (repository->name() == name) return repository;
  }
  throw Error(Code::kNotFound, fmt::format("code location {} has no repository {}{}", location.name, name,
                                           location.error ? ": it could not be loaded" : ""));
}

bool SelectsAPart(const locations::JobTarget& target) {
  return (target.op_selection && !target.op_selection->empty()) || target.asset_selection ||
         target.asset_check_selection;
}

/// "Invalid config:" and what is wrong, a line each.
std::string Describe(const std::string& job_name, const std::vector<config::ConfigError>& errors) {
  return fmt::format("the run configuration does not fit job {}:\n{}", job_name, config::DescribeErrors(errors));
}

const std::optional<std::vector<std::string>>& ChosenSteps(const Request& request) {
  return request.reexecution ? request.reexecution->step_keys_to_execute : request.step_keys;
}

locations::PlanRequest PlanRequestOf(const Context& context, const Request& request, const model::JobSnap& job) {
  locations::PlanRequest plan;
  plan.target = request.target;
  plan.run_config = request.run_config;
  plan.job_snapshot_id = serdes::SnapshotId(job);
  plan.instance_ref = context.instance.Ref();
  plan.step_keys_to_execute = ChosenSteps(request);
  if (request.reexecution && request.reexecution->known_state) {
    plan.known_state = serdes::ToJson(*request.reexecution->known_state);
  }
  return plan;
}

/// What only the API's runs have: where they come from.
void SetOrigin(model::Run& run, const workspace::Location& location, const locations::JobTarget& target) {
  run.remote_job_origin = locations::JobOrigin(location.origin, target.repository_name, target.job_name);
  model::SetTag(run.tags, model::tag::kCodeLocation, location.name);
}

model::Run RunOf(const workspace::Location& location, const Request& request, const model::JobSnap& job,
                 const model::PlanSnap& plan) {
  const locations::JobTarget& target = request.target;
  const bool by_command = request.launcher == Launcher::kCommandLine;
  model::Run run;
  run.run_id = request.run_id.value_or("");
  run.job_name = target.job_name;
  run.run_config = request.run_config;
  run.tags = by_command && job.run_tags ? *job.run_tags : job.tags;
  for (const auto& [key, value] : request.tags) model::SetTag(run.tags, key, value);
  run.op_selection = target.op_selection;
  if (target.op_selection) {
    // Dagster's API writes the selection as it was asked for.
    run.resolved_op_selection = by_command && job.lineage ? job.lineage->resolved_op_selection : target.op_selection;
  }
  run.asset_selection = target.asset_selection;
  run.asset_check_selection = target.asset_check_selection;
  run.step_keys_to_execute = request.lists_all_steps ? plan.step_keys_to_execute : ChosenSteps(request);
  if (request.reexecution) {
    run.root_run_id = request.reexecution->root_run_id;
    run.parent_run_id = request.reexecution->parent_run_id;
  }
  run.job_code_origin = locations::JobCodeOrigin(location.info, target.repository_name, target.job_name);
  run.has_repository_load_data = !plan.repository_load_data.is_null();
  if (!by_command) SetOrigin(run, location, target);
  return run;
}

/// An empty selection of ops or assets selects all; an empty one of checks selects none.
Request WithoutEmptySelections(Request request) {
  locations::JobTarget& target = request.target;
  if (target.op_selection && target.op_selection->empty()) target.op_selection.reset();
  const bool checks_only = target.asset_check_selection && !target.asset_check_selection->empty();
  if (target.asset_selection && target.asset_selection->empty() && !checks_only) target.asset_selection.reset();
  return request;
}

}  // namespace

std::shared_ptr<const model::JobDataSnap> FindJob(const workspace::Location& location,
                                                  const locations::JobTarget& target) {
  const auto repository = FindRepository(location, target.repository_name);
  if (!SelectsAPart(target)) return repository->Job(target.job_name);
  auto part = std::make_shared<model::JobDataSnap>(repository->client().JobSubset(target, false));
  part->parent_job = repository->Job(target.job_name)->job;
  return part;
}

std::vector<config::ConfigError> CheckRunConfig(const model::JobSnap& job, const json::Value& run_config) {
  if (!job.mode.root_config_key) return {};
  return config::Validate(*config::ConfigType::FromSnap(job.config_schema, *job.mode.root_config_key), run_config);
}

PreparedRun Prepare(const Context& context, const workspace::Location& location, const Request& original) {
  const Request request = WithoutEmptySelections(original);
  PreparedRun prepared;
  prepared.repository = FindRepository(location, request.target.repository_name);
  prepared.job = FindJob(location, request.target);
  const model::JobSnap& job = prepared.job->job;
  if (request.launcher == Launcher::kApi) {
    std::vector<config::ConfigError> errors = CheckRunConfig(job, request.run_config);
    if (!errors.empty()) {
      const std::string message = Describe(request.target.job_name, errors);
      throw InvalidRunConfig(message, std::move(errors));
    }
  }
  prepared.plan = prepared.repository->client().ExecutionPlan(PlanRequestOf(context, request, job));
  prepared.run = RunOf(location, request, job, prepared.plan);
  return prepared;
}

model::Run CreateRun(const Context& context, PreparedRun prepared) {
  const StoredPartitions dynamic(context.storage());
  const std::optional<model::JobSnap>& parent = prepared.job->parent_job;
  return engine::CreateRun(context.storage(),
                           {std::move(prepared.run), prepared.job->job, parent ? &*parent : nullptr, prepared.plan,
                            prepared.repository->snap()},
                           {context.clock.Now(), &dynamic}, context.clock);
}

model::Run CreateRun(const Context& context, const workspace::Location& location, const Request& request) {
  return CreateRun(context, Prepare(context, location, request));
}

std::optional<workspace::RepositoryHandle> RepositoryOf(const model::Run& run) {
  const json::Value* repository = run.remote_job_origin.Find("external_repository_origin");
  if (repository == nullptr) return std::nullopt;
  const json::Value* name = repository->Find("repository_name");
  const json::Value* location = repository->Find("repository_location_origin");
  if (name == nullptr || !name->is_string() || location == nullptr) return std::nullopt;
  if (const json::Value* given = location->Find("location_name"); given != nullptr && given->is_string()) {
    return workspace::RepositoryHandle{given->AsString(), name->AsString()};
  }
  return std::nullopt;
}

}  // namespace tidemill::launch
