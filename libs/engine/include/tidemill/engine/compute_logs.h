#pragma once

#include <filesystem>
#include <string>

#include <tidemill/base/file.h>

namespace tidemill::engine {

/// Sends this process's standard output and error to a step's compute logs, `<folder>/<key>.out` and `.err`, while it
/// lives; then puts them back and leaves `<key>.complete`, by which readers know that nothing more comes. One a process
/// at a time.
class ComputeLogCapture final {
 public:
  /// Makes the folder. Throws Error that names the file if it cannot be written.
  ComputeLogCapture(std::filesystem::path folder, std::string key);
  ~ComputeLogCapture();
  ComputeLogCapture(const ComputeLogCapture&) = delete;
  ComputeLogCapture& operator=(const ComputeLogCapture&) = delete;

  const std::string& key() const { return key_; }

 private:
  std::filesystem::path folder_;
  std::string key_;
  FileDescriptor saved_out_;
  FileDescriptor saved_err_;
};

/// Leaves `<key>.complete` for a capture that its process will not end.
void MarkLogComplete(const std::filesystem::path& folder, const std::string& key);

/// Where Dagster's local compute-log manager keeps a run's logs: `<root>/<run_id>/compute_logs`.
std::filesystem::path ComputeLogFolder(const std::filesystem::path& root, const std::string& run_id);

}  // namespace tidemill::engine
