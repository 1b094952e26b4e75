#pragma once

#include <string>
#include <string_view>

namespace tidemill {

/// Lower-case hexadecimal digests. Dagster's snapshot and selector ids are SHA-1, its data versions SHA-256, its atomic
/// execution unit ids MD5; none of them is used for security.
std::string Sha1Hex(std::string_view bytes);
std::string Sha256Hex(std::string_view bytes);
std::string Md5Hex(std::string_view bytes);

}  // namespace tidemill
