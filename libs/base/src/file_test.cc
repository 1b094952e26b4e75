#include <gtest/gtest.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

namespace tidemill {
namespace {

TEST(FileTest, WritesWholeFilesAndMakesFolders) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("file_test_" + std::to_string(::getpid()));
  const auto path = folder / "deep" / "report.md";
  WriteFileAtomic(path, "first");
  WriteFileAtomic(path, std::string(200000, 'x'));
  EXPECT_EQ(ReadFile(path).size(), 200000u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);  // no draft is left
  std::filesystem::remove_all(folder);
}

TEST(FileTest, NamesThePathAndTheCause) {
  try {
    ReadFile("/nowhere/at/all");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotFound);
    EXPECT_STREQ(error.what(), "cannot open /nowhere/at/all: No such file or directory");
  }
  EXPECT_THROW(WriteFileAtomic("/proc/self/nothing", "x"), Error);
}

}  // namespace
}  // namespace tidemill
