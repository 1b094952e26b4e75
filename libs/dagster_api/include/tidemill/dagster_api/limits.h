#pragma once

#include <cstddef>

namespace tidemill::dagster_api {

/// The largest message either side sends or takes, in bytes.
inline constexpr int kMaxMessageBytes = 100'000'000;

/// A streamed text is cut after so many characters. Serdes text is ASCII, so these are bytes too.
inline constexpr std::size_t kChunkCharacters = 4'000'000;

/// The service that the health check is asked for.
inline constexpr const char* kHealthService = "DagsterApi";

}  // namespace tidemill::dagster_api
