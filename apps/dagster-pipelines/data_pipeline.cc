#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "charts.h"
#include "pipelines.h"
#include "reports.h"

namespace demo {
namespace {

using namespace tidemill::sdk;

struct Reading {
  std::int64_t id;
  double value;
};
BOOST_DESCRIBE_STRUCT(Reading, (), (id, value))

struct Summary {
  std::int64_t count;
  double mean;
  double deviation;
  double low;
  double high;
  std::vector<std::int64_t> histogram;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (count, mean, deviation, low, high, histogram))

struct FetchConfig : Config {
  std::int64_t rows = 1000;
  std::int64_t seed = 7;
};
BOOST_DESCRIBE_STRUCT(FetchConfig, (), (rows, seed))

constexpr std::size_t kBars = 12;

/// The next state of a small linear congruential generator.
std::int64_t Noise(std::int64_t state) { return (state * 1103515245 + 12345) % 2147483648; }

std::vector<Reading> FetchReadings(AssetContext& context, const FetchConfig& config) {
  context.log().Info(fmt::format("simulating {} readings from seed {}", config.rows, config.seed));
  std::vector<Reading> readings;
  std::int64_t state = config.seed;
  for (std::int64_t i = 0; i < config.rows; ++i) {
    state = Noise(state);
    const double wave = std::sin(static_cast<double>(i) / 40.0);
    readings.push_back({i, 20.0 + 5.0 * wave + static_cast<double>(state) / 2147483648.0});
  }
  context.AddOutputMetadata({{"rows", readings.size()}});
  return readings;
}

Summary Summarise(AssetContext& context, const std::vector<Reading>& readings) {
  const auto by_value = [](const Reading& a, const Reading& b) { return a.value < b.value; };
  const auto [low, high] = std::minmax_element(readings.begin(), readings.end(), by_value);
  Summary summary{static_cast<std::int64_t>(readings.size()), 0, 0, low->value, high->value, {}};

  for (const Reading& reading : readings) summary.mean += reading.value;
  summary.mean /= static_cast<double>(readings.size());

  double squares = 0;
  summary.histogram.resize(kBars);
  for (const Reading& reading : readings) {
    squares += (reading.value - summary.mean) * (reading.value - summary.mean);
    const double position = (reading.value - summary.low) / (summary.high - summary.low);
    ++summary.histogram[std::min(static_cast<std::size_t>(position * kBars), kBars - 1)];
  }
  summary.deviation = std::sqrt(squares / static_cast<double>(readings.size()));

  context.AddOutputMetadata({{"count", summary.count}, {"mean", summary.mean}});
  return summary;
}

CheckResult ReadingsInRange(const Summary& summary) {
  return {.passed = summary.low >= 14.0 && summary.high <= 27.0,
          .metadata = {{"low", summary.low}, {"high", summary.high}}};
}

MaterializeResult WriteReport(const Summary& summary, Resource<ReportFolder> reports) {
  std::vector<std::string> labels;
  for (std::size_t bar = 0; bar < kBars; ++bar) {
    const double start = summary.low + (summary.high - summary.low) * static_cast<double>(bar) / kBars;
    labels.push_back(fmt::format("{:.1f}", start));
  }
  const std::vector<double> bars(summary.histogram.begin(), summary.histogram.end());
  const std::string text = fmt::format(
      "# Sensor report\n\n"
      "| readings | mean | deviation | low | high |\n|---|---|---|---|---|\n"
      "| {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n\n{}\n",
      summary.count, summary.mean, summary.deviation, summary.low, summary.high,
      BarChart("Distribution of the readings", labels, bars));
  const std::string path = reports->Write("data_pipeline.md", text);
  return {.metadata = {{"report", metadata::Markdown{text}}, {"path", metadata::Path{path}}}};
}

void AlwaysFails() {
  try {
    throw std::invalid_argument("the sensor returned no rows");
  } catch (const std::invalid_argument&) {
    std::throw_with_nested(std::runtime_error("cannot read the sensor"));
  }
}

}  // namespace

JobBuilder AddDataPipeline(Definitions& defs) {
  auto raw_data = defs.Asset("raw_data", FetchReadings)
                      .Group("pipeline")
                      .Kinds({"simulation"})
                      .Owners({"team:data"})
                      .Tags({{"tier", "raw"}})
                      .CodeVersion("1")
                      .Description("Readings of a simulated sensor; one seed always gives the same rows.");

  auto processed_data = defs.Asset("processed_data", Summarise)
                            .From(raw_data)
                            .Group("pipeline")
                            .Kinds({"statistics"})
                            .Owners({"team:data"})
                            .CodeVersion("1")
                            .Description("Mean, spread and histogram of the readings.");

  defs.AssetCheck("readings_in_range", processed_data, ReadingsInRange)
      .Description("Every reading lies in the sensor's range.");

  auto report = defs.Asset("report", WriteReport)
                    .From(processed_data)
                    .Group("pipeline")
                    .Kinds({"markdown"})
                    .Owners({"team:data"})
                    .CodeVersion("1")
                    .Description("The statistics as a page to read, with a chart.");

  auto always_fails =
      defs.Op("always_fails", AlwaysFails).Description("Fails on purpose, with the error that caused the failure.");
  defs.Job("test_failure_job", [&](GraphBuilder& graph) { graph.Call(always_fails); })
      .Description("Shows how a failed run looks.");

  return defs.Job("data_pipeline_job", {raw_data, processed_data, report})
      .Description("Readings, statistics and report in one run.")
      .Tags({{"team", "data"}});
}

}  // namespace demo
