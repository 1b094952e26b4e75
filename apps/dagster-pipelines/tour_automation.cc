#include <chrono>
#include <string>

#include "pipelines.h"

namespace demo {

using namespace tidemill::sdk;

void AddAutomation(Definitions& defs, const JobBuilder& pipeline, const JobBuilder& configured) {
  defs.Schedule("nightly", pipeline, "0 3 * * *")
      .TimeZone("Europe/Berlin")
      .Description("Every night at three.")
      .Tags({{"trigger", "cron"}});

  defs.Schedule("often", configured, {"0 * * * *", "30 12 * * 1"})
      .Description("Hourly, and on Monday at noon.")
      .Evaluate([](const ScheduleContext&) {
        const auto config = tidemill::json::Parse(R"({"ops": {"configured": {"config": {"count": 3}}}})");
        return RunRequest{.run_key = "fixed", .run_config = config, .tags = {{"from", "often"}}};
      });

  defs.Sensor("counting_sensor", pipeline,
              [](const SensorContext& context) {
                const std::string count = std::to_string(context.cursor ? std::stol(*context.cursor) + 1 : 1);
                return SensorResult{.run_requests = {{.run_key = "once", .tags = {{"tick", count}}}}, .cursor = count};
              })
      .MinimumInterval(std::chrono::seconds(60))
      .Description("Starts one run, then counts its ticks.");

  defs.Sensor("idle_sensor", configured,
              [](const SensorContext&) { return SensorResult{.skip_reason = {{"nothing new"}}}; })
      .MinimumInterval(std::chrono::hours(1))
      .Description("Finds nothing to do.");
}

}  // namespace demo
