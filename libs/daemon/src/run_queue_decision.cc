#include <algorithm>
#include <charconv>
#include <limits>

#include <tidemill/daemon/run_queue_decision.h>
#include <tidemill/launch/create_run.h>

#include "pool_limits.h"
#include "tag_limits.h"

namespace tidemill::daemon {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";

struct Candidate {
  const model::Run* run = nullptr;
  std::int64_t priority = 0;
};

/// Leaves only the runs that may start together, in their order.
void Filter(const QueueRules& rules, const QueueState& state, std::vector<Candidate>& batch) {
  TagLimits tags(rules.queue.tag_concurrency_limits);
  for (const model::RunRecord& record : state.in_progress) tags.Add(record.run);
  std::optional<PoolLimits> pools;
  if (rules.queue.block_op_concurrency_limited_runs) pools.emplace(rules, state);
  std::erase_if(batch, [&](const Candidate& candidate) {
    const model::Run& run = *candidate.run;
    if (tags.Blocks(run)) return true;
    // As Dagster counts: a run that a pool blocks, or whose location is paused, still takes its place in the tags.
    tags.Add(run);
    if (pools && pools->Blocks(run)) return true;
    if (pools) pools->Add(run);
    if (state.paused_locations.empty()) return false;
    const auto repository = launch::RepositoryOf(run);
    return repository && state.paused_locations.contains(repository->location_name);
  });
}

}  // namespace

std::int64_t PriorityOf(const model::Run& run) {
  const std::string* tag = model::FindTag(run.tags, model::tag::kPriority);
  if (tag == nullptr) return 0;
  std::string_view text = *tag;
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return 0;
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::string digits;
  char before = '_';
  for (const char c : text) {
    if (c == '_' ? before == '_' : c < '0' || c > '9') return 0;
    if (c != '_') digits += c;
    before = c;
  }
  if (before == '_') return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<std::int64_t>::max();
  return negative ? -value : value;
}

std::vector<std::string> ChooseRuns(const QueueRules& rules, const QueueState& state) {
  const std::int64_t max_runs = rules.queue.max_concurrent_runs;
  const std::int64_t free = max_runs - static_cast<std::int64_t>(state.in_progress.size());
  const bool limited = max_runs != -1;
  // It may be below 0: runs are also started without the queue.
  if (limited && free <= 0) return {};

  std::vector<Candidate> batch;
  for (std::size_t start = 0; start < state.queued.size(); start += rules.page_size) {
    const std::size_t end = std::min(start + rules.page_size, state.queued.size());
    for (std::size_t i = start; i < end; ++i) {
      const model::Run& run = state.queued[i].run;
      batch.push_back({&run, PriorityOf(run)});
    }
    std::stable_sort(batch.begin(), batch.end(),
                     [](const Candidate& a, const Candidate& b) { return a.priority > b.priority; });
    Filter(rules, state, batch);
    if (limited && batch.size() > static_cast<std::size_t>(free)) batch.resize(static_cast<std::size_t>(free));
  }
  std::vector<std::string> chosen;
  for (const Candidate& candidate : batch) chosen.push_back(candidate.run->run_id);
  return chosen;
}

}  // namespace tidemill::daemon
