#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

namespace tidemill {

void ThrowErrno(std::string_view what, int error_number) {
  Code code = Code::kUnavailable;
  switch (error_number) {
    case ENOENT:
      code = Code::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Code::kPermissionDenied;
      break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      code = Code::kResourceExhausted;
      break;
    default:
      break;
  }
  throw Error(code, fmt::format("{}: {}", what, std::strerror(error_number)));
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = other.Release();
  }
  return *this;
}

int FileDescriptor::Release() { return std::exchange(fd_, -1); }

void FileDescriptor::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string ReadFile(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) ThrowErrno(fmt::format("cannot open {}", path.string()), errno);
  std::string content;
  while (true) {
    const std::size_t start = content.size();
    content.resize(start + 65536);
    const ssize_t got = ::read(file.get(), content.data() + start, 65536);
    if (got < 0) ThrowErrno(fmt::format("cannot read {}", path.string()), errno);
    content.resize(start + static_cast<std::size_t>(got));
    if (got == 0) return content;
  }
}

namespace {

/// Most often only the last part is missing.
void MakeFolder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0777) == 0) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) ThrowErrno(fmt::format("cannot make folder {}", folder.string()), error.value());
}

}  // namespace

void WriteFileAtomic(const std::filesystem::path& path, std::string_view content) {
  static std::atomic<unsigned> counter = 0;
  const std::filesystem::path draft = fmt::format("{}.{}.{}.tmp", path.string(), ::getpid(), counter++);
  const auto open_draft = [&] { return ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); };
  FileDescriptor file(open_draft());
  if (!file.is_open() && errno == ENOENT && path.has_parent_path()) {
    MakeFolder(path.parent_path());
    file = FileDescriptor(open_draft());
  }
  if (!file.is_open()) ThrowErrno(fmt::format("cannot write {}", path.string()), errno);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int cause = errno;
      ::unlink(draft.c_str());
      ThrowErrno(fmt::format("cannot write {}", path.string()), cause);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  file.Close();
  if (::rename(draft.c_str(), path.c_str()) != 0) {
    const int cause = errno;
    ::unlink(draft.c_str());
    ThrowErrno(fmt::format("cannot write {}", path.string()), cause);
  }
}

}  // namespace tidemill
