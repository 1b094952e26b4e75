#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <tidemill/workspace/workspace.h>

namespace tidemill::workspace {

/// What happened to a location.
struct LocationChange {
  enum class Kind { kUpdated, kFailed, kReloading, kRemoved };

  Kind kind = Kind::kUpdated;
  std::string location_name;
  std::string version_key;
};

/// The current workspace. Safe from any thread.
class LiveWorkspace final {
 public:
  using Listener = std::function<void(const LocationChange& change)>;

  /// Ends a subscription when it goes. No call of the listener is under way after the destructor has returned.
  class Subscription final {
   public:
    Subscription(LiveWorkspace* owner, std::size_t id) : owner_(owner), id_(id) {}
    Subscription(Subscription&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription();

   private:
    LiveWorkspace* owner_;
    std::size_t id_;
  };

  LiveWorkspace();

  /// A query takes it once and uses it to its end.
  std::shared_ptr<const Workspace> current() const;

  /// Adds the location, or puts it in the place of the one of its name, and tells the listeners. If it has an error and
  /// no repositories, those of the load before stay.
  void Publish(Location location);
  void Remove(const std::string& location_name);

  /// The listener is called on the thread that publishes, behind the change; it must not publish or subscribe itself.
  [[nodiscard]] Subscription Subscribe(Listener listener);

 private:
  /// Called with publishing_ held.
  void Swap(std::vector<std::shared_ptr<const Location>> locations, const LocationChange& change);

  std::mutex publishing_;  // One change after the other, listeners included.
  mutable std::mutex mutex_;
  std::shared_ptr<const Workspace> current_;   // Guarded by mutex_.
  std::map<std::size_t, Listener> listeners_;  // Guarded by publishing_.
  std::size_t next_listener_ = 0;              // Guarded by publishing_.
};

}  // namespace tidemill::workspace
