#pragma once

#include <string>
#include <vector>

#include <tidemill/storage/event_storage.h>
#include <tidemill/storage/run_storage.h>
#include <tidemill/storage/schedule_storage.h>

namespace tidemill::storage {

/// Everything an instance keeps, in one backend.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual EventStorage& events() = 0;
  virtual RunStorage& runs() = 0;
  virtual ScheduleStorage& schedules() = 0;

  /// Schema revision of each part, for `instance info`: (part, current, newest known).
  struct Revision {
    std::string part;
    std::string current;
    std::string latest;
  };
  virtual std::vector<Revision> Revisions() = 0;
  /// Brings an older Dagster's schema to the newest known one; returns what was done, one line each.
  virtual std::vector<std::string> Migrate() = 0;
};

}  // namespace tidemill::storage
