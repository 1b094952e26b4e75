#include "event_cursor.h"

#include <boost/beast/core/detail/base64.hpp>
#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

namespace tidemill::api {

namespace base64 = boost::beast::detail::base64;

std::string StorageIdCursor(std::int64_t storage_id) {
  const std::string text = json::Dump(json::Object{{"type", "STORAGE_ID"}, {"value", storage_id}});
  std::string encoded(base64::encoded_size(text.size()), '\0');
  encoded.resize(base64::encode(encoded.data(), text.data(), text.size()));
  return encoded;
}

std::int64_t StorageIdOf(std::string_view cursor) {
  std::string text(base64::decoded_size(cursor.size()), '\0');
  text.resize(base64::decode(text.data(), cursor.data(), cursor.size()).first);
  try {
    const json::Value value = json::Parse(text);
    if (value.AsObject().At("type").AsString() == "STORAGE_ID") return value.AsObject().At("value").AsInt();
  } catch (const Error&) {  // Told below, with the text that was given.
  }
  throw Error(Code::kInvalidArgument, fmt::format("\"{}\" is no cursor of an earlier answer", cursor));
}

}  // namespace tidemill::api
