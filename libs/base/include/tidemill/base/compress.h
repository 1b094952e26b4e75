#pragma once

#include <string>
#include <string_view>

namespace tidemill {

enum class Packing { kZlib, kGzip };  ///< RFC 1950, RFC 1952.

/// `level` is 1 (fast) to 9 (small).
std::string Compress(std::string_view bytes, Packing packing, int level);

/// Throws Error(kDataLoss) if `bytes` is not one whole stream of that kind.
std::string Decompress(std::string_view bytes, Packing packing);

/// zlib (RFC 1950) at level 6, as Dagster stores snapshot bodies.
std::string ZlibCompress(std::string_view bytes);

/// Throws Error(kDataLoss) if `bytes` is not one whole zlib stream.
std::string ZlibDecompress(std::string_view bytes);

}  // namespace tidemill
