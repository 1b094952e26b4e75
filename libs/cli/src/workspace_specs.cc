#include "workspace_specs.h"

#include <filesystem>

#include <fmt/format.h>

#include <tidemill/instance/workspace_file.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

namespace fs = std::filesystem;
using Kind = model::PythonTarget::Kind;

std::string Absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

/// What the options name, without defaults.
std::vector<model::LocationSpec> NamedSpecs(const WorkspaceOptions& options, const Environment& environment) {
  const auto lookup = [&](const std::string& name) { return environment.variable(name); };
  std::vector<model::LocationSpec> specs;
  for (const std::string& file : options.workspace_files) {
    for (model::LocationSpec& spec : instance::ReadWorkspaceFile(file, lookup)) specs.push_back(std::move(spec));
  }
  const auto add_python = [&](Kind kind, const std::string& target) {
    model::PythonTarget python;
    python.kind = kind;
    python.target = target;
    python.attribute = options.attribute;
    python.working_directory = Absolute(options.working_directory.value_or("."));
    specs.push_back({"", std::move(python)});
  };
  for (const std::string& file : options.python_files) {
    if (!fs::is_regular_file(file)) ThrowUsage(fmt::format("there is no Python file {}", file));
    add_python(Kind::kFile, Absolute(file));
  }
  for (const std::string& module : options.modules) add_python(Kind::kModule, module);
  for (const std::string& package : options.packages) add_python(Kind::kPackage, package);
  for (const std::string& executable : options.executables) {
    if (!fs::is_regular_file(executable)) ThrowUsage(fmt::format("there is no executable {}", executable));
    specs.push_back({"", model::ExecutableTarget{Absolute(executable)}});
  }
  return specs;
}

}  // namespace

std::vector<model::LocationSpec> SpecsOf(const WorkspaceOptions& options, const Environment& environment) {
  std::vector<model::LocationSpec> specs = NamedSpecs(options, environment);
  if (!specs.empty() || !options.workspace_files.empty()) return specs;
  WorkspaceOptions defaults;
  for (const char* file : {"workspace.yaml", "workspace.yml"}) {
    if (!fs::exists(file)) continue;
    defaults.workspace_files = {file};
    return NamedSpecs(defaults, environment);
  }
  if (const auto executable = environment.variable("TIDEMILL_LOCATION")) {
    defaults.executables = {*executable};
    return NamedSpecs(defaults, environment);
  }
  ThrowUsage(
      "no code location: give -f FILE, -m MODULE, --package-name PACKAGE, -l EXECUTABLE or -w WORKSPACE_FILE, or put a "
      "workspace.yaml here");
}

}  // namespace tidemill::cli
