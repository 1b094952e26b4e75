#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/storage/schedule_storage.h>

#include "errors.h"

namespace tidemill::api {

/// A schedule or sensor as its code declares it; exactly one of the two is set.
struct DeclaredInstigator {
  const workspace::Repository* repository;
  const model::ScheduleSnap* schedule = nullptr;
  const model::SensorSnap* sensor = nullptr;

  const std::string& name() const { return schedule != nullptr ? schedule->name : sensor->name; }
  bool RunsByDefault() const;
  std::string SelectorId() const;
  std::int64_t MinIntervalSeconds() const;  ///< Of a sensor.
  std::string SensorType() const;

  /// The state without a row in the storage.
  storage::InstigatorRecord Declare(model::InstigatorStatus status, const RequestContext& context) const;
};

/// Schedule.
struct Schedule : DeclaredInstigator {};
/// Sensor.
struct Sensor : DeclaredInstigator {};

/// InstigationState: where a schedule or sensor stands. Cheap to copy.
struct Instigator {
  std::shared_ptr<const storage::InstigatorRecord> record;

  const model::InstigatorState& state() const { return record->state; }
  const std::string& name() const;
  std::string_view location_name() const;
  std::string_view repository_name() const;
  bool IsRunning() const { return state().status != model::InstigatorStatus::kStopped; }
};

/// The stored rows that a request asks for: the first by itself, then all in one question.
class StoredInstigators final {
 public:
  explicit StoredInstigators(const RequestContext& context) : schedules_(context.storage().schedules()) {}

  /// nullptr if there is none.
  std::shared_ptr<const storage::InstigatorRecord> Find(const std::string& selector_id);
  std::vector<Instigator> OfRepository(const std::string& repository_selector_id);

  Instigator Put(storage::InstigatorRecord record);
  void Delete(const std::string& selector_id);

 private:
  void LoadAll();

  storage::ScheduleStorage& schedules_;
  std::map<std::string, std::shared_ptr<const storage::InstigatorRecord>> records_;  // Null: there is none.
  std::vector<std::string> order_;                                                   // Of the storage.
  bool all_ = false;
};

std::vector<Schedule> SchedulesOf(const workspace::Repository& repository);
std::vector<Sensor> SensorsOf(const workspace::Repository& repository);
/// Nothing if the code declares none of this name.
std::optional<Schedule> FindSchedule(const RequestContext& context, const workspace::RepositoryHandle& repository,
                                     std::string_view name);
std::optional<Sensor> FindSensor(const RequestContext& context, const workspace::RepositoryHandle& repository,
                                 std::string_view name);
/// What the stored state belongs to, if the code declares it still.
std::optional<DeclaredInstigator> DeclarationOf(const Instigator& instigator, const RequestContext& context);

/// As stored, else as declared. A row that says "as the code declares" counts for nothing where the code says stopped.
Instigator CurrentState(const DeclaredInstigator& declared, const RequestContext& context);
/// Whether the row was set by somebody, so that it can be reset.
bool CanReset(const DeclaredInstigator& declared, const RequestContext& context);

/// The two parts of an id "<origin id>::<selector id>"; nothing if it is none.
struct InstigatorId {
  std::string origin;
  std::string selector;

  static std::optional<InstigatorId> Parse(std::string_view text);
  std::string ToString() const { return origin + "::" + selector; }
};

workspace::RepositoryHandle RepositoryIn(const graphql::Input& selector);
NamedError ScheduleNotFound(std::string_view name);
NamedError SensorNotFound(std::string_view name);

/// InstigationState with its runs and ticks, and the queries for it.
void BindInstigators(graphql::Schema& schema);

}  // namespace tidemill::api
