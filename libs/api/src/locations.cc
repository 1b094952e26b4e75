#include "locations.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <tidemill/api/api.h>
#include <tidemill/locations/location_snapshot.h>
#include <tidemill/model/instigators.h>

#include "errors.h"
#include "mutation.h"
#include "permissions.h"

namespace tidemill::api {
namespace {

using workspace::LoadStatus;
using workspace::Location;
using workspace::Repository;
using LocationPtr = std::shared_ptr<const Location>;

/// WorkspaceLocationEntry: a location, loaded or not.
struct LocationEntry {
  LocationPtr location;
};
/// RepositoryLocation: one that shows definitions.
struct LoadedLocation {
  const Location* location;
};
/// WorkspaceLocationStatusEntry: only what changes.
struct LocationStatus {
  LocationPtr location;
};

struct WorkspaceView {
  std::vector<LocationEntry> entries;
};
struct LocationStatuses {
  std::vector<LocationStatus> entries;
};
struct Repositories {
  std::vector<const Repository*> nodes;
};
struct LibraryVersion {
  std::string name;
  std::string version;
};
struct ShutDown {
  std::string location_name;
};
struct FeatureFlag {
  std::string name;
  bool enabled = false;
};
/// As Dagster writes it: the load, and the version of state that definitions are made of, which is not served.
std::string VersionKeyOf(const Location& location) { return json::Dump(json::Array{location.version_key, nullptr}); }

std::string_view LoadStatusName(const Location& location) {
  return location.load_status == LoadStatus::kLoading ? "LOADING" : "LOADED";
}

std::optional<std::variant<LoadedLocation, PythonError>> LocationOrLoadError(const LocationEntry& entry) {
  const Location& location = *entry.location;
  if (!location.repositories.empty()) return LoadedLocation{&location};
  if (location.error) return PythonError{*location.error};
  if (location.load_status == LoadStatus::kLoaded) return LoadedLocation{&location};
  return std::nullopt;
}

std::vector<const Repository*> RepositoriesOf(const LoadedLocation& loaded) {
  std::vector<const Repository*> repositories;
  for (const auto& repository : loaded.location->repositories) repositories.push_back(repository.get());
  return repositories;
}

const Location& LocationOf(const Repository& repository, const RequestContext& context) {
  return *context.workspace().FindLocation(repository.location_name());
}

workspace::RepositoryHandle HandleOf(const graphql::Input& selector) {
  return {selector.Get<std::string>("repositoryLocationName"), selector.Get<std::string>("repositoryName")};
}

NamedError RepositoryNotFound(const workspace::RepositoryHandle& handle) {
  return NamedError("RepositoryNotFoundError",
                    fmt::format("Could not find Repository {}.{}", handle.location_name, handle.repository_name))
      .With("repositoryName", handle.repository_name)
      .With("repositoryLocationName", handle.location_name);
}

std::variant<Repositories, NamedError> FindRepositories(const graphql::Arguments& arguments,
                                                        const RequestContext& context) {
  if (!arguments.Get<std::optional<graphql::Input>>("repositorySelector")) {
    return Repositories{context.workspace().repositories()};
  }
  auto found = FindRepository(arguments.Get<graphql::Input>("repositorySelector"), context);
  if (auto* error = std::get_if<NamedError>(&found)) return std::move(*error);
  return Repositories{{std::get<const Repository*>(found)}};
}

WorkspaceView WholeWorkspace(const RequestContext& context) {
  WorkspaceView view;
  for (const LocationPtr& location : context.workspace().locations()) view.entries.push_back({location});
  return view;
}

LocationStatuses AllStatuses(const RequestContext& context) {
  LocationStatuses statuses;
  for (const LocationPtr& location : context.workspace().locations()) statuses.entries.push_back({location});
  return statuses;
}

std::optional<LocationEntry> FindLocation(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto name = arguments.Get<std::string_view>("name");
  for (const LocationPtr& location : context.workspace().locations()) {
    if (location->name == name) return LocationEntry{location};
  }
  return std::nullopt;
}

template <class View>
std::vector<Permission> PermissionsOn(const View&, const RequestContext& context) {
  return LocationPermissionsOf(context.read_only());
}

void BindEntries(graphql::Schema& schema) {
  schema.Object<WorkspaceView>("Workspace")
      .Field("id", [] { return "Workspace"; })
      .Field("locationEntries", &WorkspaceView::entries);
  schema.Object<LocationEntry>("WorkspaceLocationEntry")
      .Field("id", [](const LocationEntry& entry) { return entry.location->name; })
      .Field("name", [](const LocationEntry& entry) { return entry.location->name; })
      .Field("locationOrLoadError", LocationOrLoadError)
      .Field("loadStatus", [](const LocationEntry& entry) { return LoadStatusName(*entry.location); })
      .Field("displayMetadata", [](const LocationEntry& entry) { return DisplayMetadata(*entry.location); })
      .Field("updatedTimestamp", [](const LocationEntry& entry) { return ToUnixSeconds(entry.location->updated); })
      .Field("versionKey", [](const LocationEntry& entry) { return VersionKeyOf(*entry.location); })
      .Field("permissions", PermissionsOn<LocationEntry>)
      // Locations of Dagster 1.5 and later have it decided in their code; older ones are not served.
      .Field("featureFlags",
             [] {
               return std::vector<FeatureFlag>{{"SHOW_SINGLE_RUN_BACKFILL_TOGGLE", false}};
             })
      .Field("definitionsSource", [] { return "CODE_SERVER"; });
  schema.Object<LocationStatuses>("WorkspaceLocationStatusEntries").Field("entries", &LocationStatuses::entries);
  schema.Object<LocationStatus>("WorkspaceLocationStatusEntry")
      .Field("id", [](const LocationStatus& status) { return "location_status:" + status.location->name; })
      .Field("name", [](const LocationStatus& status) { return status.location->name; })
      .Field("loadStatus", [](const LocationStatus& status) { return LoadStatusName(*status.location); })
      .Field("updateTimestamp", [](const LocationStatus& status) { return ToUnixSeconds(status.location->updated); })
      .Field("versionKey", [](const LocationStatus& status) { return VersionKeyOf(*status.location); })
      .Field("permissions", PermissionsOn<LocationStatus>);
  schema.Object<FeatureFlag>("FeatureFlag").Field("name", &FeatureFlag::name).Field("enabled", &FeatureFlag::enabled);
}

NamedError LocationNotFound(const std::string& name) {
  return NamedError("RepositoryLocationNotFound", fmt::format("Location {} does not exist.", name));
}

using ReloadResult = std::variant<LocationEntry, NamedError>;

/// Returns when the location has loaded, or failed to.
ReloadResult Reload(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  const auto name = arguments.Get<std::string>("repositoryLocationName");
  if (context.workspace().FindLocation(name) == nullptr) return LocationNotFound(name);
  workspace::WorkspaceLoader* loader = context.services().loader;
  if (loader == nullptr || !loader->Reload(name)) {
    return NamedError("ReloadNotSupported", fmt::format("Location {} does not support reloading.", name));
  }
  for (const LocationPtr& location : context.services().workspace.current()->locations()) {
    if (location->name == name) return LocationEntry{location};
  }
  return LocationNotFound(name);
}

std::variant<WorkspaceView, NamedError> ReloadAll(const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  if (context.services().loader != nullptr) context.services().loader->ReloadAll();
  WorkspaceView view;
  for (const LocationPtr& location : context.services().workspace.current()->locations()) {
    view.entries.push_back({location});
  }
  return view;
}

/// The server of a location that somebody else runs; nullptr for the others, which the platform ends itself.
locations::GrpcLocation* ForeignServer(const Location& location) {
  const json::Value* kind = location.origin.Find("__class__");
  if (kind == nullptr || *kind != json::Value("GrpcServerRepositoryLocationOrigin")) return nullptr;
  if (const auto* loaded = dynamic_cast<locations::SnapshotLocation*>(location.client.get())) return &loaded->server();
  return dynamic_cast<locations::GrpcLocation*>(location.client.get());
}

std::variant<ShutDown, NamedError, PythonError> ShutDownLocation(const graphql::Arguments& arguments,
                                                                 const RequestContext& context) {
  constexpr std::chrono::seconds kTimeout(60);
  if (context.read_only()) return Unauthorized();
  auto name = arguments.Get<std::string>("repositoryLocationName");
  const Location* location = context.workspace().FindLocation(name);
  if (location == nullptr) return LocationNotFound(name);
  locations::GrpcLocation* server = ForeignServer(*location);
  try {
    if (server == nullptr) {
      throw Error(Code::kFailedPrecondition,
                  fmt::format("Location {} does not support shutting down via GraphQL", name));
    }
    server->ShutdownServer(kTimeout);
    return ShutDown{std::move(name)};
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

void BindReloads(graphql::Schema& schema) {
  schema.Object<ShutDown>("ShutdownRepositoryLocationSuccess")
      .Field("repositoryLocationName", &ShutDown::location_name);
  schema.Mutation()
      .Field("reloadRepositoryLocation", Reload)
      .Field("reloadWorkspace", ReloadAll)
      .Field("shutdownRepositoryLocation", ShutDownLocation);
}

void BindLoaded(graphql::Schema& schema) {
  schema.Object<LibraryVersion>("DagsterLibraryVersion")
      .Field("name", &LibraryVersion::name)
      .Field("version", &LibraryVersion::version);
  schema.Object<LoadedLocation>("RepositoryLocation")
      .Field("id", [](const LoadedLocation& loaded) { return loaded.location->name; })
      .Field("name", [](const LoadedLocation& loaded) { return loaded.location->name; })
      .Field("isReloadSupported", [] { return true; })
      .Field("serverId", [](const LoadedLocation& loaded) { return loaded.location->info.server_id; })
      .Field("dagsterLibraryVersions",
             [](const LoadedLocation& loaded) {
               std::vector<LibraryVersion> versions;
               for (const auto& [name, version] : loaded.location->info.library_versions) {
                 versions.push_back({name, version});
               }
               return std::optional(std::move(versions));
             })
      .Field("environmentPath", [] { return std::optional<std::string>(); })
      .Field("repositories", RepositoriesOf);
  schema.Object<Repositories>("RepositoryConnection").Field("nodes", &Repositories::nodes);
  schema.Object<Repository>("Repository")
      .Field("id",
             [](const Repository& repository) {
               return model::RepositorySelectorId(repository.location_name(), repository.name());
             })
      .Field("name", &Repository::name)
      .Field("location", [](const Repository& repository,
                            const RequestContext& context) { return LoadedLocation{&LocationOf(repository, context)}; })
      .Field("origin",
             [](const Repository& repository, const RequestContext& context) {
               return RepositoryOrigin{
                   locations::RepositoryOrigin(LocationOf(repository, context).origin, repository.name())};
             })
      .Field("displayMetadata", [](const Repository& repository, const RequestContext& context) {
        return DisplayMetadata(LocationOf(repository, context));
      });
}

}  // namespace

std::vector<RepositoryMetadata> DisplayMetadata(const Location& location) {
  std::vector<RepositoryMetadata> metadata = DisplayMetadataOf(location.origin);
  if (location.info.container_image) metadata.push_back({"image", *location.info.container_image});
  return metadata;
}

std::variant<const Repository*, NamedError> FindRepository(const graphql::Input& selector,
                                                           const RequestContext& context) {
  const workspace::RepositoryHandle handle = HandleOf(selector);
  const Repository* repository = context.workspace().FindRepository(handle);
  if (repository == nullptr) return RepositoryNotFound(handle);
  return repository;
}

const Repository& RequireRepository(const graphql::Input& selector, const RequestContext& context) {
  const workspace::RepositoryHandle handle = HandleOf(selector);
  const Location* location = context.workspace().FindLocation(handle.location_name);
  if (location == nullptr) {
    throw Error(Code::kNotFound, fmt::format("Location {} does not exist in workspace", handle.location_name));
  }
  const Repository* repository = location->FindRepository(handle.repository_name);
  if (repository == nullptr) {
    throw Error(Code::kNotFound,
                fmt::format("location {} has no repository {}", handle.location_name, handle.repository_name));
  }
  return *repository;
}

void BindLocations(graphql::Schema& schema) {
  BindEntries(schema);
  BindLoaded(schema);
  BindReloads(schema);
  schema.Query()
      .Field("workspaceOrError", WholeWorkspace)
      .Field("locationStatusesOrError", AllStatuses)
      .Field("workspaceLocationEntryOrError", FindLocation)
      .Field("repositoryOrError",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return FindRepository(arguments.Get<graphql::Input>("repositorySelector"), context);
             })
      .Field("repositoriesOrError", FindRepositories);
}

}  // namespace tidemill::api
