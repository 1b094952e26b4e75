#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/engine/compute_logs.h>

namespace tidemill::engine {
namespace {

/// Points `target` (1 or 2) at the file; returns what it was before.
FileDescriptor Redirect(int target, const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.is_open()) ThrowErrno(fmt::format("cannot open compute log {}", path.string()), errno);
  FileDescriptor saved(::fcntl(target, F_DUPFD_CLOEXEC, 3));
  if (::dup2(file.get(), target) < 0) ThrowErrno(fmt::format("cannot redirect to {}", path.string()), errno);
  return saved;
}

void Restore(int target, FileDescriptor saved) {
  if (saved.is_open()) {
    ::dup2(saved.get(), target);
  } else {
    ::close(target);
  }
}

}  // namespace

ComputeLogCapture::ComputeLogCapture(std::filesystem::path folder, std::string key)
    : folder_(std::move(folder)), key_(std::move(key)) {
  std::filesystem::create_directories(folder_);
  std::fflush(nullptr);
  saved_out_ = Redirect(STDOUT_FILENO, folder_ / (key_ + ".out"));
  saved_err_ = Redirect(STDERR_FILENO, folder_ / (key_ + ".err"));
}

void MarkLogComplete(const std::filesystem::path& folder, const std::string& key) {
  const FileDescriptor complete(::open((folder / (key + ".complete")).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

ComputeLogCapture::~ComputeLogCapture() {
  std::fflush(nullptr);
  Restore(STDOUT_FILENO, std::move(saved_out_));
  Restore(STDERR_FILENO, std::move(saved_err_));
  MarkLogComplete(folder_, key_);
}

std::filesystem::path ComputeLogFolder(const std::filesystem::path& root, const std::string& run_id) {
  return root / run_id / "compute_logs";
}

}  // namespace tidemill::engine
