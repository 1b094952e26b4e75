#pragma once

#include <tidemill/sdk/sdk.h>

/// The demo's pipelines, one source file each; main.cc puts them together.
namespace demo {

/// Simulated readings, their statistics, and a report: the smallest pipeline worth looking at. Returns its job.
tidemill::sdk::JobBuilder AddDataPipeline(tidemill::sdk::Definitions& defs);

/// Four years of Seattle's weather, loaded month by month, summed by year, and plotted.
void AddWeather(tidemill::sdk::Definitions& defs);

/// Every kind of asset, partition and check, each as small as it can be.
void AddAssetTour(tidemill::sdk::Definitions& defs);

/// Ops and graphs: outputs, order, retries, configuration, resources, executors. Returns the job with configuration.
tidemill::sdk::JobBuilder AddOpTour(tidemill::sdk::Definitions& defs);

/// What starts runs by itself: schedules and sensors of the two jobs.
void AddAutomation(tidemill::sdk::Definitions& defs, const tidemill::sdk::JobBuilder& pipeline,
                   const tidemill::sdk::JobBuilder& configured);

/// Many small steps, to measure what an orchestrator costs a step.
void AddFanout(tidemill::sdk::Definitions& defs);

}  // namespace demo
