#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/engine/definitions.h>

namespace tidemill::engine::testing {

/// Types of values: a number, a list of numbers, nothing.
const ValueType& IntType();
const ValueType& IntListType();
const ValueType& NothingType();

AnyValue MakeInt(std::int64_t value);
std::int64_t IntOf(const AnyValue& value);

/// Keeps numbers in files, at Dagster's paths, and says so in the log.
class FileIoManager final : public IoManager {
 public:
  void HandleOutput(OutputContext& context, const AnyValue& value) override;
  AnyValue LoadInput(InputContext& context) override;
};

/// Puts a job together by hand.
class JobBuilder {
 public:
  explicit JobBuilder(std::string name);

  using Compute = std::function<void(StepContext&)>;
  /// An op with inputs and outputs of numbers; what is written after '?' in an output's name makes it optional.
  JobBuilder& Op(std::string name, std::vector<std::string> inputs, std::vector<std::string> outputs, Compute compute);
  OpDefinition& op(const std::string& name) { return *ops_.at(name); }
  /// A node of an op; each dependency is "input=node" or "input=node.output", several of one input fan in.
  JobBuilder& Node(std::string name, std::string op, const std::vector<std::string>& dependencies = {});
  model::NodeInvocationSnap& node(const std::string& name);
  /// An asset with its op and node: its inputs are the assets it depends on.
  JobBuilder& Asset(std::string name, const std::vector<std::string>& upstream, Compute compute);
  /// A check of an asset by a node of its own.
  JobBuilder& Check(std::string asset, std::string name, bool blocking, Compute compute);
  JobDefinition Build();
  JobDefinition& job() { return job_; }

 private:
  JobDefinition job_;
  std::map<std::string, std::shared_ptr<OpDefinition>> ops_;
};

/// Jobs by name.
class TestLocation final : public CodeLocation {
 public:
  using Maker = std::function<JobDefinition()>;
  void Add(std::string name, Maker maker) { jobs_[std::move(name)] = std::move(maker); }

  JobDefinition Job(const JobSelector& selector) const override;
  model::JobSnap JobSnapshot(const JobSelector& selector) const override { return Job(selector).structure; }
  model::RepositorySnap Repository(bool) const override { return {}; }
  std::vector<std::string> JobNames() const override;

 private:
  std::map<std::string, Maker> jobs_;
};

/// The jobs that the tests run; "chain-100" has a hundred steps in a row, "wide-100" as many side by side.
TestLocation MakeTestLocation();

}  // namespace tidemill::engine::testing
