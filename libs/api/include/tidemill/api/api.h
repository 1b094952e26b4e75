#pragma once

#include <functional>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/instance/instance.h>
#include <tidemill/launch/run_launcher.h>
#include <tidemill/workspace/live_workspace.h>
#include <tidemill/workspace/workspace_loader.h>

namespace tidemill::api {

class LogTails;

/// What the API stands on. Everything outlives the engine and may be used from any thread.
struct Services {
  const instance::Instance& instance;
  workspace::LiveWorkspace& workspace;
  const Clock& clock;
  /// Starts and ends the workers of runs; null where runs cannot be launched.
  launch::RunLauncher* launcher = nullptr;
  /// Called when a run was put into the queue. May be empty: the queue then finds it by itself.
  std::function<void()> run_was_queued = {};
  /// Loads locations anew; null where they are loaded once.
  workspace::WorkspaceLoader* loader = nullptr;
  /// Follows logs for subscriptions; null where there are none.
  LogTails* log_tails = nullptr;
  bool read_only = false;  ///< Mutations are refused, permissions say so.
};

/// What one request sees: the workspace as it was when the request began. Used by one thread at a time.
class RequestContext final {
 public:
  explicit RequestContext(const Services& services)
      : services_(services), workspace_(services.workspace.current()), now_(services.clock.Now()) {}

  const Services& services() const { return services_; }
  const instance::Instance& instance() const { return services_.instance; }
  storage::Storage& storage() const { return services_.instance.storage(); }
  const workspace::Workspace& workspace() const { return *workspace_; }
  Timestamp now() const { return now_; }
  bool read_only() const { return services_.read_only; }

  /// Says that a resolver failed, though the answer has its failure as a PythonError.
  void NoteFailure() const { failed_ = true; }
  bool failed() const { return failed_; }

  /// The request's own T, made from this context at the first call: indexes and loaders that the resolvers of one
  /// request share. References into it stay valid until the request has been answered.
  template <class T>
  T& Local() const {
    for (const auto& [type, value] : locals_) {
      if (*type == typeid(T)) return *static_cast<T*>(value.get());
    }
    auto made = std::make_shared<T>(*this);
    locals_.emplace_back(&typeid(T), made);
    return *made;
  }

 private:
  const Services& services_;
  std::shared_ptr<const workspace::Workspace> workspace_;
  Timestamp now_;
  mutable bool failed_ = false;
  mutable std::vector<std::pair<const std::type_info*, std::shared_ptr<void>>> locals_;
};

/// Dagster's schema with its fields bound; resolvers take a RequestContext.
graphql::Schema MakeSchema();

}  // namespace tidemill::api
