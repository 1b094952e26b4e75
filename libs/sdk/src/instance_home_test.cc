#include "instance_home.h"

#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/base/uuid.h>

namespace tidemill::sdk {
namespace {

namespace fs = std::filesystem;

json::Value Part(const fs::path& base_dir) {
  return json::Object{{"__class__", "ConfigurableClassData"}, {"config_yaml", "base_dir: " + base_dir.string() + "\n"}};
}

TEST(InstanceHomeTest, TheArgumentsComeBeforeTheEnvironment) {
  const fs::path folder = fs::path(::testing::TempDir()) / NewUuid();
  WriteFileAtomic(folder / "home" / "dagster.yaml", "");
  WriteFileAtomic(folder / "artifacts" / "a", "");
  const json::Value usual = json::Object{{"local_artifact_storage_data", Part(folder / "home")}};
  EXPECT_EQ(InstanceHome(usual, "/elsewhere"), folder / "home");

  const json::Value moved = json::Object{{"local_artifact_storage_data", Part(folder / "artifacts")},
                                         {"schedule_storage_data", Part(folder / "home" / "schedules")}};
  EXPECT_EQ(InstanceHome(moved, {}), folder / "home");

  EXPECT_EQ(InstanceHome(nullptr, (folder / "home").string()), folder / "home");
  EXPECT_THROW(InstanceHome(nullptr, {}), Error);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tidemill::sdk
