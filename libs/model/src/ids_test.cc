#include <gtest/gtest.h>

#include <tidemill/model/events.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/instigators.h>

namespace tidemill::model {
namespace {

TEST(AssetKeyTest, TextFormsRoundTrip) {
  const AssetKey key({"a", "b/c", "d\\e"});
  EXPECT_EQ(key.ToUserString(), "a/b\\/c/d\\\\e");
  EXPECT_EQ(AssetKey::FromUserString(key.ToUserString()), key);
  EXPECT_EQ(AssetKey({"a", "b"}).ToColumn(), R"(["a", "b"])");
  EXPECT_EQ(AssetKey::FromColumn(key.ToColumn()), key);
  EXPECT_FALSE(AssetKey::FromColumn("{}"));
}

TEST(NodeHandleTest, IsWrittenWithDots) {
  EXPECT_EQ(NodeHandle::FromString("outer.inner.op").ToString(), "outer.inner.op");
  EXPECT_EQ(NodeHandle::FromString("outer").Child("op").ToString(), "outer.op");
}

TEST(SelectorIdTest, EqualsOneThatDagsterComputed) {
  EXPECT_EQ(InstigatorSelectorId("rich", "__repository__", "sched"), "c065c777f25c8a97dae5594a7f4f1d481660b1b0");
}

TEST(EventTypeTest, EachNameIsReadBack) {
  for (int i = 0; i <= static_cast<int>(EventType::kCodeLocationUpdated); ++i) {
    const auto type = static_cast<EventType>(i);
    EXPECT_EQ(ParseEventType(EventTypeName(type)), type);
  }
  EXPECT_EQ(EventTypeName(EventType::kRunStart), "PIPELINE_START");
}

}  // namespace
}  // namespace tidemill::model
