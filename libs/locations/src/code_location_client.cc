#include <fmt/format.h>

#include <tidemill/locations/code_location_client.h>

namespace tidemill::locations {

json::Value CodeLocationClient::EvaluateSchedule(const json::Value&) {
  throw Error(Code::kUnimplemented, fmt::format("code location {} is not asked about schedules", name()));
}

json::Value CodeLocationClient::EvaluateSensor(const json::Value&) {
  throw Error(Code::kUnimplemented, fmt::format("code location {} is not asked about sensors", name()));
}

}  // namespace tidemill::locations
