#include <filesystem>

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/locations/executable_location.h>

namespace tidemill::locations {
namespace {

using std::chrono_literals::operator""ms;
using ::testing::HasSubstr;

/// Shell scripts that play a location's part of the protocol.
class ExecutableLocationTest : public ::testing::Test {
 protected:
  ExecutableLocationTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "locationXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ExecutableLocationTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Script(const std::string& body) {
    const std::filesystem::path path = folder_ / "pipelines";
    WriteFileAtomic(path, "#!/bin/sh\n" + body);
    ::chmod(path.c_str(), 0755);
    return path;
  }

  std::filesystem::path folder_;
};

std::string MessageOf(const std::function<void()>& call, Code code) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

constexpr char kInfo[] =
    R"({"result": {"repository_symbols": [{"repository_name": "__repository__"}], "entry_point": ["x"]}})";

TEST_F(ExecutableLocationTest, AnswersComeInOrder) {
  ExecutableLocation location(Script(std::string("[ \"$1\" = serve-stdio ] || exit 9\n"
                                                 "read line; case $line in *'\"ListRepositories\"'*) echo '") +
                                     kInfo +
                                     "';; esac\n"
                                     "read line; case $line in *'\"daily_partition_set\"'*) echo '{\"result\": "
                                     "{\"partition_names\": [\"a\", \"b\"]}}';; esac\nread line\n"));

  EXPECT_EQ(location.Info().repositories.at(0).name, "__repository__");
  EXPECT_THAT(location.PartitionNames("__repository__", "daily"), ::testing::ElementsAre("a", "b"));
}

TEST_F(ExecutableLocationTest, ACrashAtLoadIsToldWithItsLastWords) {
  ExecutableLocation location(Script("echo 'cannot open table: units.csv' >&2; kill -ABRT $$\n"));
  EXPECT_EQ(MessageOf([&] { location.Info(); }, Code::kUnavailable),
            "code location pipelines: " + (folder_ / "pipelines").string() +
                " was killed by signal 6 (SIGABRT) instead of answering ListRepositories; it wrote:\n"
                "  cannot open table: units.csv");
}

TEST_F(ExecutableLocationTest, ARefusalIsTheLocationsOwnMessage) {
  ExecutableLocation location(
      Script("read line; printf '%s\\n' '{\"error\": {\"message\": \"InvalidSubset: no op named z\\n\", \"cause\": "
             "null}}'\n"));
  EXPECT_EQ(MessageOf(
                [&] {
                  location.JobSubset({"__repository__", "job", {{"z"}}, {}, {}}, false);
                },
                Code::kInvalidArgument),
            "code location pipelines: InvalidSubset: no op named z");
}

TEST_F(ExecutableLocationTest, DefinitionsThatCannotBeLoadedMakeItUnavailable) {
  ExecutableLocation location(Script("read line; echo '{\"result\": {\"error\": {\"message\": \"two assets x\"}}}'\n"));
  EXPECT_EQ(MessageOf([&] { location.Repository("__repository__"); }, Code::kUnavailable),
            "code location pipelines: two assets x");
}

TEST_F(ExecutableLocationTest, ASilentLocationMeetsTheDeadline) {
  ExecutableLocation location(Script("exec sleep 60\n"), {50ms, 50ms, 50ms});
  EXPECT_THAT(MessageOf([&] { location.Info(); }, Code::kDeadlineExceeded), HasSubstr("no answer to ListRepositories"));
}

TEST_F(ExecutableLocationTest, OutputThatIsNoProtocolIsSaidSo) {
  ExecutableLocation location(Script("read line; echo 'Hello, world'\n"));
  EXPECT_THAT(MessageOf([&] { location.Info(); }, Code::kInternal), HasSubstr("is no JSON"));
}

TEST_F(ExecutableLocationTest, AMissingExecutableIsNamedWithTheRemedy) {
  EXPECT_EQ(MessageOf([&] { ExecutableLocation location(folder_ / "none"); }, Code::kUnavailable),
            "code location none: cannot start " + (folder_ / "none").string() +
                ": No such file or directory; --location names an executable that links the Tidemill SDK");
}

}  // namespace
}  // namespace tidemill::locations
