#include <tidemill/sdk/sdk.h>

#include "pipelines.h"
#include "reports.h"

namespace {

tidemill::sdk::Definitions Pipelines() {
  tidemill::sdk::Definitions defs;
  defs.Resource("reports", demo::ReportFolder{});

  const auto pipeline = demo::AddDataPipeline(defs);
  demo::AddWeather(defs);
  demo::AddAssetTour(defs);
  const auto configured = demo::AddOpTour(defs);
  demo::AddAutomation(defs, pipeline, configured);
  demo::AddFanout(defs);
  return defs;
}

}  // namespace

TIDEMILL_LOCATION(Pipelines)
