// The jobs of MakeTestLocation.
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "test_location.h"

namespace tidemill::engine::testing {
namespace {

void YieldInt(StepContext& context, std::int64_t value, std::string output = "result") {
  Output result;
  result.name = std::move(output);
  result.value = MakeInt(value);
  context.Yield(std::move(result));
}

JobBuilder::Compute Return(std::int64_t value) {
  return [value](StepContext& context) { YieldInt(context, value); };
}

void Add(StepContext& context) { YieldInt(context, IntOf(context.Input("a")) + IntOf(context.Input("b"))); }

JobDefinition Sum() {
  JobBuilder job("sum");
  job.Op("one", {}, {"result"}, Return(1)).Op("add", {"a", "b"}, {"result"}, Add);
  job.Node("one", "one").Node("two", "one").Node("add", "add", {"a=one", "b=two"});
  return job.Build();
}

JobDefinition Failing() {
  JobBuilder job("failing");
  job.Op("boom", {}, {"result"}, [](StepContext&) {
    try {
      throw std::out_of_range("no such row");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("boom"));
    }
  });
  job.Op("after", {"a", "b"}, {"result"}, Add).Op("one", {}, {"result"}, Return(1));
  job.Node("boom", "boom").Node("one", "one").Node("after", "after", {"a=boom", "b=one"});
  job.Node("last", "after", {"a=after", "b=one"});
  return job.Build();
}

/// One of two branches, and a fan-in over both.
JobDefinition Branches() {
  JobBuilder job("branches");
  job.Op("choose", {}, {"left?", "right?"}, [](StepContext& context) { YieldInt(context, 5, "left"); });
  job.Op("pass", {"value"}, {"result"}, [](StepContext& context) { YieldInt(context, IntOf(context.Input("value"))); });
  job.Op("collect", {"all"}, {"result"}, [](StepContext& context) {
    const AnyValue all = context.Input("all");
    YieldInt(context, static_cast<std::int64_t>(static_cast<const std::vector<std::int64_t>*>(all.data())->size()));
  });
  job.op("collect").inputs[0].type = &IntListType();
  job.Node("choose", "choose")
      .Node("left", "pass", {"value=choose.left"})
      .Node("right", "pass", {"value=choose.right"});
  job.Node("collect", "collect", {"all=left", "all=right"});
  return job.Build();
}

/// Fails until the file that the environment names is there; then succeeds.
JobDefinition Flaky(std::int64_t max_retries) {
  JobBuilder job("flaky");
  job.Op("flaky", {}, {"result"}, [](StepContext& context) {
    if (context.info().retry_number < 2) throw std::runtime_error("not yet");
    YieldInt(context, context.info().retry_number);
  });
  job.op("flaky").retry_policy = RetryPolicy{max_retries, {}, Backoff::kConstant, Jitter::kNone};
  job.Op("use", {"value"}, {"result"}, [](StepContext& context) { YieldInt(context, IntOf(context.Input("value"))); });
  job.Node("flaky", "flaky").Node("use", "use", {"value=flaky"});
  return job.Build();
}

/// Its middle step fails unless the run is a re-execution.
JobDefinition FailsOnce() {
  JobBuilder job("fails-once");
  job.Op("one", {}, {"result"}, Return(1)).Op("add", {"a", "b"}, {"result"}, Add);
  job.Op("middle", {"value"}, {"result"}, [](StepContext& context) {
    if (model::FindTag(context.info().run_tags, model::tag::kParentRunId) == nullptr) throw std::runtime_error("once");
    YieldInt(context, IntOf(context.Input("value")) + 1);
  });
  job.Node("first", "one").Node("middle", "middle", {"value=first"}).Node("last", "add", {"a=middle", "b=first"});
  return job.Build();
}

JobDefinition Assets() {
  JobBuilder job("assets");
  job.Asset("raw_data", {}, [](StepContext& context) {
    context.Log(model::level::kInfo, "hello");
    std::cout << "printed by raw_data" << std::endl;
    context.AddOutputMetadata({{"rows", model::metadata::Int{3}}});
    YieldInt(context, 3);
  });
  job.Asset("processed_data", {"raw_data"},
            [](StepContext& context) { YieldInt(context, IntOf(context.Input("raw_data")) * 2); });
  job.Asset("report", {"processed_data"}, [](StepContext& context) {
    MaterializeResult result;
    result.metadata = {{"rows", model::metadata::Int{IntOf(context.Input("processed_data"))}}};
    context.Yield(std::move(result));
  });
  return job.Build();
}

JobDefinition Checked(bool passes) {
  JobBuilder job(passes ? "checked" : "unchecked");
  job.Asset("source", {}, Return(3));
  job.Check("source", "has_rows", true, [passes](StepContext& context) {
    CheckResult result;
    result.passed = passes;
    result.description = "rows counted";
    context.Yield(std::move(result));
  });
  job.Asset("target", {"source"}, [](StepContext& context) { YieldInt(context, IntOf(context.Input("source"))); });
  job.node("target").input_dependencies[0].upstream_outputs = {{"has_rows", "check"}, {"source", "result"}};
  return job.Build();
}

JobDefinition Crashing(int signal_number) {
  JobBuilder job("crashing");
  job.Op("crash", {}, {"result"}, [signal_number](StepContext&) {
    if (signal_number == 0) std::_Exit(3);
    ::signal(signal_number, SIG_DFL);  // A sanitizer's handler would turn it into an exit code.
    ::raise(signal_number);
  });
  job.Op("one", {}, {"result"}, Return(1));
  job.Node("crash", "crash").Node("one", "one");
  job.job().executor.kind = ExecutorDefinition::Kind::kMultiprocess;
  return job.Build();
}

/// Its step starts a process that outlives the run, and gives its id.
JobDefinition LeavesAProcess() {
  JobBuilder job("leaves-a-process");
  job.Op("leave", {}, {"result"}, [](StepContext& context) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::execlp("sleep", "sleep", "60", nullptr);
      ::_exit(127);
    }
    YieldInt(context, child);
  });
  job.Node("leave", "leave");
  return job.Build();
}

/// Steps that wait until the run is asked to end, or for ever.
JobDefinition Waiting(bool looks) {
  JobBuilder job("waiting");
  job.Op("wait", {}, {"result"}, [looks](StepContext& context) {
    context.Log(model::level::kInfo, "waiting");
    while (!looks || !context.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  });
  job.Node("wait", "wait").Node("wait_too", "wait");
  return job.Build();
}

JobDefinition Chain(int size) {
  JobBuilder job("chain");
  job.Op("first", {}, {"result"}, Return(0));
  job.Op("next", {"value"}, {"result"},
         [](StepContext& context) { YieldInt(context, IntOf(context.Input("value")) + 1); });
  job.Node("s0", "first");
  for (int i = 1; i < size; ++i) job.Node(fmt::format("s{}", i), "next", {fmt::format("value=s{}", i - 1)});
  return job.Build();
}

JobDefinition Wide(int size) {
  JobBuilder job("wide");
  job.Op("one", {}, {"result"}, Return(1));
  for (int i = 0; i < size; ++i) job.Node(fmt::format("s{}", i), "one");
  return job.Build();
}

JobDefinition AssetChain(int size) {
  JobBuilder job("asset-chain");
  job.Asset("a0", {}, Return(0));
  for (int i = 1; i < size; ++i) {
    const std::string upstream = fmt::format("a{}", i - 1);
    job.Asset(fmt::format("a{}", i), {upstream},
              [upstream](StepContext& context) { YieldInt(context, IntOf(context.Input(upstream)) + 1); });
  }
  return job.Build();
}

TestLocation::Maker InProcesses(const TestLocation::Maker& maker) {
  return [maker] {
    JobDefinition job = maker();
    job.executor.kind = ExecutorDefinition::Kind::kMultiprocess;
    return job;
  };
}

}  // namespace

TestLocation MakeTestLocation() {
  TestLocation location;
  const auto add = [&](const std::string& name, const TestLocation::Maker& maker) {
    location.Add(name, maker);
    location.Add(name + "-mp", InProcesses(maker));
  };
  add("sum", Sum);
  add("failing", Failing);
  add("branches", Branches);
  add("flaky", [] { return Flaky(2); });
  add("flaky-once", [] { return Flaky(1); });
  add("fails-once", FailsOnce);
  add("assets", Assets);
  add("checked", [] { return Checked(true); });
  add("unchecked", [] { return Checked(false); });
  add("waiting", [] { return Waiting(true); });
  add("deaf", [] { return Waiting(false); });
  for (const int size : {100, 1000, 10'000}) {
    add(fmt::format("chain-{}", size), [size] { return Chain(size); });
    add(fmt::format("wide-{}", size), [size] { return Wide(size); });
    add(fmt::format("asset-chain-{}", size), [size] { return AssetChain(size); });
  }
  location.Add("leaves-a-process", LeavesAProcess);
  location.Add("crash-exit", [] { return Crashing(0); });
  location.Add("crash-segv", [] { return Crashing(SIGSEGV); });
  location.Add("crash-kill", [] { return Crashing(SIGKILL); });
  return location;
}

}  // namespace tidemill::engine::testing
