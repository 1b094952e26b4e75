#include "queued_runs.h"

#include <algorithm>
#include <iterator>

namespace tidemill::daemon {
namespace {

storage::RunFilter Queued() {
  storage::RunFilter filter;
  filter.statuses = {model::RunStatus::kQueued};
  return filter;
}

}  // namespace

void QueuedRuns::Refresh() {
  ReadNew();
  // A run may be queued long after its row was added.
  if (storage_.CountRuns(Queued()) != static_cast<std::int64_t>(records_.size())) Reload();
}

void QueuedRuns::Reload() {
  records_.clear();
  last_read_.reset();
  ReadNew();
}

void QueuedRuns::Remove(const std::string& run_id) {
  std::erase_if(records_, [&](const model::RunRecord& record) { return record.run.run_id == run_id; });
}

void QueuedRuns::ReadNew() {
  storage::RunPage page;
  page.ascending = true;
  page.cursor = last_read_;
  std::vector<model::RunRecord> records = storage_.GetRuns(Queued(), page);
  if (records.empty()) return;
  last_read_ = records.back().run.run_id;
  std::move(records.begin(), records.end(), std::back_inserter(records_));
}

}  // namespace tidemill::daemon
