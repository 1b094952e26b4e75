#include "modes.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "config_types.h"
#include "jobs.h"

namespace tidemill::api {
namespace {

/// Resource or Logger.
template <class Snap>
struct Part {
  const model::JobSnap* job;
  const Snap* snap;
};
using Resource = Part<model::ResourceDefSnap>;
using Logger = Part<model::LoggerDefSnap>;

struct ResourceConnection {
  std::vector<Resource> resources;
};

template <class Snap>
std::vector<Part<Snap>> PartsOf(const model::JobSnap& job, const std::vector<Snap>& snaps) {
  std::vector<Part<Snap>> parts;
  for (const Snap& snap : snaps) parts.push_back({&job, &snap});
  std::ranges::sort(parts, {}, [](const Part<Snap>& part) -> const std::string& { return part.snap->name; });
  return parts;
}

template <class Snap>
void BindPart(graphql::Schema& schema, std::string_view type_name) {
  schema.Object<Part<Snap>>(type_name)
      .Field("name", [](const Part<Snap>& part) { return part.snap->name; })
      .Field("description", [](const Part<Snap>& part) { return part.snap->description; })
      .Field("configField", [](const Part<Snap>& part) {
        return FieldWithKnownType(part.job->config_schema, part.snap->config_field);
      });
}

std::variant<ResourceConnection, NamedError, InvalidSubset> FindResources(const graphql::Arguments& arguments,
                                                                          const RequestContext& context) {
  const JobOrError found = FindJob(arguments.Get<JobSelector>("pipelineSelector"), context);
  if (const auto* error = std::get_if<NamedError>(&found)) return *error;
  if (const auto* error = std::get_if<InvalidSubset>(&found)) return *error;
  const model::JobSnap& job = std::get<Job>(found).Structure(context).job();
  return ResourceConnection{PartsOf(job, job.mode.resources)};
}

}  // namespace

void BindModes(graphql::Schema& schema) {
  schema.Object<Mode>("Mode")
      .Field("id", [](const Mode& mode) { return mode.job_id + "-" + mode.job->mode.name; })
      .Field("name", [](const Mode& mode) { return mode.job->mode.name; })
      .Field("description", [](const Mode& mode) { return mode.job->mode.description; })
      .Field("resources", [](const Mode& mode) { return PartsOf(*mode.job, mode.job->mode.resources); })
      .Field("loggers", [](const Mode& mode) { return PartsOf(*mode.job, mode.job->mode.loggers); });
  BindPart<model::ResourceDefSnap>(schema, "Resource");
  BindPart<model::LoggerDefSnap>(schema, "Logger");
  schema.Object<ResourceConnection>("ResourceConnection").Field("resources", &ResourceConnection::resources);
  schema.Query().Field("resourcesOrError", FindResources);
}

}  // namespace tidemill::api
