#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/instance/instance.h>

namespace tidemill::api {

/// CapturedLogs: what a step wrote to its standard output and error.
struct CapturedLogs {
  std::vector<std::string> log_key;
  std::optional<std::string> out;
  std::optional<std::string> err;
  std::string cursor;
};

/// Both streams from `cursor` on (Dagster's "<bytes of out>:<bytes of err>"; nothing: from the beginning), at most
/// `limit` bytes of each. Throws Error(kInvalidArgument) for a cursor that is none, or a key that leaves the folder.
CapturedLogs ReadCapturedLogs(const instance::Instance& instance, std::vector<std::string> log_key,
                              const std::optional<std::string>& cursor, std::optional<std::int64_t> limit);

/// Bytes that are no UTF-8 as U+FFFD, as Python's decoder puts it.
std::string ReplaceInvalidUtf8(std::string_view bytes);

void BindCapturedLogs(graphql::Schema& schema);

}  // namespace tidemill::api
