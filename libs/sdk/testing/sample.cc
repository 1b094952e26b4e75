#include "testing/sample.h"

namespace tidemill::sdk::sample {

std::vector<Reading> FetchReadings(AssetContext& context, const FetchConfig& config) {
  context.log().Info("reading " + std::to_string(config.limit) + " rows");
  std::vector<Reading> readings;
  for (std::int64_t id = 0; id < config.limit; ++id) readings.push_back({id, static_cast<double>(id)});
  return readings;
}

Summary Summarise(const std::vector<Reading>& readings) {
  Summary summary{static_cast<std::int64_t>(readings.size()), 0};
  for (const auto& reading : readings) summary.mean += reading.value / static_cast<double>(readings.size());
  return summary;
}

MaterializeResult WriteReport(const Summary& summary) {
  return {.metadata = {{"rows", summary.count}, {"text", metadata::Markdown{"# Report"}}}};
}

Definitions Pipelines() {
  Definitions defs;
  auto raw = defs.Asset("raw_data", FetchReadings).Group("ingest");
  auto processed = defs.Asset("processed_data", Summarise).From(raw);
  auto report = defs.Asset("report", WriteReport).From(processed);
  defs.Job("data_pipeline_job", {raw, processed, report});
  return defs;
}

}  // namespace tidemill::sdk::sample
