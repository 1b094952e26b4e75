#include <fstream>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/instance/workspace_file.h>

#include "yaml_section.h"

namespace tidemill::instance {
namespace {

namespace fs = std::filesystem;
using model::ExecutableTarget;
using model::GrpcServerTarget;
using model::LocationSpec;
using model::PythonTarget;

/// A path of the file, relative to its folder.
std::string Rebase(const fs::path& file, const std::string& path) {
  return fs::absolute(file).parent_path().append(path).lexically_normal().string();
}

std::string ExpandUser(const std::string& path, const EnvironmentLookup& environment) {
  if (path != "~" && !path.starts_with("~/")) return path;
  return environment("HOME").value_or("~") + path.substr(1);
}

std::string Required(Section& section, std::string_view key) {
  std::optional<std::string> value = section.StringSource(key);
  if (!value || value->empty()) section.Fail(key, "is missing");
  return *value;
}

/// An entry of `load_from`: `key: TEXT`, or `key: {…}` whose member `main` holds that text.
struct Entry {
  Section& section;
  const fs::path& file;
  const EnvironmentLookup& environment;

  LocationSpec Python(std::string_view key, std::string_view main, PythonTarget::Kind kind) const {
    PythonTarget python;
    python.kind = kind;
    const bool is_file = kind == PythonTarget::Kind::kFile;
    LocationSpec spec;
    if (section.IsScalar(key)) {
      python.target = Required(section, key);
    } else {
      Section fields = *section.Child(key);
      python.target = Required(fields, main);
      if (kind != PythonTarget::Kind::kAutoloadModule) python.attribute = fields.StringSource("attribute");
      python.working_directory = fields.StringSource("working_directory");
      if (is_file) python.working_directory = Rebase(file, python.working_directory.value_or(""));
      if (auto interpreter = fields.StringSource("executable_path")) {
        python.python = ExpandUser(*interpreter, environment);
      }
      spec.name = fields.StringSource("location_name").value_or("");
      fields.Finish();
    }
    if (is_file) python.target = Rebase(file, python.target);
    spec.target = std::move(python);
    return spec;
  }

  LocationSpec Executable() const {
    LocationSpec spec;
    std::string path;
    if (section.IsScalar("executable")) {
      path = Required(section, "executable");
    } else {
      Section fields = *section.Child("executable");
      path = Required(fields, "path");
      spec.name = fields.StringSource("location_name").value_or("");
      fields.Finish();
    }
    spec.target = ExecutableTarget{Rebase(file, ExpandUser(path, environment))};
    return spec;
  }

  LocationSpec GrpcServer() const {
    Section fields = *section.Child("grpc_server");
    GrpcServerTarget server;
    server.host = fields.StringSource("host").value_or("localhost");
    const auto port = fields.IntSource("port");
    if (port && (*port < 1 || *port > 65535)) fields.Fail("port", "a port is between 1 and 65535");
    server.port = static_cast<int>(port.value_or(0));
    server.socket = fields.StringSource("socket").value_or("");
    server.use_tls = fields.Bool("ssl").value_or(false);
    if ((server.port == 0) == server.socket.empty()) section.Fail("grpc_server", "give either port or socket");
    LocationSpec spec{fields.StringSource("location_name").value_or(""), std::move(server)};
    fields.Object("additional_metadata");
    fields.Finish();
    return spec;
  }
};

LocationSpec ReadEntry(const Entry& entry) {
  using Kind = PythonTarget::Kind;
  const std::vector<std::pair<std::string_view, std::function<LocationSpec()>>> readers{
      {"python_file", [&] { return entry.Python("python_file", "relative_path", Kind::kFile); }},
      {"python_module", [&] { return entry.Python("python_module", "module_name", Kind::kModule); }},
      {"python_package", [&] { return entry.Python("python_package", "package_name", Kind::kPackage); }},
      {"autoload_defs_module",
       [&] { return entry.Python("autoload_defs_module", "module_name", Kind::kAutoloadModule); }},
      {"grpc_server", [&] { return entry.GrpcServer(); }},
      {"executable", [&] { return entry.Executable(); }},
  };
  const std::function<LocationSpec()>* chosen = nullptr;
  for (const auto& [key, reader] : readers) {
    if (!entry.section.Has(key)) continue;
    if (chosen != nullptr) entry.section.Fail(key, "an entry names one code location; begin another one with '-'");
    chosen = &reader;
  }
  entry.section.Finish();
  if (chosen == nullptr) {
    throw Error(Code::kInvalidArgument, fmt::format("{}:{}: an entry of load_from names no code location",
                                                    entry.file.string(), entry.section.line()));
  }
  return (*chosen)();
}

}  // namespace

std::vector<LocationSpec> ParseWorkspaceFile(std::string_view yaml, const fs::path& file,
                                             const EnvironmentLookup& environment) {
  const YamlFile source{.name = file.string(), .environment = environment};
  Section root = ParseYaml(source, yaml);
  std::vector<LocationSpec> specs;
  for (Section& section : root.Children("load_from")) specs.push_back(ReadEntry({section, file, environment}));
  root.Finish();
  return specs;
}

std::vector<LocationSpec> ReadWorkspaceFile(const fs::path& file, const EnvironmentLookup& environment) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) {
    throw Error(Code::kNotFound, fmt::format("the workspace file {} cannot be read", file.string()));
  }
  return ParseWorkspaceFile(text, file, environment);
}

}  // namespace tidemill::instance
