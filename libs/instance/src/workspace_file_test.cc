#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/instance/workspace_file.h>

namespace tidemill::instance {
namespace {

using ::testing::Optional;
using ::testing::SizeIs;

std::optional<std::string> Environment(const std::string& name) {
  if (name == "HOME") return "/home/ada";
  if (name == "PORT") return "4266";
  return std::nullopt;
}

std::vector<model::LocationSpec> Parse(std::string_view yaml) {
  return ParseWorkspaceFile(yaml, "/srv/project/workspace.yaml", Environment);
}

/// The error's message, "" if there is none.
std::string ErrorOf(std::string_view yaml) {
  try {
    Parse(yaml);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(WorkspaceFileTest, EachKindOfEntryIsRead) {
  const auto specs = Parse(R"(
load_from:
  - python_file: defs.py
  - python_file: {relative_path: sub/defs.py, attribute: defs, working_directory: .., executable_path: ~/venv/bin/python}
  - python_module: {module_name: team.defs, location_name: team, working_directory: src}
  - python_package: team
  - autoload_defs_module: {module_name: team.defs}
  - grpc_server: {host: elsewhere, port: {env: PORT}, location_name: remote, ssl: true}
  - executable: build/pipelines
)");
  ASSERT_THAT(specs, SizeIs(7));
  const auto python = [&](std::size_t i) { return std::get<model::PythonTarget>(specs.at(i).target); };
  EXPECT_EQ(python(0).target, "/srv/project/defs.py");
  EXPECT_FALSE(python(0).working_directory);
  EXPECT_EQ(python(1).target, "/srv/project/sub/defs.py");
  EXPECT_THAT(python(1).attribute, Optional(std::string("defs")));
  EXPECT_THAT(python(1).working_directory, Optional(std::string("/srv/")));
  EXPECT_THAT(python(1).python, Optional(std::string("/home/ada/venv/bin/python")));
  EXPECT_EQ(specs.at(2).name, "team");
  EXPECT_THAT(python(2).working_directory, Optional(std::string("src")));
  EXPECT_EQ(python(3).kind, model::PythonTarget::Kind::kPackage);
  EXPECT_EQ(python(4).kind, model::PythonTarget::Kind::kAutoloadModule);
  const auto& server = std::get<model::GrpcServerTarget>(specs.at(5).target);
  EXPECT_EQ(server.host, "elsewhere");
  EXPECT_EQ(server.port, 4266);
  EXPECT_TRUE(server.use_tls);
  EXPECT_EQ(std::get<model::ExecutableTarget>(specs.at(6).target).path, "/srv/project/build/pipelines");
}

TEST(WorkspaceFileTest, AMistakeIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("load_from:\n  - grpc_server: {host: a}\n"),
            "/srv/project/workspace.yaml:2: load_from[0].grpc_server: give either port or socket");
  EXPECT_EQ(
      ErrorOf("load_from:\n  - python_modul: a\n"),
      "/srv/project/workspace.yaml:2: unknown key \"python_modul\" in load_from[0]; did you mean \"python_module\"?");
  EXPECT_EQ(ErrorOf("load_from:\n  - python_file: {attribute: a}\n"),
            "/srv/project/workspace.yaml:2: load_from[0].python_file.relative_path: is missing");
  EXPECT_EQ(ErrorOf("load_from:\n  - {}\n"),
            "/srv/project/workspace.yaml:2: an entry of load_from names no code location");
}

TEST(WorkspaceFileTest, AnEmptyFileHasNoLocations) { EXPECT_THAT(Parse(""), SizeIs(0)); }

}  // namespace
}  // namespace tidemill::instance
