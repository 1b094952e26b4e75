#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/sdk/assets.h>

namespace tidemill::sdk {

/// A run that a schedule or sensor asks for.
struct RunRequest {
  /// A second request of the same key makes no run.
  std::optional<std::string> run_key = {};
  json::Value run_config = json::Object{};
  Tags tags = {};
  std::optional<std::string> partition_key = {};
  std::optional<std::string> job_name = {};  ///< Needed where there are several targets.
  std::optional<std::vector<AssetKey>> asset_selection = {};
};

struct SkipReason {
  std::string text;
};

struct ScheduleContext {
  Timestamp scheduled_time;
};

struct SensorContext {
  std::optional<std::string> cursor;
  std::optional<std::string> last_run_key;
  std::optional<double> last_tick_completion_time;  ///< Seconds since the epoch.
};

struct SensorResult {
  std::vector<RunRequest> run_requests = {};
  std::optional<SkipReason> skip_reason = {};
  std::optional<std::string> cursor = {};
};

using ScheduleFunction =
    std::function<std::variant<SkipReason, RunRequest, std::vector<RunRequest>>(const ScheduleContext&)>;
using SensorFunction = std::function<SensorResult(const SensorContext&)>;

namespace detail {

struct ScheduleRecord {
  model::ScheduleSnap snap;
  const JobRecord* job = nullptr;
  ScheduleFunction evaluate;  ///< Empty: one run a tick.
};

struct SensorRecord {
  model::SensorSnap snap;
  std::vector<const JobRecord*> jobs;
  std::vector<const AssetRecord*> assets;
  SensorFunction evaluate;
};

}  // namespace detail

/// Launches a job at the times of cron strings.
class ScheduleBuilder final {
 public:
  explicit ScheduleBuilder(detail::ScheduleRecord& record) : record_(&record) {}

  /// An IANA name; UTC by default.
  ScheduleBuilder& TimeZone(std::string name);
  ScheduleBuilder& Description(std::string text);
  ScheduleBuilder& Tags(model::Tags tags);
  ScheduleBuilder& Metadata(const sdk::Metadata& metadata);
  ScheduleBuilder& Owners(std::vector<std::string> owners);
  /// Runs without being switched on by a user.
  ScheduleBuilder& DefaultRunning();
  /// Decides at each tick; without it each tick launches one run.
  ScheduleBuilder& Evaluate(ScheduleFunction function);

 private:
  detail::ScheduleRecord* record_;
};

/// Asks the user's function now and then what shall run.
class SensorBuilder final {
 public:
  explicit SensorBuilder(detail::SensorRecord& record) : record_(&record) {}

  SensorBuilder& MinimumInterval(std::chrono::seconds interval);
  SensorBuilder& Description(std::string text);
  SensorBuilder& Tags(model::Tags tags);
  SensorBuilder& Metadata(const sdk::Metadata& metadata);
  SensorBuilder& Owners(std::vector<std::string> owners);
  SensorBuilder& DefaultRunning();

 private:
  detail::SensorRecord* record_;
};

}  // namespace tidemill::sdk
