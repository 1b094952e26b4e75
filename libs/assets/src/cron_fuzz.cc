// A cron string is refused or gives ticks: ascending when followed forward, descending backward, the two in step.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <tidemill/assets/cron.h>
#include <tidemill/base/error.h>

using tidemill::Timestamp;
using tidemill::assets::CronSchedule;
using tidemill::assets::TimeZone;

namespace {

// The leap-day schedule leaves out the tick of a search that starts on the day itself, as Dagster does.
bool StepsBothWays(const CronSchedule& cron) { return !cron.texts()[0].ends_with(" 29 2 *"); }

void Follow(const CronSchedule& cron, const TimeZone& zone, Timestamp from) {
  auto ahead = cron.Forward(from, zone);
  std::optional<Timestamp> last;
  for (int i = 0; i < 5; ++i) {
    const auto tick = ahead.Next();
    if (!tick) return;
    if (tick->time < from || (last && tick->time <= *last)) std::abort();
    last = tick->time;
  }
  const auto previous = cron.Previous(*last, zone);
  if (StepsBothWays(cron) && (!previous || *previous >= *last)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  static constexpr const char* kZones[] = {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"};
  // Days from 2023 on, so that the first two bytes reach every change of clocks of some years.
  const Timestamp from{std::chrono::days(19358 + data[0] * 8 + data[1] % 8)};
  try {
    Follow(CronSchedule::Parse(text), TimeZone::Find(kZones[data[1] / 8 % 4]), from);
  } catch (const tidemill::Error& error) {
    if (error.code() != tidemill::Code::kInvalidArgument) std::abort();
  }
  return 0;
}
