#pragma once

#include <string>
#include <string_view>

namespace tidemill {

/// zlib (RFC 1950) at level 6, as Dagster stores snapshot bodies.
std::string ZlibCompress(std::string_view bytes);

/// Throws Error(kDataLoss) if `bytes` is not one whole zlib stream.
std::string ZlibDecompress(std::string_view bytes);

}  // namespace tidemill
