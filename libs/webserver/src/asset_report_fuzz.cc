#include <cstddef>
#include <cstdint>
#include <string>

#include <tidemill/base/error.h>

#include "asset_report.h"

// The first byte chooses the kind of the report; a line is the key, the next one the query, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemill;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t key_end = text.find('\n');
  if (key_end == std::string::npos) return 0;
  const std::size_t query_end = text.find('\n', key_end + 1);
  if (query_end == std::string::npos) return 0;
  http::Request request;
  request.captures = {{"key", text.substr(0, key_end)}};
  request.query = text.substr(key_end + 1, query_end - key_end - 1);
  request.body = text.substr(query_end + 1);
  if (!request.body.empty()) request.headers.Add("Content-Type", "application/json");
  try {
    webserver::ReadAssetReport(static_cast<webserver::ReportKind>(data[0] % 3), request);
  } catch (const Error& error) {
    if (error.code() != Code::kInvalidArgument) throw;
  }
  return 0;
}
