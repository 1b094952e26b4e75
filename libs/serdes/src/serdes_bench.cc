#include <benchmark/benchmark.h>

#include <tidemill/model/events.h>
#include <tidemill/serdes/serdes.h>

namespace {

using namespace tidemill;

model::EventLogEntry StepSuccess() {
  model::DagsterEvent event;
  event.type = model::EventType::kStepSuccess;
  event.job_name = "data_pipeline_job";
  event.message = "Finished execution of step \"processed_data\" in 29ms.";
  event.pid = 3088;
  event.node_handle = model::NodeHandle{{"processed_data"}};
  event.step_handle = model::StepHandle{*event.node_handle, "processed_data"};
  event.step_key = "processed_data";
  event.step_kind = "COMPUTE";
  event.logging_tags = {{"job_name", "data_pipeline_job"},
                        {"op_name", "processed_data"},
                        {"resource_fn_name", "None"},
                        {"resource_name", "None"},
                        {"run_id", "7ccc50d5-03b0-4812-85e8-cc16ad119d82"},
                        {"step_key", "processed_data"}};
  event.data = model::event::StepSuccess{29.386522000000000};

  model::EventLogEntry entry;
  entry.run_id = "7ccc50d5-03b0-4812-85e8-cc16ad119d82";
  entry.job_name = event.job_name;
  entry.timestamp = 1795520640.8051398;
  entry.user_message = *event.message;
  entry.step_key = event.step_key;
  entry.dagster_event = std::move(event);
  return entry;
}

void EncodeStepSuccess(benchmark::State& state) {
  const model::EventLogEntry entry = StepSuccess();
  std::string out;
  for (auto _ : state) {
    out.clear();
    serdes::EncodeTo(out, entry);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(EncodeStepSuccess);

void DecodeStepSuccess(benchmark::State& state) {
  const std::string text = serdes::Encode(StepSuccess());
  for (auto _ : state) benchmark::DoNotOptimize(serdes::Decode<model::EventLogEntry>(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(DecodeStepSuccess);

}  // namespace

BENCHMARK_MAIN();
