#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace tidemill::api {

/// Asks again and again whether something has changed, all on one thread of its own, which sleeps while there is
/// nothing to ask. Safe from any thread.
class Poller final {
 public:
  /// Looks, does what there is to do, and says after how long to be called again. Must not throw. May be slow: it holds
  /// up the others only.
  using Check = std::function<std::chrono::milliseconds()>;

  /// Ends a check when it goes: none is under way after the destructor has returned. A check must not end itself.
  class Handle final {
   public:
    Handle(Poller& poller, std::uint64_t id) : poller_(poller), id_(id) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { poller_.Remove(id_); }

   private:
    Poller& poller_;
    const std::uint64_t id_;
  };

  Poller();
  /// Every handle is gone by then.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Calls `check` at once, then as it says.
  [[nodiscard]] std::unique_ptr<Handle> Add(Check check);

 private:
  class Impl;

  void Remove(std::uint64_t id);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::api
