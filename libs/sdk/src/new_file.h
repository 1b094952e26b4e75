#pragma once

#include <filesystem>
#include <string_view>

namespace tidemill::sdk {

/// Writes a file that nobody reads before it is whole, in fewer steps than WriteFileAtomic. False, and nothing is
/// written, if the path is taken. Makes missing folders; throws Error as WriteFileAtomic. A crash may leave a part of
/// the content.
bool WriteNewFile(const std::filesystem::path& path, std::string_view content);

}  // namespace tidemill::sdk
