#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/uuid.h>
#include <tidemill/daemon/run_queue.h>
#include <tidemill/daemon/run_queue_decision.h>
#include <tidemill/engine/run_creation.h>
#include <tidemill/launch/submit.h>

#include "dequeue.h"
#include "launch_pool.h"
#include "life_mark.h"
#include "queued_runs.h"

namespace tidemill::daemon {
namespace {

using model::RunStatus;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr char kDaemonType[] = "QUEUED_RUN_COORDINATOR";
constexpr std::chrono::seconds kRetryAfterTrouble(1);

QueueRules RulesOf(const instance::Config& config) {
  QueueRules rules;
  rules.queue = config.run_queue;
  rules.granularity = config.pools.granularity.value_or(instance::PoolGranularity::kOp);
  return rules;
}

/// Fires at once, then each time that its interval has passed.
class Timer {
 public:
  explicit Timer(std::chrono::milliseconds interval) : interval_(interval) {}

  bool IsDue() {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < next_) return false;
    next_ = now + interval_;
    return true;
  }

 private:
  const std::chrono::milliseconds interval_;
  SteadyTime next_{};
};

}  // namespace

/// The thread of a RunQueue that runs.
class RunQueue::Loop final {
 public:
  Loop(const launch::Context& context, launch::RunLauncher& launcher, const RunQueueOptions& options)
      : context_(context),
        launcher_(launcher),
        options_(options),
        rules_(RulesOf(context.instance.config())),
        queued_(context.storage().runs()),
        health_(options.health_interval),
        reload_(options.reload_interval),
        heartbeat_(options.heartbeat_interval) {}

  void Start() {
    pool_.emplace(options_.launch_threads, [this](const model::Run& run) { Launch(run); });
    thread_ = std::thread([this] { Run(); });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    launcher_.Watch(nullptr);
    pool_.reset();
  }

  void Wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

 private:
  struct EndedWorker {
    std::string run_id;
    std::string how;
  };

  void Run() {
    if (!WaitForTurn()) return;
    launcher_.Watch([this](const std::string& run_id, const std::string& how) { WorkerEnded(run_id, how); });
    bool took_over = false;
    bool look = true;
    while (!stopping()) {
      std::chrono::milliseconds pause = options_.watch_interval;
      try {
        if (!took_over) TakeOver();
        took_over = true;
        EndRuns();
        if (health_.IsDue()) CheckHealth();
        // Also time lets runs start: pools forget runs that started, locations are not paused any more.
        if (reload_.IsDue()) {
          queued_.Reload();
          look = true;
        }
        if (look || HasChanged()) Dequeue();
        if (heartbeat_.IsDue()) Beat();
        trouble_.reset();
      } catch (const Error& error) {
        Say(error);
        pause = kRetryAfterTrouble;
      }
      look = Wait(pause);
    }
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  /// One process of this machine works on a home at a time. False if this one was stopped before its turn came.
  bool WaitForTurn() {
    std::error_code ignored;
    const std::string home = std::filesystem::canonical(context_.instance.home(), ignored).string();
    const std::string name = "tidemill/run-queue/" + std::to_string(std::hash<std::string>()(home));
    while (!(turn_ = TakeLifeMark(name))) {
      Wait(kRetryAfterTrouble);
      if (stopping()) return false;
    }
    return true;
  }

  /// True if there is something to look at, false after `pause`.
  bool Wait(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return stopping_ || woken_ || !ended_.empty(); });
    return std::exchange(woken_, false) || !ended_.empty();
  }

  bool HasChanged() {
    const std::int64_t token = context_.storage().runs().ChangeToken();
    return std::exchange(token_, token) != token;
  }

  std::vector<model::RunRecord> InProgress() {
    storage::RunFilter filter;
    filter.statuses = {RunStatus::kStarting, RunStatus::kStarted, RunStatus::kCanceling};
    return context_.storage().runs().GetRuns(filter, {});
  }

  /// What the process before this one has left.
  void TakeOver() {
    for (const model::RunRecord& record : InProgress()) {
      const model::Run& run = record.run;
      if (launcher_.FindWorker(run) != launch::WorkerState::kGone) continue;
      if (run.status == RunStatus::kStarting && !HadWorker(run)) {
        pool_->Add(run);
      } else {
        End(run.run_id, "its process is not there any more");
      }
    }
  }

  /// Whether a worker has written to the run's log.
  bool HadWorker(const model::Run& run) {
    bool starting = false;
    for (const storage::StoredEvent& event : context_.storage().events().RunEvents(run.run_id, {})) {
      if (starting) return true;
      starting = event.entry.dagster_event && event.entry.dagster_event->type == model::EventType::kRunStarting;
    }
    return false;
  }

  /// Whoever launches without the queue may be between its claim and its launch: only a run that has no worker twice is
  /// ended.
  void CheckHealth() {
    std::set<std::string> missing;
    for (const model::RunRecord& record : InProgress()) {
      const std::string& run_id = record.run.run_id;
      if (pool_->Holds(run_id) || launcher_.FindWorker(record.run) != launch::WorkerState::kGone) continue;
      if (missing_.contains(run_id)) {
        End(run_id, "its process is not there any more");
      } else {
        missing.insert(run_id);
      }
    }
    missing_ = std::move(missing);
  }

  void WorkerEnded(const std::string& run_id, const std::string& how) {
    {
      const std::lock_guard lock(mutex_);
      ended_.push_back({run_id, how});
    }
    changed_.notify_all();
  }

  void EndRuns() {
    while (true) {
      std::optional<EndedWorker> ended;
      {
        const std::lock_guard lock(mutex_);
        if (ended_.empty()) return;
        ended = ended_.back();
      }
      End(ended->run_id, ended->how);
      // Only now: what could not be recorded is tried again.
      const std::lock_guard lock(mutex_);
      std::erase_if(ended_, [&](const EndedWorker& each) { return each.run_id == ended->run_id; });
    }
  }

  /// Ends the run for its worker, if that did not.
  void End(const std::string& run_id, const std::string& how) {
    const auto record = context_.storage().runs().GetRun(run_id);
    if (!record || model::IsFinished(record->run.status)) return;
    engine::EndAbandonedRun(context_.storage(), run_id, how, context_.clock);
  }

  void Dequeue() {
    QueueState state;
    state.in_progress = InProgress();
    const std::int64_t limit = rules_.queue.max_concurrent_runs;
    if (limit != -1 && static_cast<std::int64_t>(state.in_progress.size()) >= limit) return;
    queued_.Refresh();
    if (queued_.records().empty()) return;
    state.queued = queued_.records();
    state.pools = Pools(state.queued);
    state.now = context_.clock.Now();
    state.paused_locations = paused_.At(state.now);
    const std::vector<std::string> chosen = ChooseRuns(rules_, state);
    std::vector<model::Run> claimed = Claim(context_, chosen);
    for (const std::string& run_id : chosen) queued_.Remove(run_id);
    for (model::Run& run : claimed) pool_->Add(std::move(run));
  }

  std::vector<PoolState> Pools(const std::vector<model::RunRecord>& queued) {
    std::set<std::string> needed;
    for (const model::RunRecord& record : queued) {
      if (!record.run.run_op_concurrency) continue;
      needed.insert(record.run.run_op_concurrency->all_pools.begin(), record.run.run_op_concurrency->all_pools.end());
    }
    if (needed.empty()) return {};
    std::vector<PoolState> pools;
    for (const storage::PoolInfo& pool : context_.storage().events().Pools()) {
      pools.push_back({pool.pool, pool.limit, static_cast<std::int64_t>(pool.claims.size())});
      needed.erase(pool.pool);
    }
    // A pool that nobody has used yet gets the instance's limit when its first step claims a slot.
    if (const auto limit = context_.instance.config().pools.default_limit) {
      for (const std::string& name : needed) pools.push_back({name, *limit, 0});
    }
    return pools;
  }

  /// On a thread of the pool.
  void Launch(const model::Run& run) {
    try {
      LaunchClaimed(context_, launcher_, paused_, run);
    } catch (const Error& error) {
      // The run stays STARTING; the health check finds it without a worker.
      fmt::print(stderr, "run queue: launching run {}: {}\n", run.run_id, error.what());
    }
    Wake();
  }

  void Beat() {
    model::DaemonHeartbeat heartbeat{ToUnixSeconds(context_.clock.Now()), kDaemonType, daemon_id_, {}};
    if (trouble_) heartbeat.errors.push_back(*trouble_);
    context_.storage().runs().AddHeartbeat(heartbeat);
  }

  void Say(const Error& error) {
    trouble_ = launch::ErrorInfoOf(error);
    fmt::print(stderr, "run queue: {}\n", error.what());
  }

  const launch::Context context_;
  launch::RunLauncher& launcher_;
  const RunQueueOptions options_;
  const QueueRules rules_;
  const std::string daemon_id_ = NewUuid();

  // Of the loop's thread.
  std::optional<FileDescriptor> turn_;
  QueuedRuns queued_;
  std::set<std::string> missing_;  ///< Runs in progress that had no worker at the last check.
  Timer health_;
  Timer reload_;
  Timer heartbeat_;
  std::optional<std::int64_t> token_;
  std::optional<model::ErrorInfo> trouble_;

  PausedLocations paused_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;           // Guarded by mutex_.
  bool woken_ = false;              // Guarded by mutex_.
  std::vector<EndedWorker> ended_;  // Guarded by mutex_.

  std::optional<LaunchPool> pool_;
  std::thread thread_;
};

RunQueue::RunQueue(launch::Context context, launch::RunLauncher& launcher, RunQueueOptions options)
    : loop_(std::make_unique<Loop>(context, launcher, options)) {}

RunQueue::~RunQueue() { Stop(); }

void RunQueue::Start() { loop_->Start(); }
void RunQueue::Stop() { loop_->Stop(); }
void RunQueue::Wake() { loop_->Wake(); }

}  // namespace tidemill::daemon
