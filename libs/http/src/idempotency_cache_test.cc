#include "idempotency_cache.h"

#include <thread>

#include <gtest/gtest.h>

namespace tidemill::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Answer = IdempotencyCache::Answer;
using Refusal = IdempotencyCache::Refusal;

class IdempotencyCacheTest : public ::testing::Test {
 protected:
  IdempotencyCache::Claim Begin(const std::string& key, const std::string& fingerprint = "f") {
    return cache_.Begin(key, fingerprint, now_, milliseconds(1));
  }
  static bool IsFirst(const IdempotencyCache::Claim& claim) {
    return claim.index() == 0 && std::get<0>(claim) == nullptr;
  }

  IdempotencyCache::Time now_;
  IdempotencyCache cache_{seconds(60), 100};
};

TEST_F(IdempotencyCacheTest, TheSameKeyGetsTheFirstAnswer) {
  EXPECT_TRUE(IsFirst(Begin("k")));
  cache_.Finish("k", {200, "first"}, now_);
  EXPECT_EQ(std::get<0>(Begin("k"))->body, "first");
  EXPECT_TRUE(IsFirst(Begin("other")));
}

TEST_F(IdempotencyCacheTest, AKeyIsOfOneRequest) {
  Begin("k");
  EXPECT_EQ(std::get<Refusal>(Begin("k", "g")), Refusal::kDiffers);
}

TEST_F(IdempotencyCacheTest, TellsThatTheFirstStillRuns) {
  Begin("k");
  EXPECT_EQ(std::get<Refusal>(Begin("k")), Refusal::kRunning);
}

TEST_F(IdempotencyCacheTest, WaitsForTheFirst) {
  Begin("k");
  std::thread first([this] { cache_.Finish("k", {500, "late"}, now_); });
  const auto claim = cache_.Begin("k", "f", now_, seconds(10));
  first.join();
  EXPECT_EQ(std::get<0>(claim)->status, 500);
}

TEST_F(IdempotencyCacheTest, AnAbandonedKeyIsFree) {
  Begin("k");
  cache_.Abandon("k");
  EXPECT_TRUE(IsFirst(Begin("k", "g")));
}

TEST_F(IdempotencyCacheTest, ForgetsByAgeAndBySize) {
  Begin("k");
  cache_.Finish("k", {200, "x"}, now_);
  now_ += seconds(61);
  EXPECT_TRUE(IsFirst(Begin("k")));
  cache_.Finish("k", {200, std::string(80, 'x')}, now_);
  Begin("l");
  cache_.Finish("l", {200, std::string(80, 'y')}, now_);
  EXPECT_TRUE(IsFirst(Begin("k")));
  EXPECT_FALSE(IsFirst(Begin("l")));
}

}  // namespace
}  // namespace tidemill::http
