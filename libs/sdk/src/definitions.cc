#include <algorithm>

#include <fmt/format.h>

#include <tidemill/sdk/definitions.h>

#include "definitions_impl.h"

namespace tidemill::sdk {

using detail::AssetRecord;
using detail::NodeKind;
using detail::NodeRecord;

Definitions::Definitions() : impl_(std::make_unique<Impl>()) {}
Definitions::Definitions(Definitions&&) noexcept = default;
Definitions& Definitions::operator=(Definitions&&) noexcept = default;
Definitions::~Definitions() = default;

namespace {

std::unique_ptr<NodeRecord> MakeNode(NodeKind kind, std::string name, detail::Function function) {
  auto node = std::make_unique<NodeRecord>();
  node->kind = kind;
  node->name = std::move(name);
  node->function = std::move(function);
  return node;
}

}  // namespace

NodeRecord& Definitions::AddAsset(std::string name, detail::Function function) {
  auto node = MakeNode(NodeKind::kAsset, "", std::move(function));
  auto asset = std::make_unique<AssetRecord>();
  asset->key = AssetKey({std::move(name)});
  asset->type = node->function.outputs.front().type;
  asset->is_required = node->function.outputs.front().is_required;
  node->assets.push_back(std::move(asset));
  return *impl_->records.nodes.emplace_back(std::move(node));
}

NodeRecord& Definitions::AddObservable(std::string name, detail::Function function) {
  NodeRecord& node = AddAsset(std::move(name), std::move(function));
  node.assets.front()->execution_type = model::AssetExecutionType::kObservation;
  return node;
}

NodeRecord& Definitions::AddMultiAsset(std::string name, detail::Function function, std::vector<AssetSpec> specs) {
  auto node = MakeNode(NodeKind::kAsset, std::move(name), std::move(function));
  auto& slots = node->function.outputs;
  if (!slots.empty() && !specs.empty() && specs.size() != slots.size()) {
    throw Error(Code::kInvalidArgument, fmt::format("multi-asset \"{}\": its function returns {} values, but {} assets "
                                                    "are named; give one spec for each",
                                                    node->name, slots.size(), specs.size()));
  }
  for (std::size_t i = 0; i < std::max(slots.size(), specs.size()); ++i) {
    auto asset = std::make_unique<AssetRecord>();
    if (i < specs.size()) *asset = specs[i].record();
    if (i < slots.size()) {
      if (specs.empty()) asset->key = AssetKey({slots[i].name});
      asset->type = slots[i].type;
      asset->is_required = asset->is_required && slots[i].is_required;
    }
    asset->output_name = detail::PythonName(asset->key);
    node->assets.push_back(std::move(asset));
  }
  if (node->assets.empty() || node->assets.front()->key.path.front().empty()) {
    throw Error(Code::kInvalidArgument, fmt::format("multi-asset \"{}\": name its assets: MultiAsset(name, function, "
                                                    "{{\"first\", \"second\"}})",
                                                    node->name));
  }
  return *impl_->records.nodes.emplace_back(std::move(node));
}

AssetRecord& Definitions::AddExternal(AssetSpec spec) {
  auto asset = std::make_unique<AssetRecord>(spec.record());
  asset->execution_type = model::AssetExecutionType::kUnexecutable;
  return *impl_->records.externals.emplace_back(std::move(asset));
}

NodeRecord& Definitions::AddCheck(std::string name, const AssetRecord& asset, detail::Function function) {
  auto node = MakeNode(NodeKind::kCheck, "", std::move(function));
  auto check = std::make_unique<detail::CheckRecord>();
  check->asset = &asset;
  check->name = std::move(name);
  node->checks.push_back(std::move(check));
  return *impl_->records.nodes.emplace_back(std::move(node));
}

NodeRecord& Definitions::AddOp(std::string name, detail::Function function) {
  return *impl_->records.nodes.emplace_back(MakeNode(NodeKind::kOp, std::move(name), std::move(function)));
}

detail::GraphRecord& Definitions::AddGraph(std::unique_ptr<detail::GraphRecord> graph) {
  return *impl_->records.graphs.emplace_back(std::move(graph));
}

JobBuilder Definitions::AddJob(std::string name, std::unique_ptr<detail::GraphRecord> graph) {
  auto job = std::make_unique<detail::JobRecord>();
  job->name = std::move(name);
  job->graph = std::move(graph);
  return JobBuilder(*impl_->records.jobs.emplace_back(std::move(job)));
}

JobBuilder Definitions::Job(std::string name, std::initializer_list<AnyAsset> assets) {
  auto job = std::make_unique<detail::JobRecord>();
  job->name = std::move(name);
  for (const auto& asset : assets) job->assets.push_back(&asset.record());
  return JobBuilder(*impl_->records.jobs.emplace_back(std::move(job)));
}

JobBuilder Definitions::Job(std::string name, std::string selection) {
  JobBuilder job = Job(std::move(name), std::initializer_list<AnyAsset>{});
  impl_->records.jobs.back()->selection = std::move(selection);
  return job;
}

ScheduleBuilder Definitions::Schedule(std::string name, const JobBuilder& job, std::string cron) {
  return Schedule(std::move(name), job, std::vector<std::string>{std::move(cron)});
}

ScheduleBuilder Definitions::Schedule(std::string name, const JobBuilder& job,
                                      std::initializer_list<const char*> crons) {
  return Schedule(std::move(name), job, std::vector<std::string>(crons.begin(), crons.end()));
}

ScheduleBuilder Definitions::Schedule(std::string name, const JobBuilder& job, std::vector<std::string> crons) {
  auto schedule = std::make_unique<detail::ScheduleRecord>();
  schedule->snap.name = std::move(name);
  schedule->snap.cron_schedules = std::move(crons);
  schedule->snap.job_name = job.record().name;
  schedule->job = &job.record();
  return ScheduleBuilder(*impl_->records.schedules.emplace_back(std::move(schedule)));
}

SensorBuilder Definitions::Sensor(std::string name, const JobBuilder& job, SensorFunction function) {
  return Sensor(std::move(name), {job}, std::move(function));
}

SensorBuilder Definitions::Sensor(std::string name, std::initializer_list<JobBuilder> jobs, SensorFunction function) {
  auto sensor = std::make_unique<detail::SensorRecord>();
  sensor->snap.name = std::move(name);
  sensor->snap.sensor_type = "STANDARD";
  sensor->snap.standard_metadata.emplace();
  sensor->snap.owners.emplace();
  for (const auto& job : jobs) sensor->jobs.push_back(&job.record());
  sensor->evaluate = std::move(function);
  return SensorBuilder(*impl_->records.sensors.emplace_back(std::move(sensor)));
}

SensorBuilder Definitions::Sensor(std::string name, std::initializer_list<AnyAsset> assets, SensorFunction function) {
  // The job of a sensor over assets, under the name that Dagster gives it.
  const JobBuilder job = Job(fmt::format("__anonymous_asset_job_{}", name), assets);
  return Sensor(std::move(name), job, std::move(function));
}

ResourceBuilder Definitions::AddResource(std::string key, detail::ResourceRecord record) {
  const auto [at, is_new] = impl_->records.resources.emplace(key, std::move(record));
  if (!is_new) {
    throw Error(Code::kInvalidArgument,
                fmt::format("resource \"{}\" is defined twice; give one of them another key", key));
  }
  return ResourceBuilder(at->second);
}

Definitions& Definitions::Executor(ExecutorDefinition executor) {
  impl_->records.executor = std::move(executor);
  return *this;
}

Definitions& Definitions::Metadata(const sdk::Metadata& metadata) {
  impl_->records.metadata = metadata.entries();
  return *this;
}

void Definitions::Validate() const { impl_->Assembled().CheckAll(); }

engine::JobDefinition Definitions::Job(const engine::JobSelector& selector) const {
  return impl_->Assembled().Job(selector);
}

model::JobSnap Definitions::JobSnapshot(const engine::JobSelector& selector) const {
  return impl_->Assembled().Snapshot(selector);
}

model::RepositorySnap Definitions::Repository(bool defer_snapshots) const {
  return impl_->Assembled().Repository(defer_snapshots);
}

std::vector<std::string> Definitions::JobNames() const { return impl_->Assembled().JobNames(); }

const detail::JobRecord* Definitions::FindJob(std::string_view name) const { return impl_->Assembled().FindJob(name); }

const std::vector<std::unique_ptr<detail::ScheduleRecord>>& Definitions::schedules() const {
  return impl_->records.schedules;
}

const std::vector<std::unique_ptr<detail::SensorRecord>>& Definitions::sensors() const {
  return impl_->records.sensors;
}

}  // namespace tidemill::sdk
