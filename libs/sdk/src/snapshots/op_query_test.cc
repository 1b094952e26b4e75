#include "op_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "snapshot_twins.h"

namespace tidemill::sdk::snapshots {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// a → b → c → d, and x alone.
model::DependencyStructureSnap Chain() {
  return {{testing::Node("a", "op"), testing::Node("b", "op", {{"in", {"a.result"}}}),
           testing::Node("c", "op", {{"in", {"b.result"}}}), testing::Node("d", "op", {{"in", {"c.result"}}}),
           testing::Node("x", "op")}};
}

TEST(OpQueryTest, MarksSayHowFarToGo) {
  EXPECT_THAT(SelectNodes(Chain(), {"b"}), ElementsAre("b"));
  EXPECT_THAT(SelectNodes(Chain(), {"*c"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(SelectNodes(Chain(), {"b*"}), ElementsAre("b", "c", "d"));
  EXPECT_THAT(SelectNodes(Chain(), {"+c+"}), ElementsAre("b", "c", "d"));
  EXPECT_THAT(SelectNodes(Chain(), {"a++", "x"}), ElementsAre("a", "b", "c", "x"));
  EXPECT_THAT(SelectNodes(Chain(), {" *+d "}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(SelectNodes(Chain(), {"*"}), ElementsAre("a", "b", "c", "d", "x"));
}

TEST(OpQueryTest, AQueryWithoutAMatchIsNamed) {
  for (const char* query : {"e", "+", "", "+*a", "a*+"}) {
    EXPECT_THAT(
        [&] {
          SelectNodes(Chain(), {"a", query});
        },
        ThrowsMessage<Error>(HasSubstr("\"" + std::string(query) + "\"")));
  }
}

}  // namespace
}  // namespace tidemill::sdk::snapshots
