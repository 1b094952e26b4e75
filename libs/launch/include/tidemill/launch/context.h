#pragma once

#include <tidemill/base/clock.h>
#include <tidemill/instance/instance.h>

namespace tidemill::launch {

/// What launching works on; both must outlive the calls that get it.
struct Context {
  const instance::Instance& instance;
  const Clock& clock;

  storage::Storage& storage() const { return instance.storage(); }
};

}  // namespace tidemill::launch
