#include "new_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

namespace tidemill::sdk {
namespace {

TEST(NewFileTest, TakesNobodysPlaceAndMakesFolders) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("new_file_test_" + std::to_string(::getpid()));
  const auto path = folder / "run" / "step" / "result";
  EXPECT_TRUE(WriteNewFile(path, "first"));
  EXPECT_TRUE(WriteNewFile(folder / "run" / "step" / "other", ""));
  EXPECT_FALSE(WriteNewFile(path, "second"));
  EXPECT_EQ(ReadFile(path), "first");
  EXPECT_THROW(WriteNewFile(path / "below" / "a file", "x"), Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tidemill::sdk
