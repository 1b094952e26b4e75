#include "runs_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

namespace tidemill::api {
namespace {

using ::testing::ElementsAre;

TEST(FeedCursorTest, ItsTextReadsBack) {
  for (const char* text : {"::::", "run-1::::", "::backfill::1700000000.25", "run::backfill::1.0"}) {
    EXPECT_EQ(FeedCursor::Parse(text).Text(), text);
  }
  EXPECT_EQ(FeedCursor::Parse(std::nullopt).Text(), "::::");
  for (const char* text : {"", "run", "run::backfill", "a::b::c", "a::b::1.5x", "a::b::1::2"}) {
    EXPECT_THROW(FeedCursor::Parse(text), Error) << text;
  }
}

TEST(BackfillsLikeTest, StatusesAndTagsOfRunsBecomeThoseOfBackfills) {
  storage::RunFilter runs;
  runs.statuses = {model::RunStatus::kFailure, model::RunStatus::kQueued};
  runs.tags = {{"dagster/backfill", {"abc"}}, {"team", {"x"}}};
  const auto filter = BackfillsLike(runs);
  ASSERT_TRUE(filter);
  EXPECT_THAT(filter->statuses, ElementsAre("FAILED", "COMPLETED_FAILED", "FAILING"));
  EXPECT_THAT(*filter->backfill_ids, ElementsAre("abc"));
  EXPECT_THAT(filter->tags, ElementsAre(::testing::Pair("team", ElementsAre("x"))));
}

TEST(BackfillsLikeTest, SomeFiltersMeanNoBackfill) {
  storage::RunFilter queued;
  queued.statuses = {model::RunStatus::kQueued};
  EXPECT_FALSE(BackfillsLike(queued));
  storage::RunFilter by_id;
  by_id.run_ids = {"run"};
  EXPECT_FALSE(BackfillsLike(by_id));
  storage::RunFilter by_snapshot;
  by_snapshot.snapshot_id = "abc";
  EXPECT_FALSE(BackfillsLike(by_snapshot));
  EXPECT_TRUE(BackfillsLike({}));
}

}  // namespace
}  // namespace tidemill::api
