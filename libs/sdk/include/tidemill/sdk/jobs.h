#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/sdk/assets.h>
#include <tidemill/sdk/ops.h>
#include <tidemill/sdk/resources.h>

namespace tidemill::sdk {

using engine::ExecutorDefinition;

/// Steps run one after another in the run's process.
ExecutorDefinition InProcess();
/// Each step runs in a process of its own, at most so many at once; nothing: as many as the machine has cores.
ExecutorDefinition Multiprocess(std::optional<std::int64_t> max_concurrent = {});

/// A job; options change it in the Definitions that made it. Also its handle.
class JobBuilder final {
 public:
  explicit JobBuilder(detail::JobRecord& record) : record_(&record) {}

  JobBuilder& Description(std::string text);
  JobBuilder& Tags(model::Tags tags);
  /// Tags of its runs, where they are others than the job's.
  JobBuilder& RunTags(model::Tags tags);
  JobBuilder& Metadata(const sdk::Metadata& metadata);
  JobBuilder& Owners(std::vector<std::string> owners);
  JobBuilder& Executor(ExecutorDefinition executor);
  /// Run configuration that every run of the job starts from.
  JobBuilder& Config(json::Object run_config);
  /// The configuration of one op or asset (by its op's name) in it.
  template <std::derived_from<sdk::Config> T>
  JobBuilder& OpConfig(const std::string& op_name, const T& config) {
    return SetOpConfig(op_name, config::ToConfig(config));
  }
  /// For ops without a retry policy.
  JobBuilder& OpRetry(RetryPolicy policy);
  /// Partitions of a job of ops, or of assets without their own.
  JobBuilder& Partitions(PartitionsDefinition partitions);
  /// The run configuration of one partition.
  JobBuilder& ConfigForPartition(std::function<json::Value(const std::string& partition_key)> function);
  JobBuilder& TagsForPartition(std::function<model::Tags(const std::string& partition_key)> function);
  JobBuilder& BackfillPolicy(model::BackfillPolicy policy);
  /// A resource of this job only.
  template <class F>
  ResourceBuilder Resource(std::string key, F resource) {
    return AddResource(std::move(key), detail::MakeResource(std::move(resource)));
  }

  const detail::JobRecord& record() const { return *record_; }

 private:
  JobBuilder& SetOpConfig(const std::string& op_name, json::Value config);
  ResourceBuilder AddResource(std::string key, detail::ResourceRecord record);

  detail::JobRecord* record_;
};

}  // namespace tidemill::sdk
