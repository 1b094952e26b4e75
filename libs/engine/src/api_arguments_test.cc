#include "api_arguments.h"

#include <gmock/gmock.h>

#include <tidemill/base/error.h>

namespace tidemill::engine {
namespace {

using Arguments = std::vector<std::string>;

TEST(ApiArgumentsTest, TakesJsonPlainOrCompressed) {
  const Arguments plain = {"{\"a\": 1}", "--ack-fd", "7"};
  const ApiArguments given(plain, {"--ack-fd"});
  EXPECT_EQ(given.Input("TIDEMILL_TEST_NO_SUCH_VARIABLE", nullptr), "{\"a\": 1}");
  EXPECT_EQ(given.Number("--ack-fd"), 7);

  // Python: base64.b64encode(zlib.compress(b'{"a": 1}'))
  const Arguments compressed = {"--compressed-input-json", "eJyrVkpUslIwrAUACeUCKQ=="};
  EXPECT_EQ(ApiArguments(compressed, {}).Input("TIDEMILL_TEST_NO_SUCH_VARIABLE", nullptr), "{\"a\": 1}");
}

TEST(ApiArgumentsTest, SaysWhatIsWrong) {
  EXPECT_THROW(ApiArguments(Arguments{"--what", "1"}, {}), Error);
  EXPECT_THROW(ApiArguments(Arguments{"--ack-fd"}, {"--ack-fd"}), Error);
  EXPECT_THROW(ApiArguments(Arguments{"--ack-fd", "x"}, {"--ack-fd"}).Number("--ack-fd"), Error);
  EXPECT_THROW(ApiArguments(Arguments{}, {}).Input("TIDEMILL_TEST_NO_SUCH_VARIABLE", nullptr), Error);
  EXPECT_THROW(DecodeBase64("a*"), Error);
}

}  // namespace
}  // namespace tidemill::engine
