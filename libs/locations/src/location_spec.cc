#include <filesystem>

#include <fmt/format.h>

#include <tidemill/locations/location_spec.h>

namespace tidemill::locations {
namespace {

using model::ExecutableTarget;
using model::GrpcServerTarget;
using model::LocationSpec;
using model::PythonTarget;

json::Value TextOrNull(const std::optional<std::string>& text) { return text ? json::Value(*text) : json::Value(); }

json::Value ManagedOrigin(const std::string& name, json::Object target) {
  target.Set("__class__", "LoadableTargetOrigin");
  for (const char* member :
       {"attribute", "executable_path", "module_name", "package_name", "python_file", "working_directory"}) {
    if (target.Find(member) == nullptr) target.Set(member, nullptr);
  }
  return json::Object{{"__class__", "ManagedGrpcPythonEnvRepositoryLocationOrigin"},
                      {"loadable_target_origin", std::move(target)},
                      {"location_name", name}};
}

json::Value OriginOf(const std::string& name, const PythonTarget& python) {
  json::Object target{{"attribute", TextOrNull(python.attribute)},
                      {"executable_path", TextOrNull(python.python)},
                      {"working_directory", TextOrNull(python.working_directory)}};
  switch (python.kind) {
    case PythonTarget::Kind::kFile:
      target.Set("python_file", python.target);
      break;
    case PythonTarget::Kind::kModule:
      target.Set("module_name", python.target);
      break;
    case PythonTarget::Kind::kPackage:
      target.Set("package_name", python.target);
      break;
    case PythonTarget::Kind::kAutoloadModule:
      target.Set("autoload_defs_module_name", python.target);
      break;
  }
  return ManagedOrigin(name, std::move(target));
}

json::Value OriginOf(const std::string& name, const ExecutableTarget& executable) {
  return ManagedOrigin(name, json::Object{{"executable_path", executable.path}});
}

json::Value OriginOf(const std::string& name, const GrpcServerTarget& server) {
  json::Object origin{{"__class__", "GrpcServerRepositoryLocationOrigin"},
                      {"host", server.host},
                      {"location_name", name},
                      {"port", server.port == 0 ? json::Value() : json::Value(server.port)},
                      {"socket", server.socket.empty() ? json::Value() : json::Value(server.socket)}};
  if (server.use_tls) origin.Set("use_ssl", true);
  return origin;
}

}  // namespace

std::string DefaultName(const LocationSpec& spec) {
  if (const auto* python = std::get_if<PythonTarget>(&spec.target)) {
    const bool is_file = python->kind == PythonTarget::Kind::kFile;
    std::string name = is_file ? std::filesystem::path(python->target).filename().string() : python->target;
    return python->attribute ? fmt::format("{}:{}", name, *python->attribute) : name;
  }
  if (const auto* executable = std::get_if<ExecutableTarget>(&spec.target)) {
    return std::filesystem::path(executable->path).filename().string();
  }
  const auto& server = std::get<GrpcServerTarget>(spec.target);
  return fmt::format("grpc:{}:{}", server.host, server.socket.empty() ? std::to_string(server.port) : server.socket);
}

json::Value LocationOrigin(const LocationSpec& spec) {
  const std::string name = spec.name.empty() ? DefaultName(spec) : spec.name;
  return std::visit([&name](const auto& target) { return OriginOf(name, target); }, spec.target);
}

}  // namespace tidemill::locations
