#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/uuid.h>
#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/event_sink.h>
#include <tidemill/engine/job_plan.h>
#include <tidemill/engine/resources.h>
#include <tidemill/engine/run_config.h>
#include <tidemill/engine/step_runner.h>
#include <tidemill/plan/reexecution.h>
#include <tidemill/plan/run_plan.h>
#include <tidemill/sdk/snapshots.h>
#include <tidemill/sdk/testing.h>

#include "memory_io_manager.h"

namespace tidemill::sdk::testing {

struct RunResult::State {
  std::string run_id;
  std::vector<model::EventLogEntry> events;
  std::map<std::string, engine::AnyValue> values;  ///< By their paths.
  std::string error;
  bool success = true;
};

namespace {

using engine::AnyValue;
using model::EventType;

/// Keeps events, and answers what the steps ask about assets.
class MemoryLog final : public engine::EventSink, public engine::AssetVersions {
 public:
  void Write(model::EventLogEntry entry) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(entry));
  }
  void WroteFile(const std::filesystem::path&) override {}
  void Flush() override {}

  std::optional<engine::AssetVersion> Latest(const AssetKey& key, const std::vector<std::string>& partitions) override {
    return Find(key, partitions.size() == 1 ? &partitions.front() : nullptr);
  }
  std::optional<engine::AssetVersion> LatestOfPartition(const AssetKey& key, const std::string& partition) override {
    return Find(key, &partition);
  }
  void Written(const AssetKey&) override {}

  std::vector<model::EventLogEntry> Take() { return std::move(events_); }

 private:
  std::optional<engine::AssetVersion> Find(const AssetKey& key, const std::string* partition) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = events_.size(); i > 0; --i) {
      const auto& entry = events_[i - 1];
      if (!entry.dagster_event || entry.dagster_event->type != EventType::kAssetMaterialization) continue;
      const auto& made = std::get<model::event::StepMaterialization>(entry.dagster_event->data).materialization;
      if (made.asset_key != key || (partition != nullptr && made.partition != *partition)) continue;
      engine::AssetVersion version;
      version.storage_id = static_cast<std::int64_t>(i);
      if (const auto* text = model::FindTag(made.tags, engine::version_tag::kDataVersion)) version.data_version = *text;
      version.run_id = entry.run_id;
      version.timestamp = entry.timestamp;
      return version;
    }
    return {};
  }

  std::mutex mutex_;
  std::vector<model::EventLogEntry> events_;  // Guarded by mutex_.
};

/// One run, in memory.
class TestRun final {
 public:
  TestRun(engine::JobDefinition job, const RunOptions& options)
      : job_(std::move(job)), io_manager_(std::make_shared<MemoryIoManager>()) {
    run_.run_id = NewUuid();
    run_.job_name = job_.name;
    run_.status = model::RunStatus::kStarted;
    run_.run_config = options.run_config;
    run_.tags = options.tags;
    if (options.partition_key) {
      model::SetTag(run_.tags, std::string(model::tag::kPartition), *options.partition_key);
      if (job_.partitions) {
        for (auto& [key, value] : job_.partitions->TagsForKey(*options.partition_key)) {
          model::SetTag(run_.tags, key, std::move(value));
        }
      }
    }
    for (const auto& [asset, value] : options.inputs) io_manager_->Put(StoragePath(asset, ""), value);
    KeepValuesInMemory();
  }

  std::shared_ptr<const RunResult::State> Execute() {
    const config::Environment environment = engine::ProcessEnvironment();
    const engine::RunConfig config = engine::ProcessRunConfig(job_, run_.run_config, &environment);
    const plan::ExecutionPlan plan = engine::PlanJob(job_, config);
    const engine::EventBuilder events(run_.run_id, run_.job_name, clock_, ::getpid());
    try {
      const engine::ResourceSet resources({job_, config, events, log_, storage_root_, nullptr},
                                          engine::RequiredResources(job_, plan, plan.to_execute()));
      ExecuteSteps(plan, config, events, resources);
    } catch (const engine::ResourceInitError& error) {
      Fail(error.info().message);
    }
    result_->run_id = run_.run_id;
    result_->events = log_.Take();
    result_->values = io_manager_->values();
    return result_;
  }

 private:
  void KeepValuesInMemory() {
    engine::ResourceDefinition in_memory;
    in_memory.config = config::Field::Optional(config::ConfigType::Any());
    in_memory.is_io_manager = true;
    in_memory.artifact = {"tidemill::sdk", "MemoryIoManager"};
    in_memory.create = [manager = std::shared_ptr<engine::IoManager>(io_manager_)](engine::ResourceInitContext&) {
      return engine::ResourceRef{typeid(engine::IoManager), manager};
    };
    for (auto& [key, resource] : job_.resources) {
      if (!resource.is_io_manager) continue;
      in_memory.config = resource.config;
      resource = in_memory;
    }
  }

  void ExecuteSteps(const plan::ExecutionPlan& plan, const engine::RunConfig& config,
                    const engine::EventBuilder& events, const engine::ResourceSet& resources) {
    const plan::Ancestry ancestry{model::KnownState()};
    const assets::PartitionsContext partitions{clock_.Now(), nullptr};
    const engine::StepEnvironment environment{job_,
                                              plan,
                                              run_,
                                              config,
                                              events,
                                              log_,
                                              log_,
                                              resources,
                                              ancestry,
                                              storage_root_,
                                              partitions,
                                              true,
                                              [] { return false; },
                                              [] { return 0.5; }};
    plan::RunPlan schedule(plan);
    Timestamp now = clock_.Now();
    while (!schedule.done()) {
      const auto ready = schedule.TakeReady(now, 1);
      if (!ready.empty()) {
        ExecuteStep(environment, ready.front(), schedule, now);
        continue;
      }
      schedule.TakeSkipped();
      schedule.TakeAbandoned();
      // A retry that waits is due at once: tests do not sleep.
      if (const auto retry = schedule.NextRetry()) now = std::max(now, *retry);
    }
  }

  void ExecuteStep(const engine::StepEnvironment& environment, plan::StepId step, plan::RunPlan& schedule,
                   Timestamp now) {
    const engine::StepResult result =
        engine::RunStep(environment, step, schedule.attempts(step),
                        [&schedule](const model::StepOutputHandle& output) { return schedule.IsProduced(output); });
    for (const auto& output : result.outputs) schedule.ReportOutput(step, output);
    std::optional<Timestamp> retry_at;
    if (result.seconds_to_wait) {
      retry_at = now + std::chrono::microseconds(static_cast<std::int64_t>(*result.seconds_to_wait * 1e6));
    }
    schedule.Report(step, result.outcome, retry_at);
    if (!result.failure) return;
    const auto* failure = std::get_if<model::event::StepFailure>(&result.failure->data);
    Fail(failure != nullptr && failure->error ? RootMessage(*failure->error) : result.failure->message.value_or(""));
  }

  /// What user code threw, without what it was wrapped in.
  static std::string RootMessage(const model::ErrorInfo& error) {
    const model::ErrorInfo* root = &error;
    while (root->cause) root = root->cause.get();
    return root->message;
  }

  void Fail(std::string message) {
    if (result_->success) result_->error = std::move(message);
    result_->success = false;
  }

  engine::JobDefinition job_;
  model::Run run_;
  const std::shared_ptr<MemoryIoManager> io_manager_;
  const SystemClock clock_;
  MemoryLog log_;
  const std::filesystem::path storage_root_;  // Nothing is written there.
  const std::shared_ptr<RunResult::State> result_ = std::make_shared<RunResult::State>();
};

[[noreturn]] void ThrowNoValue(const std::string& what, const std::map<std::string, AnyValue>& values) {
  std::vector<std::string> paths;
  for (const auto& [path, value] : values) paths.push_back(path);
  throw Error(Code::kNotFound, fmt::format("the run made no value of {}; it made: {}", what, fmt::join(paths, ", ")));
}

}  // namespace

RunResult::RunResult(std::shared_ptr<const State> state) : state_(std::move(state)) {}

bool RunResult::success() const { return state_->success; }
const std::string& RunResult::error() const { return state_->error; }
const std::vector<model::EventLogEntry>& RunResult::events() const { return state_->events; }

const AnyValue& RunResult::FindValue(const AssetKey& asset, std::string_view partition) const {
  const auto at = state_->values.find(StoragePath(asset, partition));
  if (at == state_->values.end()) ThrowNoValue(fmt::format("asset \"{}\"", asset.ToUserString()), state_->values);
  return at->second;
}

const AnyValue& RunResult::FindOutput(std::string_view step_key, std::string_view output) const {
  const auto at = state_->values.find(StoragePath(state_->run_id, {std::string(step_key), std::string(output), {}}));
  if (at == state_->values.end())
    ThrowNoValue(fmt::format("output \"{}\" of step \"{}\"", output, step_key), state_->values);
  return at->second;
}

const model::MetadataValue* RunResult::FindMetadata(const AssetKey& asset, std::string_view label) const {
  for (const auto& entry : state_->events) {
    if (!entry.dagster_event || entry.dagster_event->type != EventType::kAssetMaterialization) continue;
    const auto& made = std::get<model::event::StepMaterialization>(entry.dagster_event->data).materialization;
    if (made.asset_key != asset) continue;
    const auto at = std::ranges::find(made.metadata, label, &model::Metadata::value_type::first);
    if (at != made.metadata.end()) return &at->second;
  }
  return nullptr;
}

const model::event::CheckEvaluation* RunResult::FindCheck(const AssetKey& asset, std::string_view check) const {
  for (const auto& entry : state_->events) {
    if (!entry.dagster_event || entry.dagster_event->type != EventType::kAssetCheckEvaluation) continue;
    const auto& evaluation = std::get<model::event::CheckEvaluation>(entry.dagster_event->data);
    if (evaluation.asset_key == asset && evaluation.check_name == check) return &evaluation;
  }
  return nullptr;
}

std::vector<std::string> RunResult::succeeded_steps() const {
  std::vector<std::string> steps;
  for (const auto& entry : state_->events) {
    if (entry.dagster_event && entry.dagster_event->type == EventType::kStepSuccess) steps.push_back(*entry.step_key);
  }
  return steps;
}

RunResult Materialize(const Definitions& definitions, const std::vector<AssetKey>& assets, const RunOptions& options) {
  engine::JobSelector selector;
  selector.job_name = kImplicitAssetJobName;
  selector.asset_selection = assets;
  return RunResult(TestRun(definitions.Job(selector), options).Execute());
}

RunResult RunJob(const Definitions& definitions, const std::string& job, const RunOptions& options) {
  engine::JobSelector selector;
  selector.job_name = job;
  return RunResult(TestRun(definitions.Job(selector), options).Execute());
}

}  // namespace tidemill::sdk::testing
