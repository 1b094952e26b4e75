#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "charts.h"
#include "pipelines.h"
#include "reports.h"

namespace demo {
namespace {

using namespace tidemill::sdk;

struct Day {
  std::string date;  ///< 2012-01-31
  double precipitation;
  double temp_max;
  double temp_min;
  double wind;
  std::string weather;
};
BOOST_DESCRIBE_STRUCT(Day, (), (date, precipitation, temp_max, temp_min, wind, weather))

struct YearSummary {
  std::string year;
  std::int64_t days = 0;
  std::int64_t rain_days = 0;
  double precipitation = 0;
  double warmest = -99;
  double coldest = 99;
  std::vector<double> monthly_mean;
};
BOOST_DESCRIBE_STRUCT(YearSummary, (), (year, days, rain_days, precipitation, warmest, coldest, monthly_mean))

double Number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) throw std::invalid_argument("not a number: " + text);
  return value;
}

/// The observations: a file with the columns date (2012/01/31), precipitation, temp_max, temp_min, wind, weather.
struct WeatherSource : Config {
  tidemill::config::Required<std::string> csv_path;

  /// The days whose date starts with `prefix`, e.g. "2012/01".
  std::vector<Day> Month(const std::string& prefix) const {
    std::ifstream file(*csv_path);
    if (!file) throw std::runtime_error("cannot read the weather from " + *csv_path);
    std::vector<Day> days;
    std::string line;
    while (std::getline(file, line)) {
      if (!line.starts_with(prefix)) continue;
      std::istringstream row(line);
      std::string cells[6];
      for (std::string& cell : cells) std::getline(row, cell, ',');
      std::replace(cells[0].begin(), cells[0].end(), '/', '-');
      days.push_back({cells[0], Number(cells[1]), Number(cells[2]), Number(cells[3]), Number(cells[4]), cells[5]});
    }
    return days;
  }
};
BOOST_DESCRIBE_STRUCT(WeatherSource, (), (csv_path))

std::vector<Day> LoadMonth(AssetContext& context, Resource<WeatherSource> source) {
  std::string prefix = context.partition_key().substr(0, 7);  // 2012-01-01 is the month 2012/01.
  std::replace(prefix.begin(), prefix.end(), '-', '/');
  std::vector<Day> days = source->Month(prefix);
  context.log().Info(fmt::format("{} days in {}", days.size(), context.partition_key()));
  context.AddOutputMetadata({{"days", days.size()}});
  return days;
}

std::vector<Day> CleanMonth(AssetContext& context, const std::vector<Day>& raw) {
  std::map<std::string, Day> by_date;
  for (const Day& day : raw) {
    if (day.temp_min <= day.temp_max && day.precipitation >= 0) by_date.insert_or_assign(day.date, day);
  }
  context.AddOutputMetadata({{"days", by_date.size()}, {"dropped", raw.size() - by_date.size()}});
  std::vector<Day> days;
  for (auto& [date, day] : by_date) days.push_back(std::move(day));
  return days;
}

CheckResult MonthIsComplete(const std::vector<Day>& days) {
  const std::string& first = days.front().date;
  const std::string& last = days.back().date;
  return {.passed = days.size() >= 28 && std::stoul(last.substr(8)) == days.size(),
          .metadata = {{"first", first}, {"last", last}, {"days", days.size()}}};
}

YearSummary SumYear(AssetContext& context, const PartitionMap<std::vector<Day>>& months) {
  YearSummary summary{.year = context.partition_key(), .monthly_mean = {}};
  for (const auto& [month, days] : months) {
    double total = 0;
    for (const Day& day : days) {
      ++summary.days;
      summary.rain_days += day.precipitation > 0 ? 1 : 0;
      summary.precipitation += day.precipitation;
      summary.warmest = std::max(summary.warmest, day.temp_max);
      summary.coldest = std::min(summary.coldest, day.temp_min);
      total += (day.temp_max + day.temp_min) / 2;
    }
    summary.monthly_mean.push_back(total / static_cast<double>(days.size()));
  }
  context.AddOutputMetadata({{"days", summary.days}, {"rain_days", summary.rain_days}});
  return summary;
}

MaterializeResult PlotYears(const PartitionMap<YearSummary>& years, Resource<ReportFolder> reports) {
  std::string text =
      "# Seattle's weather\n\n| year | days | with rain | rain, mm | warmest | coldest |\n|---|---|---|---|---|---|\n";
  std::vector<double> means;
  for (const auto& [year, summary] : years) {
    text += fmt::format("| {} | {} | {} | {:.1f} | {:.1f} | {:.1f} |\n", year, summary.days, summary.rain_days,
                        summary.precipitation, summary.warmest, summary.coldest);
    means.insert(means.end(), summary.monthly_mean.begin(), summary.monthly_mean.end());
  }
  text += "\n" + LineChart("Mean temperature by month, Celsius", means) + "\n";
  const std::string path = reports->Write("weather.md", text);
  return {.metadata = {{"report", metadata::Markdown{text}}, {"path", metadata::Path{path}}, {"months", means.size()}}};
}

}  // namespace

void AddWeather(Definitions& defs) {
  const auto months = PartitionsDefinition::Monthly("2012-01-01", {.end = "2016-01-01"});
  const auto years = PartitionsDefinition::Cron("0 0 1 1 *", "2012", "%Y", {.end = "2016"});
  defs.Resource("weather_source", WeatherSource{})
      .Configured({{"csv_path", tidemill::json::Object{{"env", "SEATTLE_WEATHER_CSV"}}}});

  auto raw = defs.Asset("weather_raw", LoadMonth)
                 .Group("weather")
                 .Partitions(months)
                 .Kinds({"csv"})
                 .Description("The observations of one month as they were published.");

  auto clean = defs.Asset("weather_clean", CleanMonth)
                   .From(raw)
                   .Group("weather")
                   .Partitions(months)
                   .Description("The month in order of date, each day once, impossible values dropped.");

  defs.AssetCheck("month_is_complete", clean, MonthIsComplete)
      .Partitions(months)
      .Description("No day of the month is missing.");

  auto by_year = defs.Asset("weather_by_year", SumYear)
                     .From(clean)  // Of another partitioning: the months that lie in the year.
                     .Group("weather")
                     .Partitions(years)
                     .Description("Sums and extremes of one year, from its twelve months.");

  auto report = defs.Asset("weather_report", PlotYears)
                    .From(by_year)  // Without partitions: all years.
                    .Group("weather")
                    .Kinds({"markdown"})
                    .Description("The years side by side, with a plot of the monthly means.");

  defs.Job("weather_month_job", {raw, clean}).Description("Loads and cleans one month.");
  defs.Job("weather_year_job", {by_year}).Description("Sums one year up.");
  defs.Job("weather_report_job", {report}).Description("Plots all years.");
}

}  // namespace demo
