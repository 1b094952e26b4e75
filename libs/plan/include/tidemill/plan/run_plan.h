#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/model/metadata.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::plan {

/// At most `limit` steps at once of those that carry a tag (Dagster's tag_concurrency_limits).
struct TagLimit {
  std::string key;
  std::optional<std::string> value;  ///< None: any value.
  bool per_unique_value = false;     ///< Each value has the limit for itself.
  std::int64_t limit = 0;
};

struct RunLimits {
  std::optional<std::int64_t> max_concurrent;
  std::vector<TagLimit> tags;
};

enum class StepOutcome { kSucceeded, kFailed, kUpForRetry };

/// Decides which steps of one run may start next, which are skipped, and which cannot run any more.
///
/// Reads no clock and does no I/O: the caller executes the steps, reports back and says what time it is, so the same
/// calls repeat every decision. The rules are Dagster's (execution/plan/active.py): a step starts when all steps it
/// needs have ended; it is skipped if an output it needs was not yielded by a step that succeeded or was skipped (a
/// fan-in only if all of them are missing, asset-check outputs never); it is abandoned if a step it needs failed or was
/// abandoned. Not thread-safe: a run has one owner. Each step costs amortised O(log steps).
class RunPlan final {
 public:
  /// `plan` must outlive this. Throws Error(kInvalidArgument) if a step's priority tag is no integer.
  explicit RunPlan(const ExecutionPlan& plan, RunLimits limits = {});

  /// Whether a step that belongs to a pool has got its slot; asked at most once a pool and call until it says no.
  using Claim = std::function<bool(StepId)>;

  /// Takes up to `limit` steps that may start at `now`: higher `dagster/priority` first, then as they became ready.
  std::vector<StepId> TakeReady(Timestamp now, std::size_t limit = SIZE_MAX, const Claim& claim = nullptr);

  /// Records that a taken step yielded an output.
  void ReportOutput(StepId step, std::string_view output);
  /// Records how a taken step ended. For kUpForRetry `retry_at` says when it may start again; none means at once.
  void Report(StepId step, StepOutcome outcome, std::optional<Timestamp> retry_at = {});

  struct Skip {
    StepId step;
    std::vector<std::string> missing_outputs;  ///< "step.output"
  };
  /// Takes the steps that are skipped, with those skipped by them.
  std::vector<Skip> TakeSkipped();

  struct Abandoned {
    StepId step;
    std::vector<std::string> failed;        ///< Steps it needs that failed.
    std::vector<std::string> not_executed;  ///< Steps it needs that were abandoned themselves.
  };
  /// Takes the steps that cannot run any more, with those behind them.
  std::vector<Abandoned> TakeAbandoned();

  /// Whether every step has ended, and everything skipped and abandoned was taken.
  bool done() const { return unfinished_ == 0; }
  std::size_t in_flight() const { return in_flight_; }
  /// When the next delayed retry is due; nothing if none waits.
  std::optional<Timestamp> NextRetry() const;
  /// Whether steps are ready that a limit or a pool holds back.
  bool has_ready() const { return ready_ > 0 || !resolved_.empty(); }

  /// Whether this run has the output already.
  bool IsProduced(const model::StepOutputHandle& handle) const;
  /// How often the step was tried before.
  std::int64_t attempts(StepId step) const { return steps_[step].attempts; }
  /// What a step that another process executes must know of the run so far: its attempts, the outputs there are.
  model::KnownState KnownStateFor(StepId step) const;

 private:
  enum class State : std::uint8_t { kOutside, kPending, kReady, kRunning, kSucceeded, kFailed, kSkipped, kAbandoned };

  struct Step {
    State state = State::kOutside;
    std::uint32_t missing = 0;  ///< Steps it needs that have not ended.
    std::uint32_t bucket = 0;
    std::uint32_t first_output = 0;  ///< In produced_.
    std::uint64_t position = 0;      ///< Who comes first among steps that are decided together.
    std::int64_t priority = 0;
    std::int64_t attempts = 0;
    std::vector<StepId> dependents;
  };

  /// Ready steps that the same limits hold back.
  struct Bucket {
    struct Item {
      std::int64_t priority;
      std::uint64_t order;
      StepId step;
      bool operator<(const Item& other) const {
        return priority != other.priority ? priority < other.priority : order > other.order;
      }
    };
    std::priority_queue<Item> items;
    std::vector<std::size_t> counters;  ///< In running_by_limit_.
    bool has_pool = false;
  };

  struct Retry {
    Timestamp at;
    std::uint64_t order;
    StepId step;
    bool operator<(const Retry& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  struct Counter {
    std::int64_t limit = 0;
    std::int64_t running = 0;
  };

  void AddStep(StepId id);
  std::uint32_t BucketFor(const model::StepSnap& step);
  std::vector<std::size_t> CountersFor(const model::Tags& tags);
  void SortIn();
  void MakeReady(StepId step);
  void Ended(StepId step, State state);
  std::vector<std::string> MissingOutputs(StepId step) const;
  bool NeedsFailed(StepId step) const;
  bool IsBlocked(const Bucket& bucket) const;

  const ExecutionPlan& plan_;
  RunLimits limits_;
  std::vector<Step> steps_;
  std::vector<bool> produced_;
  std::vector<Bucket> buckets_;
  std::map<std::pair<std::vector<std::size_t>, std::string>, std::uint32_t> bucket_index_;
  std::vector<Counter> counters_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> counter_index_;  ///< By limit and tag value.
  std::vector<StepId> resolved_;  ///< Everything they need has ended, but nothing is decided yet.
  std::priority_queue<Retry> retries_;
  std::vector<Skip> skipped_;
  std::vector<StepId> abandoned_;
  std::uint64_t next_order_ = 0;
  std::uint64_t next_position_ = 0;
  std::size_t unfinished_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t ready_ = 0;
};

}  // namespace tidemill::plan
