#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidemill::model {

/// An exception as data (Dagster's SerializableErrorInfo).
struct ErrorInfo {
  /// "Class: text\n".
  std::string message;
  /// Frames, outermost first; each ends in a newline.
  std::vector<std::string> stack;
  std::optional<std::string> cls_name;
  /// What this one was raised from, and what was being handled when it was raised. Shared because errors are copied
  /// into the step's and the run's events.
  std::shared_ptr<const ErrorInfo> cause;
  std::shared_ptr<const ErrorInfo> context;
};

}  // namespace tidemill::model
