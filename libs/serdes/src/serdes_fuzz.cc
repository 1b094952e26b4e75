// A text that decodes must encode to one that decodes to the same text; any other is an Error.
#include <cstdint>
#include <cstdlib>

#include <tidemill/base/error.h>
#include <tidemill/model/events.h>
#include <tidemill/model/repository_snap.h>
#include <tidemill/model/runs.h>
#include <tidemill/serdes/serdes.h>

namespace {

using namespace tidemill;

template <class T>
void Check(const json::Value& value) {
  std::string text;
  try {
    text = serdes::Encode(serdes::FromJson<T>(value));
  } catch (const Error&) {
    return;
  }
  if (serdes::Encode(serdes::Decode<T>(text)) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  json::Value value;
  try {
    value = json::Parse({reinterpret_cast<const char*>(data), size});
  } catch (const Error&) {
    return 0;
  }
  Check<model::EventLogEntry>(value);
  Check<model::Run>(value);
  Check<model::JobSnap>(value);
  Check<model::RepositorySnap>(value);
  return 0;
}
