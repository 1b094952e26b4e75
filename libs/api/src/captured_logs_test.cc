#include "captured_logs.h"

#include <gtest/gtest.h>

namespace tidemill::api {
namespace {

TEST(CapturedLogsTest, BytesThatAreNoUtf8AreReplacedAsPythonDoes) {
  EXPECT_EQ(ReplaceInvalidUtf8("plain \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "plain \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  // A character cut off at the end of a piece is one mark, however many of its bytes are there.
  EXPECT_EQ(ReplaceInvalidUtf8("a\xE2\x82"), "a\xEF\xBF\xBD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xE2\x82z"), "\xEF\xBF\xBDz");
  // Bytes that begin no character, overlong forms and surrogates are a mark each.
  EXPECT_EQ(ReplaceInvalidUtf8("\xFF\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace tidemill::api
