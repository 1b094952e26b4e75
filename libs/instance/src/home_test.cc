#include <fstream>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/instance/home.h>

namespace tidemill::instance {
namespace {

using ::testing::Optional;

TEST(FindHomeTest, TheOptionWinsOverTheVariable) {
  const TemporaryHome option(std::filesystem::temp_directory_path());
  const TemporaryHome variable(std::filesystem::temp_directory_path());
  EXPECT_THAT(FindHome(option.path().string(), variable.path().string()), Optional(option.path()));
  EXPECT_THAT(FindHome(std::nullopt, variable.path().string()), Optional(variable.path()));
}

TEST(FindHomeTest, WithoutBothThereIsNone) {
  EXPECT_EQ(FindHome(std::nullopt, std::nullopt), std::nullopt);
  EXPECT_EQ(FindHome(std::nullopt, ""), std::nullopt);
}

TEST(FindHomeTest, TheVariableMustBeAbsoluteAndAFolder) {
  EXPECT_THROW(FindHome(std::nullopt, "relative/home"), Error);
  EXPECT_THROW(FindHome(std::nullopt, "/never/there"), Error);
  const TemporaryHome folder(std::filesystem::temp_directory_path());
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_THROW(FindHome((folder.path() / "file").string(), std::nullopt), Error);
}

TEST(TemporaryHomeTest, ItGoesWithItsOwner) {
  std::filesystem::path path;
  {
    TemporaryHome home(std::filesystem::temp_directory_path());
    path = home.path();
    std::ofstream(path / "file") << "x";
    const TemporaryHome moved = std::move(home);
    EXPECT_TRUE(std::filesystem::exists(moved.path() / "file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace tidemill::instance
