#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/locations/location_spec.h>
#include <tidemill/workspace/workspace_loader.h>

namespace tidemill::workspace {
namespace {

using Status = locations::LocationState::Status;

Location LocationOf(const model::LocationSpec& spec, const locations::LocationState& state, const Clock& clock) {
  if (state.status == Status::kLoaded) return LoadLocation(state.location, clock);
  Location location;
  location.name = spec.name;
  location.origin = locations::LocationOrigin(spec);
  location.updated = clock.Now();
  if (state.status == Status::kFailed) SetError(location, state.error);
  return location;
}

}  // namespace

WorkspaceLoader::WorkspaceLoader(std::vector<model::LocationSpec> specs,
                                 const locations::ManagedLocationOptions& options, LiveWorkspace& live,
                                 const Clock& clock) {
  for (model::LocationSpec& spec : specs) {
    if (spec.name.empty()) spec.name = locations::DefaultName(spec);
    if (!locations_.emplace(spec.name, nullptr).second) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("two code locations are named {}; give one of them another location_name", spec.name));
    }
    live.Publish(LocationOf(spec, {}, clock));
  }
  for (const model::LocationSpec& spec : specs) {
    locations_.at(spec.name) = std::make_unique<locations::ManagedLocation>(
        spec, options,
        [spec, &live, &clock](const locations::LocationState& state) { live.Publish(LocationOf(spec, state, clock)); });
  }
}

WorkspaceLoader::~WorkspaceLoader() {
  for (const auto& [name, location] : locations_) location->RequestStop();  // They stop at the same time.
}

bool WorkspaceLoader::Reload(const std::string& location_name) {
  const auto found = locations_.find(location_name);
  if (found == locations_.end()) return false;
  found->second->Reload();
  found->second->WaitUntilSettled();
  return true;
}

void WorkspaceLoader::ReloadAll() {
  for (const auto& [name, location] : locations_) location->Reload();
  WaitUntilSettled();
}

void WorkspaceLoader::WaitUntilSettled() {
  for (const auto& [name, location] : locations_) location->WaitUntilSettled();
}

}  // namespace tidemill::workspace
