// Answers questions of tests/compat/test_run_queue.py, one JSON text a line: which queued runs start now?
//   {"now", "max_concurrent_runs", "tag_limits": [{"key", "value"?, "per_unique_value", "limit"}], "blocks_on_pools",
//    "slot_buffer", "granularity": "op" | "run", "page_size", "pools": [{"name", "slots", "waiting"}], "paused": [...],
//    "in_progress": [RUN], "queued": [RUN]}  →  ["run id", ...]
// RUN: {"run": DagsterRun as serdes JSON, "start_time": seconds | null}
#include <iostream>

#include <tidemill/base/error.h>
#include <tidemill/daemon/run_queue_decision.h>
#include <tidemill/serdes/serdes.h>

namespace {

using namespace tidemill;

std::vector<model::RunRecord> ReadRuns(const json::Value& runs) {
  std::vector<model::RunRecord> records;
  for (const json::Value& item : runs.AsArray()) {
    model::RunRecord& record = records.emplace_back();
    record.run = serdes::FromJson<model::Run>(item.AsObject().At("run"));
    const json::Value& start = item.AsObject().At("start_time");
    if (!start.is_null()) record.start_time = start.AsDouble();
  }
  return records;
}

daemon::QueueRules ReadRules(const json::Object& question) {
  daemon::QueueRules rules;
  rules.queue.max_concurrent_runs = question.At("max_concurrent_runs").AsInt();
  rules.queue.block_op_concurrency_limited_runs = question.At("blocks_on_pools").AsBool();
  rules.queue.op_concurrency_slot_buffer = question.At("slot_buffer").AsInt();
  rules.granularity =
      question.At("granularity").AsString() == "run" ? instance::PoolGranularity::kRun : instance::PoolGranularity::kOp;
  rules.page_size = static_cast<std::size_t>(question.At("page_size").AsInt());
  for (const json::Value& item : question.At("tag_limits").AsArray()) {
    const json::Object& object = item.AsObject();
    instance::TagConcurrencyLimit& limit = rules.queue.tag_concurrency_limits.emplace_back();
    limit.key = object.At("key").AsString();
    if (const json::Value* value = object.Find("value")) limit.value = value->AsString();
    limit.per_unique_value = object.At("per_unique_value").AsBool();
    limit.limit = object.At("limit").AsInt();
  }
  return rules;
}

daemon::QueueState ReadState(const json::Object& question) {
  daemon::QueueState state;
  state.now = FromUnixSeconds(question.At("now").AsDouble());
  state.in_progress = ReadRuns(question.At("in_progress"));
  state.queued = ReadRuns(question.At("queued"));
  for (const json::Value& item : question.At("pools").AsArray()) {
    const json::Object& pool = item.AsObject();
    state.pools.push_back({pool.At("name").AsString(), pool.At("slots").AsInt(), pool.At("waiting").AsInt()});
  }
  for (const json::Value& name : question.At("paused").AsArray()) state.paused_locations.insert(name.AsString());
  return state;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      const json::Value value = json::Parse(line);
      const json::Object& question = value.AsObject();
      json::Array chosen;
      for (std::string& run_id : daemon::ChooseRuns(ReadRules(question), ReadState(question))) {
        chosen.emplace_back(std::move(run_id));
      }
      std::cout << json::Dump(chosen) << std::endl;
    } catch (const std::exception& error) {
      std::cout << json::Dump(json::Object{{"error", error.what()}}) << std::endl;
    }
  }
}
