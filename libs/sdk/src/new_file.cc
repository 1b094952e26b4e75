#include "new_file.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tidemill/base/file.h>

namespace tidemill::sdk {
namespace {

/// Removes the file and throws.
[[noreturn]] void GiveUp(const std::filesystem::path& path, int cause) {
  ::unlink(path.c_str());
  ThrowErrno(fmt::format("cannot write {}", path.string()), cause);
}

void MakeFolder(const std::filesystem::path& folder) {
  if (folder.empty() || ::mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) ThrowErrno(fmt::format("cannot make folder {}", folder.string()), error.value());
}

}  // namespace

bool WriteNewFile(const std::filesystem::path& path, std::string_view content) {
  // A new file mostly stands in a new folder: trying to open it first would be for nothing.
  MakeFolder(path.parent_path());
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.is_open()) {
    if (errno == EEXIST) return false;
    ThrowErrno(fmt::format("cannot write {}", path.string()), errno);
  }
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) GiveUp(path, errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace tidemill::sdk
