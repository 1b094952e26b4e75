#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/locations/code_location_client.h>

namespace tidemill::locations {

json::Value RepositoryOrigin(const json::Value& location_origin, const std::string& repository_name) {
  return json::Object{{"__class__", "ExternalRepositoryOrigin"},
                      {"repository_location_origin", location_origin},
                      {"repository_name", repository_name}};
}

json::Value JobOrigin(const json::Value& location_origin, const std::string& repository_name,
                      const std::string& job_name) {
  return json::Object{{"__class__", "ExternalPipelineOrigin"},
                      {"external_repository_origin", RepositoryOrigin(location_origin, repository_name)},
                      {"pipeline_name", job_name}};
}

json::Value JobCodeOrigin(const LocationInfo& info, const std::string& repository_name, const std::string& job_name) {
  for (const LocationInfo::Repository& repository : info.repositories) {
    if (repository.name != repository_name) continue;
    json::Array entry_point(info.entry_point.begin(), info.entry_point.end());
    return json::Object{
        {"__class__", "PipelinePythonOrigin"},
        {"pipeline_name", job_name},
        {"repository_origin",
         json::Object{{"__class__", "RepositoryPythonOrigin"},
                      {"code_pointer", repository.code_pointer},
                      {"container_context", info.container_context},
                      {"container_image", info.container_image ? json::Value(*info.container_image) : json::Value()},
                      {"entry_point", std::move(entry_point)},
                      {"executable_path", info.executable_path ? json::Value(*info.executable_path) : json::Value()}}}};
  }
  throw Error(Code::kNotFound, fmt::format("the code location has no repository named {}", repository_name));
}

}  // namespace tidemill::locations
