#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <tidemill/storage_sqlite/open.h>

#include "samples.h"
#include "testing/temp_home.h"

// What it costs to make a run's events durable: groups of 1,000 events of about 1 KB to one run, fsync included. The
// cost of one event must not grow with the length of the log.
namespace tidemill::storage_sqlite {
namespace {

using storage::testing::kStart;

constexpr std::int64_t kGroup = 1000;

std::vector<storage::NewEvent> StepEvents(std::int64_t first) {
  std::vector<model::EventLogEntry> entries;
  for (std::int64_t i = first; i < first + kGroup; ++i) {
    model::EventLogEntry entry = storage::testing::StepEvent(
        "bench", model::EventType::kStepSuccess, "step_" + std::to_string(i / 10), kStart + 0.001 * double(i));
    entry.user_message = "Finished execution of step \"step_" + std::to_string(i / 10) + "\" in 11ms.";
    model::DagsterEvent& event = *entry.dagster_event;
    event.message = entry.user_message;
    event.step_handle = model::StepHandle{.node_handle = {{"step"}}, .key = *event.step_key};
    event.node_handle = model::NodeHandle{{"step"}};
    event.step_kind = "COMPUTE";
    event.pid = 4711;
    event.logging_tags = {{"job_name", "sample_job"}, {"op_name", "step"}, {"resource_fn_name", "None"},
                          {"resource_name", "None"},  {"run_id", "bench"}, {"step_key", *event.step_key}};
    entries.push_back(std::move(entry));
  }
  return storage::testing::Group(std::move(entries));
}

void BM_Append(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  std::vector<std::vector<storage::NewEvent>> groups;
  std::size_t bytes = 0;
  for (std::int64_t first = 0; first < count; first += kGroup) {
    groups.push_back(StepEvents(first));
    for (const storage::NewEvent& event : groups.back()) bytes += event.text.size();
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto home = std::make_unique<testing::TempHome>();
    auto store = Open(home->path());
    store->events().RunEvents("bench", {});
    state.ResumeTiming();
    for (const auto& group : groups) store->events().Append(group);
    state.PauseTiming();
    store.reset();
    home.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["bytes_per_event"] = static_cast<double>(bytes) / static_cast<double>(count);
}
BENCHMARK(BM_Append)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_AppendMaterializations(benchmark::State& state) {
  const auto assets = static_cast<int>(state.range(0));
  const testing::TempHome home;
  const auto store = Open(home.path());
  std::vector<model::EventLogEntry> entries;
  for (int i = 0; i < assets; ++i) {
    entries.push_back(storage::testing::Materialized("bench", model::AssetKey({"assets", std::to_string(i)}), kStart,
                                                     std::nullopt,
                                                     {{"dagster/data_version", "v" + std::to_string(i)}}));
  }
  const auto group = storage::testing::Group(std::move(entries));
  for (auto _ : state) store->events().Append(group);
  state.SetItemsProcessed(state.iterations() * assets);
}
BENCHMARK(BM_AppendMaterializations)->Arg(1)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Everything the first run of a fresh home writes: run, a snapshot, its events, a tick.
void BM_FirstRunOfAFreshHome(benchmark::State& state) {
  const auto group = storage::testing::Group({storage::testing::RunEvent("r1", model::EventType::kRunStart),
                                              storage::testing::Materialized("r1", {"a"}),
                                              storage::testing::RunEvent("r1", model::EventType::kRunSuccess)});
  for (auto _ : state) {
    state.PauseTiming();
    auto home = std::make_unique<testing::TempHome>();
    state.ResumeTiming();
    {
      const auto store = Open(home->path());
      store->runs().AddSnapshotText("snapshot", "PIPELINE", "{}");
      store->runs().AddRun(storage::testing::SampleRun("r1"));
      store->events().Append(group);
      store->schedules().AddTick({});
      benchmark::DoNotOptimize(store->runs().GetRun("r1"));
    }
    state.PauseTiming();
    home.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_FirstRunOfAFreshHome)->Unit(benchmark::kMillisecond)->UseRealTime();

/// One more run in a home that is open: its row, a new log, its events in three groups.
void BM_NextRun(benchmark::State& state) {
  const testing::TempHome home;
  const auto store = Open(home.path());
  int number = 0;
  for (auto _ : state) {
    const std::string id = "run" + std::to_string(number++);
    store->runs().AddRun(storage::testing::SampleRun(id));
    for (const model::EventType type :
         {model::EventType::kRunEnqueued, model::EventType::kRunStart, model::EventType::kRunSuccess}) {
      store->events().Append(storage::testing::Group({storage::testing::RunEvent(id, type)}));
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_NextRun)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_RunEvents(benchmark::State& state) {
  const testing::TempHome home;
  const auto store = Open(home.path());
  store->events().Append(StepEvents(0));
  for (auto _ : state) benchmark::DoNotOptimize(store->events().RunEvents("bench", {}));
  state.SetItemsProcessed(state.iterations() * kGroup);
}
BENCHMARK(BM_RunEvents)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemill::storage_sqlite

BENCHMARK_MAIN();
