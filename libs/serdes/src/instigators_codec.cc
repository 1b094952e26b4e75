#include "enums.h"
#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr EnumNames<3> kEnum<InstigatorType>{"InstigatorType", {"SCHEDULE", "SENSOR", "AUTO_MATERIALIZE"}};

template <>
constexpr EnumNames<4> kEnum<TickStatus>{"TickStatus", {"STARTED", "SKIPPED", "SUCCESS", "FAILURE"}};

template <>
constexpr auto kClass<ScheduleState> = Class<ScheduleState, "ScheduleInstigatorData">(
    Field<"cron_schedule", &ScheduleState::cron_schedules, AsCron>,
    Field<"last_iteration_timestamp", &ScheduleState::last_iteration_timestamp>,
    Field<"start_timestamp", &ScheduleState::start_timestamp>);

template <>
constexpr auto kClass<SensorState> = Class<SensorState, "SensorInstigatorData">(
    Field<"cursor", &SensorState::cursor>, Field<"last_run_key", &SensorState::last_run_key>,
    Field<"last_sensor_start_timestamp", &SensorState::last_sensor_start_timestamp>,
    Field<"last_tick_start_timestamp", &SensorState::last_tick_start_timestamp>,
    Field<"last_tick_success_timestamp", &SensorState::last_tick_success_timestamp>,
    Field<"last_tick_timestamp", &SensorState::last_tick_timestamp>,
    Field<"min_interval", &SensorState::min_interval_seconds>,
    Field<"sensor_type", &SensorState::sensor_type, EnumText<"SensorType">>);

namespace {

/// AUTOMATICALLY_RUNNING is what DECLARED_IN_CODE was once called.
struct AsStatus {
  static void Write(std::string& out, InstigatorStatus status) { Codec<InstigatorStatus>::Write(out, status); }
  static void Read(InstigatorStatus& status, const json::Value& value) {
    status = EnumMember(value) == "AUTOMATICALLY_RUNNING" ? InstigatorStatus::kDeclaredInCode
                                                          : Codec<InstigatorStatus>::Read(value);
  }
};

/// Plain text, which was an enum once.
struct AsDaemonType {
  static void Write(std::string& out, const std::string& type) { json::AppendQuoted(out, type); }
  static void Read(std::string& type, const json::Value& value) {
    type = value.is_object() ? std::string(EnumMember(value)) : value.AsString();
  }
};

}  // namespace

template <>
constexpr auto kClass<InstigatorState> = Class<InstigatorState, "InstigatorState">(
    Field<"job_specific_data", &InstigatorState::data>, Field<"job_type", &InstigatorState::type>,
    Field<"origin", &InstigatorState::origin>, Field<"status", &InstigatorState::status, AsStatus>);

template <>
constexpr auto kClass<TickData> = Class<TickData, "TickData">(
    Field<"auto_materialize_evaluation_id", &TickData::auto_materialize_evaluation_id>,
    Field<"consecutive_failure_count", &TickData::consecutive_failure_count>, Field<"cursor", &TickData::cursor>,
    Field<"dynamic_partitions_request_results", &TickData::dynamic_partitions_request_results>,
    Field<"end_timestamp", &TickData::end_timestamp>, Field<"error", &TickData::error>,
    Field<"failure_count", &TickData::failure_count>, Field<"job_name", &TickData::instigator_name>,
    Field<"job_origin_id", &TickData::instigator_origin_id>, Field<"job_type", &TickData::instigator_type>,
    Field<"log_key", &TickData::log_key>, Field<"origin_run_ids", &TickData::origin_run_ids>,
    Field<"reserved_run_ids", &TickData::reserved_run_ids>, Field<"run_ids", &TickData::run_ids>,
    Field<"run_keys", &TickData::run_keys>, Field<"run_requests", &TickData::run_requests>,
    Field<"selector_id", &TickData::selector_id, NullAsEmpty>, Field<"skip_reason", &TickData::skip_reason>,
    Field<"status", &TickData::status>, Field<"timestamp", &TickData::timestamp>,
    Field<"user_interrupted", &TickData::user_interrupted>);

template <>
constexpr auto kClass<DaemonHeartbeat> = Class<DaemonHeartbeat, "DaemonHeartbeat">(
    Field<"daemon_id", &DaemonHeartbeat::daemon_id>, Field<"daemon_type", &DaemonHeartbeat::daemon_type, AsDaemonType>,
    Field<"errors", &DaemonHeartbeat::errors>, Field<"timestamp", &DaemonHeartbeat::timestamp>);

TIDEMILL_SERDES_INSTANTIATE(InstigatorState);
TIDEMILL_SERDES_INSTANTIATE(TickData);
TIDEMILL_SERDES_INSTANTIATE(DaemonHeartbeat);

}  // namespace tidemill::serdes
