#pragma once

#include <tidemill/sdk/sdk.h>

/// A small location that the tests share: three typed assets and their job.
namespace tidemill::sdk::sample {

struct Reading {
  std::int64_t id = 0;
  double value = 0;
  bool operator==(const Reading&) const = default;
};
BOOST_DESCRIBE_STRUCT(Reading, (), (id, value))

struct Summary {
  std::int64_t count = 0;
  double mean = 0;
  bool operator==(const Summary&) const = default;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (count, mean))

struct FetchConfig : Config {
  std::int64_t limit = 3;
};
BOOST_DESCRIBE_STRUCT(FetchConfig, (), (limit))

std::vector<Reading> FetchReadings(AssetContext& context, const FetchConfig& config);
Summary Summarise(const std::vector<Reading>& readings);
MaterializeResult WriteReport(const Summary& summary);

/// raw_data, processed_data, report; the job data_pipeline_job.
Definitions Pipelines();

}  // namespace tidemill::sdk::sample
