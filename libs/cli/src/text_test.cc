#include "text.h"

#include <gmock/gmock.h>

namespace tidemill::cli {
namespace {

TEST(TextTest, WidthIsOfColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("größe"), 5u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("\xff\xfe"), 2u);
}

TEST(TextTest, CutsBetweenCharacters) {
  EXPECT_EQ(Truncate("abcdef", 6), "abcdef");
  EXPECT_EQ(Truncate("abcdef", 4), "abc…");
  EXPECT_EQ(Truncate("日本語", 4), "日…");
  EXPECT_EQ(Truncate("abc", 0), "");
}

TEST(TextTest, ForeignTextCannotSteerTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\nc"), "a\\x1b[2Jb c");
  EXPECT_EQ(Printable("a\nb\tc", false), "a\nb\tc");
  EXPECT_EQ(Printable("größe\x7f"), "größe\\x7f");
}

TEST(TextTest, TablesAlignTheirColumns) {
  EXPECT_EQ(Table({"NAME", "N"}, {{"größe", "1"}, {"b", ""}}),
            "NAME   N\n"
            "größe  1\n"
            "b\n");
}

TEST(TextTest, ListsAreSplitAtCommas) {
  EXPECT_THAT(SplitList(" a, b ,,c"), ::testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(SplitList(""), ::testing::IsEmpty());
}

}  // namespace
}  // namespace tidemill::cli
