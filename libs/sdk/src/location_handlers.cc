#include <fmt/format.h>

#include <tidemill/contract/contract.h>
#include <tidemill/engine/job_plan.h>
#include <tidemill/sdk/location_handlers.h>
#include <tidemill/serdes/serdes.h>

#include "requests.h"

namespace tidemill::sdk {
namespace {

constexpr const char* kRepositoryName = "__repository__";

std::string DumpSerdes(const json::Value& value) { return json::Dump(value, json::Order::kSorted); }

model::JobDataSnap JobData(model::JobSnap snapshot) {
  model::JobDataSnap data;
  data.name = snapshot.name;
  data.job = std::move(snapshot);
  return data;
}

/// The job of PartitionNamesArgs and PartitionArgs; older clients name its partition set only.
std::string PartitionedJobName(const json::Value& args) {
  const json::Value* job = args.Find("job_name");
  if (job != nullptr && job->is_string()) return job->AsString();
  constexpr std::string_view kSuffix = "_partition_set";
  std::string name = requests::Text(args, "partition_set_name");
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

/// A location has one repository; a request that names another one was meant for somebody else.
void CheckRepository(const json::Value& args) {
  const json::Value* origin = args.Find("repository_origin");
  if (const json::Value* job = args.Find("pipeline_origin")) origin = job->Find("external_repository_origin");
  const json::Value* name = origin != nullptr ? origin->Find("repository_name") : nullptr;
  if (name != nullptr && name->is_string() && name->AsString() != kRepositoryName) {
    throw Error(Code::kNotFound, fmt::format("there is no repository \"{}\" in this location", name->AsString()));
  }
}

[[noreturn]] void ThrowUnknownInstigator(const char* kind, const std::string& name) {
  throw Error(Code::kNotFound, fmt::format("there is no {} \"{}\" in this location", kind, name));
}

}  // namespace

LocationHandlers::LocationHandlers(Process process, std::function<Definitions()> define, const Clock& clock)
    : process_(std::move(process)), define_(std::move(define)), clock_(clock) {}

LocationHandlers::Handler LocationHandlers::Find(std::string_view method) {
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"ListRepositories", &LocationHandlers::ListRepositories},
      {"ExternalRepository", &LocationHandlers::ExternalRepository},
      {"ExternalJob", &LocationHandlers::ExternalJob},
      {"ExternalPipelineSubsetSnapshot", &LocationHandlers::ExternalPipelineSubsetSnapshot},
      {"ExecutionPlanSnapshot", &LocationHandlers::ExecutionPlanSnapshot},
      {"ExternalPartitionNames", &LocationHandlers::ExternalPartitionNames},
      {"ExternalPartitionConfig", &LocationHandlers::ExternalPartitionConfig},
      {"ExternalPartitionTags", &LocationHandlers::ExternalPartitionTags},
      {"ExternalPartitionSetExecutionParams", &LocationHandlers::ExternalPartitionSetExecutionParams},
      {"SyncExternalScheduleExecution", &LocationHandlers::SyncExternalScheduleExecution},
      {"SyncExternalSensorExecution", &LocationHandlers::SyncExternalSensorExecution},
  };
  for (const auto& [name, handler] : kHandlers) {
    if (name == method) return handler;
  }
  throw Error(Code::kUnimplemented, fmt::format("this location does not answer \"{}\"", method));
}

std::string LocationHandlers::Handle(std::string_view method, const json::Value& args) {
  const Handler handler = Find(method);
  Loaded();
  CheckRepository(args);
  return (this->*handler)(args);
}

std::vector<std::string> LocationHandlers::RunCommand(const json::Value& args) {
  CheckRepository(args);
  const std::string job_name = requests::Selector(args).job_name;
  const std::string executable = process_.executable.string();
  const json::Value origin = json::Object{
      {"__class__", "PipelinePythonOrigin"},
      {"pipeline_name", job_name},
      {"repository_origin",
       json::Object{
           {"__class__", "RepositoryPythonOrigin"},
           {"code_pointer", CodePointer()},
           {"container_context", process_.container_context},
           {"container_image", process_.container_image ? json::Value(*process_.container_image) : json::Value()},
           {"entry_point", json::Array{executable}},
           {"executable_path", executable}}}};
  const json::Value* instance_ref = args.Find("instance_ref");
  const json::Value run = json::Object{{"__class__", "ExecuteRunArgs"},
                                       {"instance_ref", instance_ref != nullptr ? *instance_ref : json::Value()},
                                       {"pipeline_origin", origin},
                                       {"pipeline_run_id", requests::Text(args, "pipeline_run_id")},
                                       {"set_exit_code_on_failure", false}};
  return {executable, "api", "execute_run", DumpSerdes(run)};
}

const Definitions& LocationHandlers::Loaded() {
  const std::lock_guard lock(mutex_);
  if (load_error_) std::rethrow_exception(load_error_);
  if (!definitions_) {
    try {
      Definitions definitions = define_();
      definitions.Validate();
      definitions_ = std::move(definitions);
    } catch (...) {
      load_error_ = std::current_exception();
      throw;
    }
  }
  return *definitions_;
}

json::Value LocationHandlers::CodePointer() const {
  return json::Object{{"__class__", "FileCodePointer"},
                      {"fn_name", "definitions"},
                      {"python_file", process_.executable.string()},
                      {"working_directory", process_.working_directory.string()}};
}

std::string LocationHandlers::ListRepositories(const json::Value&) {
  const std::string executable = process_.executable.string();
  const std::string& version = contract::Contract::Get().dagster_version();
  const json::Value symbol = json::Object{
      {"__class__", "LoadableRepositorySymbol"}, {"attribute", "definitions"}, {"repository_name", kRepositoryName}};
  return DumpSerdes(json::Object{
      {"__class__", "ListRepositoriesResponse"},
      {"container_context", process_.container_context},
      {"container_image", process_.container_image ? json::Value(*process_.container_image) : json::Value()},
      {"dagster_library_versions", json::Object{{"dagster", version}, {"dagster-shared", version}}},
      {"defs_state_info", nullptr},
      {"entry_point", json::Array{executable}},
      {"executable_path", executable},
      {"repository_code_pointer_dict", json::Object{{kRepositoryName, CodePointer()}}},
      {"repository_symbols", json::Array{symbol}}});
}

std::string LocationHandlers::ExternalRepository(const json::Value& args) {
  const json::Value* defer = args.Find("defer_snapshots");
  return serdes::Encode(Loaded().Repository(defer == nullptr || defer->AsBool()));
}

std::string LocationHandlers::ExternalJob(const json::Value& args) {
  engine::JobSelector selector;
  selector.job_name = requests::Text(args, "job_name");
  return serdes::Encode(JobData(Loaded().JobSnapshot(selector)));
}

std::string LocationHandlers::ExternalPipelineSubsetSnapshot(const json::Value& args) {
  const engine::JobSelector selector = requests::Selector(args);
  model::JobDataSnap data = JobData(Loaded().JobSnapshot(selector));
  const json::Value* parent = args.Find("include_parent_snapshot");
  if (data.job.lineage && parent != nullptr && !parent->is_null() && parent->AsBool()) {
    engine::JobSelector whole;
    whole.job_name = selector.job_name;
    data.parent_job = Loaded().JobSnapshot(whole);
  }
  std::string result = R"({"__class__": "ExternalPipelineSubsetResult", "error": null, "external_pipeline_data": )";
  serdes::EncodeTo(result, data);
  result += R"(, "repository_python_origin": null, "success": true})";
  return result;
}

std::string LocationHandlers::ExecutionPlanSnapshot(const json::Value& args) {
  const engine::JobDefinition job = Loaded().Job(requests::Selector(args));
  const json::Value* run_config = args.Find("run_config");
  const engine::RunConfig config = engine::ProcessRunConfig(
      job, run_config == nullptr || run_config->is_null() ? json::Value(json::Object{}) : *run_config, nullptr);
  plan::ExecutionPlan plan = engine::PlanJob(job, config);
  if (const auto steps = requests::Texts(args, "step_keys_to_execute")) plan = plan.WithSteps(*steps);
  const json::Value* known = args.Find("known_state");
  if (known != nullptr && !known->is_null()) plan = plan.WithKnownState(serdes::FromJson<model::KnownState>(*known));
  return serdes::Encode(plan.Snap(requests::Text(args, "pipeline_snapshot_id")));
}

const PartitionsDefinition& LocationHandlers::PartitionsOf(const engine::JobDefinition& job) const {
  if (job.partitions) return *job.partitions;
  throw Error(Code::kInvalidArgument, fmt::format("job \"{}\" has no partitions", job.name));
}

std::string LocationHandlers::ExternalPartitionNames(const json::Value& args) {
  const engine::JobDefinition job = PartitionedJob(args);
  json::Array names;
  for (auto& key : PartitionsOf(job).Keys({clock_.Now(), nullptr})) names.emplace_back(std::move(key));
  return DumpSerdes(json::Object{{"__class__", "ExternalPartitionNamesData"}, {"partition_names", std::move(names)}});
}

engine::JobDefinition LocationHandlers::PartitionedJob(const json::Value& args) {
  engine::JobSelector selector;
  selector.job_name = PartitionedJobName(args);
  return Loaded().Job(selector);
}

void LocationHandlers::CheckPartition(const engine::JobDefinition& job, const std::string& partition) const {
  const PartitionsDefinition& partitions = PartitionsOf(job);
  if (!partitions.is_dynamic() && !partitions.HasKey(partition, {clock_.Now(), nullptr})) {
    throw Error(Code::kNotFound, fmt::format("job \"{}\" has no partition \"{}\"", job.name, partition));
  }
}

json::Value LocationHandlers::PartitionConfig(const engine::JobDefinition& job, const std::string& partition) {
  const detail::JobRecord* record = Loaded().FindJob(job.name);
  if (record != nullptr && record->config_for_partition) return record->config_for_partition(partition);
  return json::Object{};
}

json::Value LocationHandlers::PartitionTags(const engine::JobDefinition& job, const std::string& partition) {
  model::Tags tags;
  const detail::JobRecord* record = Loaded().FindJob(job.name);
  if (record != nullptr && record->tags_for_partition) tags = record->tags_for_partition(partition);
  for (auto& [key, value] : PartitionsOf(job).TagsForKey(partition)) model::SetTag(tags, key, std::move(value));
  model::SetTag(tags, model::tag::kPartitionSet, job.name + "_partition_set");
  return requests::TagsJson(tags);
}

std::string LocationHandlers::ExternalPartitionConfig(const json::Value& args) {
  const std::string partition = requests::Text(args, "partition_name");
  const engine::JobDefinition job = PartitionedJob(args);
  CheckPartition(job, partition);
  return DumpSerdes(json::Object{{"__class__", "ExternalPartitionConfigData"},
                                 {"name", partition},
                                 {"run_config", PartitionConfig(job, partition)}});
}

std::string LocationHandlers::ExternalPartitionTags(const json::Value& args) {
  const std::string partition = requests::Text(args, "partition_name");
  const engine::JobDefinition job = PartitionedJob(args);
  CheckPartition(job, partition);
  return DumpSerdes(json::Object{
      {"__class__", "ExternalPartitionTagsData"}, {"name", partition}, {"tags", PartitionTags(job, partition)}});
}

std::string LocationHandlers::ExternalPartitionSetExecutionParams(const json::Value& args) {
  const engine::JobDefinition job = PartitionedJob(args);
  json::Array partitions;
  for (const std::string& partition : requests::Texts(args, "partition_names").value_or(std::vector<std::string>{})) {
    CheckPartition(job, partition);
    partitions.push_back(json::Object{{"__class__", "ExternalPartitionExecutionParamData"},
                                      {"name", partition},
                                      {"run_config", PartitionConfig(job, partition)},
                                      {"tags", PartitionTags(job, partition)}});
  }
  return DumpSerdes(
      json::Object{{"__class__", "ExternalPartitionSetExecutionParamData"}, {"partition_data", std::move(partitions)}});
}

std::string LocationHandlers::SyncExternalScheduleExecution(const json::Value& args) {
  const std::string name = requests::Text(args, "schedule_name");
  for (const auto& schedule : Loaded().schedules()) {
    if (schedule->snap.name != name) continue;
    ScheduleContext context;
    const json::Value* time = args.Find("scheduled_execution_timestamp");
    context.scheduled_time = time == nullptr || time->is_null() ? clock_.Now() : FromUnixSeconds(time->AsDouble());
    return DumpSerdes(requests::ScheduleResult(*schedule, context));
  }
  ThrowUnknownInstigator("schedule", name);
}

std::string LocationHandlers::SyncExternalSensorExecution(const json::Value& args) {
  const std::string name = requests::Text(args, "sensor_name");
  for (const auto& sensor : Loaded().sensors()) {
    if (sensor->snap.name != name) continue;
    return DumpSerdes(requests::SensorResult(*sensor, requests::SensorContextOf(args)));
  }
  ThrowUnknownInstigator("sensor", name);
}

}  // namespace tidemill::sdk
