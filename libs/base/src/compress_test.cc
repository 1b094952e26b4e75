#include <gtest/gtest.h>

#include <tidemill/base/compress.h>
#include <tidemill/base/error.h>

namespace tidemill {
namespace {

TEST(CompressTest, RoundTripsAndStartsWithDagstersHeader) {
  const std::string text(100000, 'x');
  const std::string packed = ZlibCompress(text);
  EXPECT_EQ(packed.substr(0, 2), "\x78\x9c");
  EXPECT_EQ(ZlibDecompress(packed), text);
  EXPECT_EQ(ZlibDecompress(ZlibCompress("")), "");
}

TEST(CompressTest, RefusesWhatIsNotOneWholeStream) {
  const std::string packed = ZlibCompress("hello");
  EXPECT_THROW(ZlibDecompress("hello"), Error);
  EXPECT_THROW(ZlibDecompress(packed.substr(0, packed.size() - 1)), Error);
  EXPECT_THROW(ZlibDecompress(packed + "x"), Error);
}

}  // namespace
}  // namespace tidemill
