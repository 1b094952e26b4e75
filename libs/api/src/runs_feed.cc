#include "runs_feed.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "backfill.h"
#include "run.h"
#include "run_filter.h"

namespace tidemill::api {
namespace {

constexpr std::string_view kDelimiter = "::";

using Entry = std::variant<Run, Backfill>;

struct FeedPage {
  std::vector<Entry> results;
  std::string cursor;
  bool has_more = false;
};
struct FeedCount {
  std::int64_t count = 0;
};

/// What the filter asks of the storage, for the view that was chosen.
struct FeedQuery {
  std::optional<storage::RunFilter> runs;
  std::optional<storage::BackfillFilter> backfills;
};

FeedQuery QueryOf(const graphql::Arguments& arguments, const FeedCursor& cursor) {
  const auto view = arguments.Get<std::string>("view");
  storage::RunFilter filter = RunFilterOf(arguments);
  if (cursor.timestamp) {
    const Timestamp before = FromUnixSeconds(*cursor.timestamp);
    filter.created_before = filter.created_before ? std::min(*filter.created_before, before) : before;
  }
  FeedQuery query;
  if (view != "RUNS") query.backfills = BackfillsLike(filter);
  filter.exclude_backfills = view == "ROOTS";
  const bool of_backfill = std::any_of(filter.tags.begin(), filter.tags.end(),
                                       [](const auto& tag) { return tag.first == model::tag::kBackfill; });
  if (view != "BACKFILLS" && !(filter.exclude_backfills && of_backfill)) query.runs = std::move(filter);
  return query;
}

double CreationOf(const Entry& entry) {
  if (const Run* run = std::get_if<Run>(&entry)) return ToUnixSeconds(run->record->create_timestamp);
  const model::BackfillRecord& backfill = *std::get<Backfill>(entry).record;
  const json::Value* begin = backfill.body.Find("backfill_timestamp");
  return begin != nullptr && begin->is_number() ? begin->AsDouble() : ToUnixSeconds(backfill.timestamp);
}

std::vector<Entry> EntriesOf(const RequestContext& context, const FeedQuery& query, const FeedCursor& cursor,
                             std::int64_t limit) {
  std::vector<Entry> entries;
  if (query.backfills) {
    for (auto& record : context.storage().runs().GetBackfills(*query.backfills, cursor.backfill_id, limit)) {
      entries.push_back(Backfill{std::make_shared<const model::BackfillRecord>(std::move(record))});
    }
  }
  if (query.runs) {
    storage::RunPage page;
    page.cursor = cursor.run_id;
    page.limit = limit;
    for (Run& run : ListRuns(context, *query.runs, page)) entries.push_back(std::move(run));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return CreationOf(a) > CreationOf(b); });
  return entries;
}

/// Where the page after these entries begins.
FeedCursor After(FeedCursor cursor, const std::vector<Entry>& shown) {
  for (const Entry& entry : shown) {
    if (const Run* run = std::get_if<Run>(&entry)) {
      cursor.run_id = run->run().run_id;
    } else {
      cursor.backfill_id = std::get<Backfill>(entry).record->backfill_id;
    }
  }
  if (!shown.empty()) cursor.timestamp = CreationOf(shown.back());
  return cursor;
}

FeedPage PageOf(const graphql::Arguments& arguments, const RequestContext& context) {
  const FeedCursor cursor = FeedCursor::Parse(arguments.Get<std::optional<std::string>>("cursor"));
  const auto limit = std::max<std::int64_t>(arguments.Get<std::int64_t>("limit"), 0);
  FeedPage page;
  // One more of each kind than is shown tells whether there are more.
  page.results = EntriesOf(context, QueryOf(arguments, cursor), cursor, limit + 1);
  page.has_more = static_cast<std::int64_t>(page.results.size()) > limit;
  if (page.has_more) page.results.erase(page.results.begin() + limit, page.results.end());
  page.cursor = After(cursor, page.results).Text();
  return page;
}

FeedCount CountOf(const graphql::Arguments& arguments, const RequestContext& context) {
  const FeedQuery query = QueryOf(arguments, {});
  storage::RunStorage& storage = context.storage().runs();
  FeedCount count;
  if (query.runs) count.count += storage.CountRuns(*query.runs);
  if (query.backfills) count.count += storage.CountBackfills(*query.backfills);
  return count;
}

/// Statuses of backfills that a status of runs stands for.
std::vector<std::string> BackfillStatusesOf(model::RunStatus status) {
  switch (status) {
    case model::RunStatus::kSuccess:
      return {"COMPLETED_SUCCESS"};
    case model::RunStatus::kFailure:
      return {"FAILED", "COMPLETED_FAILED", "FAILING"};
    case model::RunStatus::kCanceled:
      return {"CANCELED"};
    case model::RunStatus::kCanceling:
      return {"CANCELING"};
    case model::RunStatus::kStarted:
      return {"REQUESTED"};
    default:
      return {};
  }
}

std::optional<std::string> IfAny(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

FeedCursor FeedCursor::Parse(const std::optional<std::string>& text) {
  if (!text) return {};
  const auto invalid = [&] {
    return Error(Code::kInvalidArgument,
                 fmt::format("\"{}\" is no cursor of the runs feed: give the one of an earlier page", *text));
  };
  const std::string_view whole = *text;
  const std::size_t first = whole.find(kDelimiter);
  const std::size_t second = first == std::string::npos ? first : whole.find(kDelimiter, first + kDelimiter.size());
  if (second == std::string::npos) throw invalid();
  const std::size_t middle = first + kDelimiter.size();
  const std::string_view seconds = whole.substr(second + kDelimiter.size());
  FeedCursor cursor{IfAny(whole.substr(0, first)), IfAny(whole.substr(middle, second - middle)), std::nullopt};
  if (seconds.empty()) return cursor;
  double value = 0;
  const auto [end, failed] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  if (failed != std::errc() || end != seconds.data() + seconds.size()) throw invalid();
  cursor.timestamp = value;
  return cursor;
}

std::string FeedCursor::Text() const {
  std::string text = fmt::format("{}{}{}{}", run_id.value_or(""), kDelimiter, backfill_id.value_or(""), kDelimiter);
  if (timestamp) json::AppendDouble(text, *timestamp);
  return text;
}

std::optional<storage::BackfillFilter> BackfillsLike(const storage::RunFilter& runs) {
  if ((runs.run_ids && !runs.run_ids->empty()) || runs.updated_after || runs.updated_before || runs.snapshot_id) {
    return std::nullopt;
  }
  storage::BackfillFilter filter;
  for (const model::RunStatus status : runs.statuses) {
    for (std::string& like : BackfillStatusesOf(status)) filter.statuses.push_back(std::move(like));
  }
  if (!runs.statuses.empty() && filter.statuses.empty()) return std::nullopt;
  for (const auto& tag : runs.tags) {
    if (tag.first == model::tag::kBackfill) {
      filter.backfill_ids = tag.second;
    } else {
      filter.tags.push_back(tag);
    }
  }
  filter.job_name = runs.job_name;
  filter.created_after = runs.created_after;
  filter.created_before = runs.created_before;
  return filter;
}

void BindRunsFeed(graphql::Schema& schema) {
  schema.Object<FeedPage>("RunsFeedConnection")
      .Field("results", &FeedPage::results)
      .Field("cursor", &FeedPage::cursor)
      .Field("hasMore", &FeedPage::has_more);
  schema.Object<FeedCount>("RunsFeedCount").Field("count", &FeedCount::count);
  schema.Query().Field("runsFeedOrError", PageOf).Field("runsFeedCountOrError", CountOf);
}

}  // namespace tidemill::api
