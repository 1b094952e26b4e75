#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <optional>

#include <tidemill/sdk/definitions.h>

namespace tidemill::sdk {

/// Definitions that are made at the first question, so that what making them throws is the run's failure, in its log.
class DeferredDefinitions final : public engine::CodeLocation {
 public:
  explicit DeferredDefinitions(std::function<Definitions()> define) : define_(std::move(define)) {}

  void Load() const override {
    const std::lock_guard lock(mutex_);
    if (definitions_ || error_) return;
    try {
      definitions_.emplace(define_());
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  engine::JobDefinition Job(const engine::JobSelector& selector) const override { return Loaded().Job(selector); }
  model::JobSnap JobSnapshot(const engine::JobSelector& selector) const override {
    return Loaded().JobSnapshot(selector);
  }
  model::RepositorySnap Repository(bool defer_snapshots) const override { return Loaded().Repository(defer_snapshots); }
  std::vector<std::string> JobNames() const override { return Loaded().JobNames(); }

 private:
  const Definitions& Loaded() const {
    Load();
    if (error_) std::rethrow_exception(error_);
    return *definitions_;
  }

  std::function<Definitions()> define_;
  mutable std::mutex mutex_;
  // Guarded by mutex_ until one of them is set.
  mutable std::optional<Definitions> definitions_;
  mutable std::exception_ptr error_;
};

}  // namespace tidemill::sdk
