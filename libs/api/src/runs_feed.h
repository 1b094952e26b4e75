#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/storage/run_storage.h>

namespace tidemill::api {

/// Where a page of the feed begins: after a run, after a backfill, and after a time, so that what is created while
/// somebody turns pages shows on none of them. Each is empty while no page has shown one.
struct FeedCursor {
  std::optional<std::string> run_id;
  std::optional<std::string> backfill_id;
  std::optional<double> timestamp;  ///< Seconds since the epoch.

  /// Dagster's text, "run::backfill::seconds". Throws Error(kInvalidArgument) if it is no such text.
  static FeedCursor Parse(const std::optional<std::string>& text);
  std::string Text() const;
};

/// Which backfills a filter of runs means; nothing if it can mean none.
std::optional<storage::BackfillFilter> BackfillsLike(const storage::RunFilter& runs);

/// runsFeedOrError and runsFeedCountOrError: runs and backfills in one list, newest first.
void BindRunsFeed(graphql::Schema& schema);

}  // namespace tidemill::api
