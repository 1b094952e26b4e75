#include <algorithm>
#include <utility>

#include <tidemill/workspace/live_workspace.h>

namespace tidemill::workspace {
namespace {

LocationChange ChangeOf(const Location& location) {
  LocationChange change{LocationChange::Kind::kUpdated, location.name, location.version_key};
  if (location.load_status == LoadStatus::kLoading) {
    change.kind = LocationChange::Kind::kReloading;
  } else if (location.error) {
    change.kind = LocationChange::Kind::kFailed;
  }
  return change;
}

/// A failed load, or one under way, shows what the load before gave.
void KeepLastGood(Location& location, const Location& before) {
  if (!location.repositories.empty() || (!location.error && location.load_status == LoadStatus::kLoaded)) return;
  location.repositories = before.repositories;
  location.info = before.info;
  if (!location.client) location.client = before.client;
}

}  // namespace

LiveWorkspace::Subscription::~Subscription() {
  if (owner_ == nullptr) return;
  const std::lock_guard lock(owner_->publishing_);
  owner_->listeners_.erase(id_);
}

LiveWorkspace::LiveWorkspace()
    : current_(std::make_shared<const Workspace>(std::vector<std::shared_ptr<const Location>>())) {}

std::shared_ptr<const Workspace> LiveWorkspace::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void LiveWorkspace::Publish(Location location) {
  const std::lock_guard publishing(publishing_);
  const LocationChange change = ChangeOf(location);
  auto locations = current()->locations();
  const auto same =
      std::find_if(locations.begin(), locations.end(), [&](const auto& entry) { return entry->name == location.name; });
  if (same == locations.end()) {
    locations.push_back(std::make_shared<const Location>(std::move(location)));
  } else {
    KeepLastGood(location, **same);
    *same = std::make_shared<const Location>(std::move(location));
  }
  Swap(std::move(locations), change);
}

void LiveWorkspace::Remove(const std::string& location_name) {
  const std::lock_guard publishing(publishing_);
  auto locations = current()->locations();
  if (std::erase_if(locations, [&](const auto& entry) { return entry->name == location_name; }) == 0) return;
  Swap(std::move(locations), {LocationChange::Kind::kRemoved, location_name, ""});
}

LiveWorkspace::Subscription LiveWorkspace::Subscribe(Listener listener) {
  const std::lock_guard publishing(publishing_);
  const std::size_t id = next_listener_++;
  listeners_.emplace(id, std::move(listener));
  return {this, id};
}

void LiveWorkspace::Swap(std::vector<std::shared_ptr<const Location>> locations, const LocationChange& change) {
  auto next = std::make_shared<const Workspace>(std::move(locations));
  {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }
  for (const auto& [id, listener] : listeners_) listener(change);
}

}  // namespace tidemill::workspace
