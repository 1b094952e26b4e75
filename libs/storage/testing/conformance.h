#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <tidemill/storage/storage.h>

namespace tidemill::storage::testing {

/// A fresh, empty store of some backend for one test.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Opens the store, as another process would: each call gives an own Storage over the same data.
  virtual std::unique_ptr<Storage> Open() = 0;
};

/// One backend under test.
struct BackendParam {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
};

/// What every backend must do; a backend's test links the *_conformance.cc files and instantiates the suite:
///   INSTANTIATE_TEST_SUITE_P(Sqlite, StorageConformance, Values(BackendParam{…}), BackendName);
class StorageConformance : public ::testing::TestWithParam<BackendParam> {
 protected:
  StorageConformance() : backend_(GetParam().make()), storage_(backend_->Open()) {}

  EventStorage& events() { return storage_->events(); }
  RunStorage& runs() { return storage_->runs(); }
  ScheduleStorage& schedules() { return storage_->schedules(); }

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Storage> storage_;
};

inline std::string BackendName(const ::testing::TestParamInfo<BackendParam>& info) { return info.param.name; }

}  // namespace tidemill::storage::testing
