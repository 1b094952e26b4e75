#include <array>
#include <fstream>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/instance/home.h>
#include <tidemill/instance/instance.h>

namespace tidemill::instance {
namespace {

using ::testing::HasSubstr;

class InstanceTest : public ::testing::Test {
 protected:
  InstanceTest() : home_(std::filesystem::temp_directory_path()) {}

  Instance OpenWith(std::string_view yaml) {
    std::ofstream(home_.path() / "dagster.yaml") << yaml;
    return Instance::Open(home_.path());
  }

  TemporaryHome home_;
};

TEST_F(InstanceTest, AFolderWithoutAFileIsAnInstance) {
  const Instance instance = Instance::Open(home_.path());
  EXPECT_TRUE(std::filesystem::is_empty(home_.path())) << "opening writes nothing";
  instance.storage().runs().SetValue("k", "v");
  EXPECT_TRUE(std::filesystem::exists(home_.path() / "history" / "runs.db"));
  EXPECT_EQ(instance.ArtifactFolder(), home_.path() / "storage");
  EXPECT_EQ(instance.ComputeLogPath("r1", "abc", "out"), home_.path() / "storage/r1/compute_logs/abc.out");
}

TEST_F(InstanceTest, TheConfigurationPlacesTheFolders) {
  const std::string other = (home_.path() / "other").string();
  const Instance instance = OpenWith("storage: {sqlite: {base_dir: " + other +
                                     "}}\nlocal_artifact_storage: {module: m, class: c, config: {base_dir: /srv/a}}\n");
  instance.storage().runs().SetValue("k", "v");
  EXPECT_TRUE(std::filesystem::exists(home_.path() / "other" / "history" / "runs.db"));
  EXPECT_FALSE(std::filesystem::exists(home_.path() / "history"));
  EXPECT_EQ(instance.ArtifactFolder(), "/srv/a/storage");
}

TEST_F(InstanceTest, TheDefaultLimitOfPoolsReachesTheStorage) {
  const Instance instance = OpenWith("concurrency: {pools: {default_limit: 1}}");
  EXPECT_TRUE(instance.storage().events().ClaimSlot("db", "r1", "a", 0));
  EXPECT_FALSE(instance.storage().events().ClaimSlot("db", "r1", "b", 0));
  EXPECT_TRUE(instance.storage().events().Pools().at(0).using_default_limit);
}

TEST_F(InstanceTest, AnUnservedStorageIsNamedWithItsLine) {
  try {
    OpenWith("telemetry: {enabled: false}\nstorage:\n  postgres: {postgres_url: x}\n");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kUnimplemented);
    EXPECT_THAT(error.what(), HasSubstr("dagster.yaml:2: storage postgres is not served"));
  }
}

TEST_F(InstanceTest, ALogKeyCannotLeaveTheFolder) {
  const Instance instance = Instance::Open(home_.path());
  EXPECT_EQ(instance.CapturedLogPath(std::array<std::string, 3>{"repo", "sensor", "7"}, "err"),
            home_.path() / "storage/repo/sensor/7.err");
  EXPECT_THROW(instance.ComputeLogPath("..", "x", "out"), Error);
  EXPECT_THROW(instance.ComputeLogPath("r1", "a/b", "out"), Error);
}

TEST_F(InstanceTest, TheRefNamesTheStorageAndTheSettings) {
  const Instance instance = OpenWith("telemetry: {enabled: false}\nrun_retries: {}\n");
  const json::Value ref = instance.Ref();
  EXPECT_EQ(*ref.Find("settings"), json::Value(json::Object{{"telemetry", json::Object{{"enabled", false}}}}));
  EXPECT_EQ(ref.Find("event_storage_data")->Find("config_yaml")->AsString(),
            "base_dir: " + home_.path().string() + "/history/runs/\n");
  EXPECT_EQ(ref.Find("storage_data")->Find("module_name")->AsString(), "dagster.core.storage.sqlite_storage");
}

}  // namespace
}  // namespace tidemill::instance
