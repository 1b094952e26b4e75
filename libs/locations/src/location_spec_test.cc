#include <gmock/gmock.h>

#include <tidemill/locations/location_spec.h>

namespace tidemill::locations {
namespace {

using model::PythonTarget;

TEST(LocationSpecTest, IsNamedAsDagsterNamesIt) {
  PythonTarget file{PythonTarget::Kind::kFile, "/code/defs.py", {}, {}, {}};
  EXPECT_EQ(DefaultName({"", file}), "defs.py");
  file.attribute = "repo";
  EXPECT_EQ(DefaultName({"", file}), "defs.py:repo");
  EXPECT_EQ(DefaultName({"", PythonTarget{PythonTarget::Kind::kModule, "a.b", {}, {}, {}}}), "a.b");
  EXPECT_EQ(DefaultName({"", model::GrpcServerTarget{"host", 4000, "", false}}), "grpc:host:4000");
  EXPECT_EQ(DefaultName({"", model::GrpcServerTarget{"localhost", 0, "/run/s", false}}), "grpc:localhost:/run/s");
  EXPECT_EQ(DefaultName({"", model::ExecutableTarget{"bin/pipelines"}}), "pipelines");
}

TEST(LocationSpecTest, OriginsAreDagsters) {
  EXPECT_EQ(
      json::Dump(LocationOrigin({"rich", model::GrpcServerTarget{"localhost", 4202, "", false}}), json::Order::kSorted),
      R"({"__class__": "GrpcServerRepositoryLocationOrigin", "host": "localhost", "location_name": "rich", )"
      R"("port": 4202, "socket": null})");
  EXPECT_EQ(
      json::Dump(LocationOrigin({"m", PythonTarget{PythonTarget::Kind::kModule, "a.b", {}, {}, {}}}),
                 json::Order::kSorted),
      R"({"__class__": "ManagedGrpcPythonEnvRepositoryLocationOrigin", "loadable_target_origin": )"
      R"({"__class__": "LoadableTargetOrigin", "attribute": null, "executable_path": null, "module_name": "a.b", )"
      R"("package_name": null, "python_file": null, "working_directory": null}, "location_name": "m"})");
}

}  // namespace
}  // namespace tidemill::locations
