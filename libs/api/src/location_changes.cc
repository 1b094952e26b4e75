#include "location_changes.h"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <tidemill/api/api.h>

namespace tidemill::api {
namespace {

using workspace::LiveWorkspace;
using Kind = workspace::LocationChange::Kind;

/// LocationStateChangeSubscription, and the event that it holds.
struct LocationNews {
  workspace::LocationChange change;
};

std::string_view TypeOf(const workspace::LocationChange& change) {
  switch (change.kind) {
    case Kind::kFailed:
      return "LOCATION_ERROR";
    case Kind::kRemoved:
      return "LOCATION_DISCONNECTED";
    default:
      return "LOCATION_UPDATED";
  }
}

std::string_view MessageOf(const workspace::LocationChange& change) {
  switch (change.kind) {
    case Kind::kFailed:
      return "The code location could not be loaded.";
    case Kind::kRemoved:
      return "The code location is gone.";
    default:
      return "The code location was loaded.";
  }
}

/// Changes since it was started that nobody has taken yet. One that is only beginning is not told of, as in Dagster.
class ChangeSource final : public graphql::EventSource<LocationNews> {
 public:
  explicit ChangeSource(LiveWorkspace& workspace) : workspace_(workspace) {}

  void Start(std::function<void()> wake) override {
    subscription_.emplace(workspace_.Subscribe([this, wake = std::move(wake)](const workspace::LocationChange& change) {
      if (change.kind == Kind::kReloading) return;
      {
        const std::lock_guard lock(mutex_);
        if (changes_.size() == kMostWaiting) changes_.pop_front();
        changes_.push_back(change);
      }
      wake();
    }));
  }
  bool ended() const override { return false; }

  std::optional<LocationNews> Next() override {
    const std::lock_guard lock(mutex_);
    if (changes_.empty()) return std::nullopt;
    LocationNews news{std::move(changes_.front())};
    changes_.pop_front();
    return news;
  }

 private:
  static constexpr std::size_t kMostWaiting = 1'000;

  LiveWorkspace& workspace_;
  std::mutex mutex_;
  std::deque<workspace::LocationChange> changes_;  // Guarded by mutex_.
  std::optional<LiveWorkspace::Subscription> subscription_;
};

}  // namespace

void BindLocationChanges(graphql::Schema& schema) {
  using workspace::LocationChange;
  schema.Object<LocationNews>("LocationStateChangeSubscription").Field("event", &LocationNews::change);
  schema.Object<LocationChange>("LocationStateChangeEvent")
      .Field("eventType", TypeOf)
      .Field("message", MessageOf)
      .Field("locationName", &LocationChange::location_name)
      .Field("serverId", [](const LocationChange& change) { return std::optional(change.version_key); });
  schema.Subscription().Stream(
      "locationStateChangeEvents",
      [](const RequestContext& context) -> std::unique_ptr<graphql::EventSource<LocationNews>> {
        return std::make_unique<ChangeSource>(context.services().workspace);
      });
}

}  // namespace tidemill::api
