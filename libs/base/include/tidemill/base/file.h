#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tidemill {

/// The whole file. Throws Error(kNotFound) if there is none, Error(kUnavailable) that names path and cause otherwise.
std::string ReadFile(const std::filesystem::path& path);

/// Replaces the file as one step: a reader sees the old or the new content, also after a crash of the process. Makes
/// missing folders. Throws Error(kResourceExhausted) on a full disk, Error(kPermissionDenied), Error(kUnavailable).
void WriteFileAtomic(const std::filesystem::path& path, std::string_view content);

/// Owns a POSIX file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { Close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  int Release();
  void Close();

 private:
  int fd_ = -1;
};

/// Error for a failed system call: code by errno, message "<what>: <strerror>".
[[noreturn]] void ThrowErrno(std::string_view what, int error_number);

}  // namespace tidemill
