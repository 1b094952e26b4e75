#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/model/runs.h>
#include <tidemill/plan/run_plan.h>

namespace tidemill::plan {
namespace {

std::int64_t Priority(const model::StepSnap& step) {
  const std::string* text = model::FindTag(step.tags, model::tag::kPriority);
  if (text == nullptr) return 0;
  std::int64_t priority = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), priority);
  if (error != std::errc() || end != text->data() + text->size()) {
    throw Error(Code::kInvalidArgument,
                fmt::format("step {}: its tag {} is \"{}\"; write an integer", step.key, model::tag::kPriority, *text));
  }
  return priority;
}

}  // namespace

RunPlan::RunPlan(const ExecutionPlan& plan, RunLimits limits) : plan_(plan), limits_(std::move(limits)) {
  steps_.resize(plan.steps().size());
  std::size_t outputs = 0;
  for (StepId id = 0; id < steps_.size(); ++id) {
    steps_[id].first_output = static_cast<std::uint32_t>(outputs);
    outputs += plan.step(id).snap.outputs.size();
  }
  produced_.resize(outputs);
  for (const StepId id : plan.to_execute()) steps_[id].state = State::kPending;
  for (const StepId id : plan.to_execute()) AddStep(id);
  for (const auto& [key, attempts] : plan.known_state().previous_retry_attempts) {
    if (const auto id = plan.Find(key)) steps_[*id].attempts = attempts;
  }
  for (const model::StepOutputHandle& handle : plan.known_state().ready_outputs) {
    if (const auto id = plan.Find(handle.step_key)) ReportOutput(*id, handle.output_name);
  }
  unfinished_ = plan.to_execute().size();
}

void RunPlan::AddStep(StepId id) {
  const model::StepSnap& snap = plan_.step(id).snap;
  Step& step = steps_[id];
  step.priority = Priority(snap);
  step.position = next_position_++;
  step.bucket = BucketFor(snap);
  std::vector<StepId> needs;
  for (const model::StepInputSnap& input : snap.inputs) {
    for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
      const auto upstream = plan_.Find(handle.step_key);
      if (upstream && steps_[*upstream].state != State::kOutside) needs.push_back(*upstream);
    }
  }
  std::sort(needs.begin(), needs.end());
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  step.missing = static_cast<std::uint32_t>(needs.size());
  for (const StepId need : needs) steps_[need].dependents.push_back(id);
  if (needs.empty()) resolved_.push_back(id);
}

std::vector<std::size_t> RunPlan::CountersFor(const model::Tags& tags) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < limits_.tags.size(); ++i) {
    const TagLimit& limit = limits_.tags[i];
    const std::string* value = model::FindTag(tags, limit.key);
    if (value == nullptr || (limit.value && *limit.value != *value)) continue;
    const auto [it, is_new] =
        counter_index_.try_emplace({i, limit.per_unique_value ? *value : std::string()}, counters_.size());
    if (is_new) counters_.push_back({limit.limit, 0});
    found.push_back(it->second);
  }
  return found;
}

std::uint32_t RunPlan::BucketFor(const model::StepSnap& step) {
  std::vector<std::size_t> counters = CountersFor(step.tags);
  const auto [it, is_new] = bucket_index_.try_emplace({counters, step.pool.value_or("")}, buckets_.size());
  if (is_new) {
    buckets_.emplace_back();
    buckets_.back().counters = std::move(counters);
    buckets_.back().has_pool = step.pool.has_value();
  }
  return it->second;
}

std::vector<std::string> RunPlan::MissingOutputs(StepId id) const {
  for (const model::StepInputSnap& input : plan_.step(id).snap.inputs) {
    std::size_t gating = 0;
    std::vector<std::string> missing;
    for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
      const auto upstream = plan_.Find(handle.step_key);
      if (!upstream) continue;
      const auto& outputs = plan_.step(*upstream).snap.outputs;
      const auto output = std::find_if(outputs.begin(), outputs.end(), [&](const model::StepOutputSnap& candidate) {
        return candidate.name == handle.output_name;
      });
      // A check gates by failing its step, not by yielding nothing.
      if (output != outputs.end() && output->properties.asset_check_key) continue;
      ++gating;
      const State state = steps_[*upstream].state;
      if ((state == State::kSucceeded || state == State::kSkipped) && !IsProduced(handle)) {
        missing.push_back(handle.step_key + "." + handle.output_name);
      }
    }
    const bool is_fan_in = std::holds_alternative<model::input_source::MultipleSources>(input.source);
    if (!missing.empty() && (!is_fan_in || missing.size() == gating)) return missing;
  }
  return {};
}

bool RunPlan::IsProduced(const model::StepOutputHandle& handle) const {
  const auto step = plan_.Find(handle.step_key);
  if (!step) return false;
  const auto& outputs = plan_.step(*step).snap.outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == handle.output_name) return produced_[steps_[*step].first_output + i];
  }
  return false;
}

bool RunPlan::NeedsFailed(StepId id) const {
  for (const model::StepInputSnap& input : plan_.step(id).snap.inputs) {
    for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
      const auto upstream = plan_.Find(handle.step_key);
      if (!upstream) continue;
      const State state = steps_[*upstream].state;
      if (state == State::kFailed || state == State::kAbandoned) return true;
    }
  }
  return false;
}

void RunPlan::MakeReady(StepId id) {
  steps_[id].state = State::kReady;
  buckets_[steps_[id].bucket].items.push({steps_[id].priority, next_order_++, id});
  ++ready_;
}

/// Decides about the steps that wait for nothing any more, in the plan's order.
void RunPlan::SortIn() {
  if (resolved_.empty()) return;
  std::vector<StepId> resolved;
  resolved.swap(resolved_);
  std::sort(resolved.begin(), resolved.end(),
            [&](StepId left, StepId right) { return steps_[left].position < steps_[right].position; });
  for (const StepId id : resolved) {
    std::vector<std::string> missing = MissingOutputs(id);
    if (!missing.empty()) {
      skipped_.push_back({id, std::move(missing)});
    } else if (NeedsFailed(id)) {
      abandoned_.push_back(id);
    } else {
      MakeReady(id);
    }
  }
}

bool RunPlan::IsBlocked(const Bucket& bucket) const {
  return std::any_of(bucket.counters.begin(), bucket.counters.end(),
                     [&](std::size_t counter) { return counters_[counter].running >= counters_[counter].limit; });
}

std::vector<StepId> RunPlan::TakeReady(Timestamp now, std::size_t limit, const Claim& claim) {
  SortIn();
  while (!retries_.empty() && retries_.top().at <= now) {
    MakeReady(retries_.top().step);
    retries_.pop();
  }
  std::vector<StepId> taken;
  std::vector<bool> refused(buckets_.size());
  while (taken.size() < limit && ready_ > 0) {
    if (limits_.max_concurrent && static_cast<std::int64_t>(in_flight_) >= *limits_.max_concurrent) break;
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i].items.empty() || refused[i] || IsBlocked(buckets_[i])) continue;
      if (!best || buckets_[*best].items.top() < buckets_[i].items.top()) best = i;
    }
    if (!best) break;
    Bucket& bucket = buckets_[*best];
    const StepId id = bucket.items.top().step;
    if (bucket.has_pool && claim && !claim(id)) {
      refused[*best] = true;
      continue;
    }
    bucket.items.pop();
    --ready_;
    ++in_flight_;
    steps_[id].state = State::kRunning;
    for (const std::size_t counter : bucket.counters) ++counters_[counter].running;
    taken.push_back(id);
  }
  return taken;
}

void RunPlan::ReportOutput(StepId id, std::string_view output) {
  const auto& outputs = plan_.step(id).snap.outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == output) produced_[steps_[id].first_output + i] = true;
  }
}

void RunPlan::Report(StepId id, StepOutcome outcome, std::optional<Timestamp> retry_at) {
  Step& step = steps_.at(id);
  if (step.state != State::kRunning) {
    throw Error(Code::kInternal,
                fmt::format("step {} was reported without having been taken", plan_.step(id).snap.key));
  }
  --in_flight_;
  for (const std::size_t counter : buckets_[step.bucket].counters) --counters_[counter].running;
  switch (outcome) {
    case StepOutcome::kSucceeded:
      Ended(id, State::kSucceeded);
      break;
    case StepOutcome::kFailed:
      Ended(id, State::kFailed);
      break;
    case StepOutcome::kUpForRetry:
      ++step.attempts;
      step.state = State::kPending;
      step.position = next_position_++;
      if (retry_at) {
        retries_.push({*retry_at, next_order_++, id});
      } else {
        resolved_.push_back(id);
      }
      break;
  }
}

void RunPlan::Ended(StepId id, State state) {
  steps_[id].state = state;
  --unfinished_;
  for (const StepId dependent : steps_[id].dependents) {
    if (--steps_[dependent].missing == 0) resolved_.push_back(dependent);
  }
}

std::vector<RunPlan::Skip> RunPlan::TakeSkipped() {
  std::vector<Skip> taken;
  SortIn();
  while (!skipped_.empty()) {
    std::vector<Skip> batch;
    batch.swap(skipped_);
    std::stable_sort(batch.begin(), batch.end(), [&](const Skip& left, const Skip& right) {
      return steps_[left.step].priority > steps_[right.step].priority;
    });
    for (Skip& skip : batch) {
      Ended(skip.step, State::kSkipped);
      taken.push_back(std::move(skip));
    }
    SortIn();
  }
  return taken;
}

std::vector<RunPlan::Abandoned> RunPlan::TakeAbandoned() {
  std::vector<Abandoned> taken;
  SortIn();
  while (!abandoned_.empty()) {
    std::vector<StepId> batch;
    batch.swap(abandoned_);
    std::stable_sort(batch.begin(), batch.end(),
                     [&](StepId left, StepId right) { return steps_[left].priority > steps_[right].priority; });
    for (const StepId id : batch) {
      Abandoned abandoned{id, {}, {}};
      for (const model::StepInputSnap& input : plan_.step(id).snap.inputs) {
        for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
          const auto upstream = plan_.Find(handle.step_key);
          if (!upstream) continue;
          const State state = steps_[*upstream].state;
          if (state == State::kFailed) abandoned.failed.push_back(handle.step_key);
          if (state == State::kAbandoned) abandoned.not_executed.push_back(handle.step_key);
        }
      }
      taken.push_back(std::move(abandoned));
    }
    for (const StepId id : batch) Ended(id, State::kAbandoned);
    SortIn();
  }
  return taken;
}

std::optional<Timestamp> RunPlan::NextRetry() const {
  if (retries_.empty()) return std::nullopt;
  return retries_.top().at;
}

model::KnownState RunPlan::KnownStateFor(StepId id) const {
  model::KnownState known;
  known.dynamic_mappings = plan_.known_state().dynamic_mappings;
  known.parent_state = plan_.known_state().parent_state;
  const model::StepSnap& snap = plan_.step(id).snap;
  if (steps_[id].attempts > 0) known.previous_retry_attempts.emplace_back(snap.key, steps_[id].attempts);
  for (const model::StepInputSnap& input : snap.inputs) {
    for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
      if (IsProduced(handle)) known.ready_outputs.push_back(handle);
    }
  }
  return known;
}

}  // namespace tidemill::plan
