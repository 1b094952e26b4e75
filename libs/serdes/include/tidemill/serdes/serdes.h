#pragma once

#include <string>
#include <string_view>

#include <tidemill/base/hash.h>
#include <tidemill/base/json.h>

namespace tidemill::serdes {

/// Dagster's serdes text of a model value: sorted keys, Python's separators and escapes, historic class names. Hashes
/// are over exactly this text. Instantiated for the types that the module's README lists.
template <class T>
std::string Encode(const T& value);

/// Appends the same text to `out`.
template <class T>
void EncodeTo(std::string& out, const T& value);

/// Reads a serdes text: unknown fields are passed over, missing ones take their default. Throws
/// Error(kInvalidArgument) that names class and field if the text is not one of a T.
template <class T>
T Decode(std::string_view text);

template <class T>
T FromJson(const json::Value& value);

/// The same as Parse(Encode(value)), for embedding in other JSON.
template <class T>
json::Value ToJson(const T& value);

/// Dagster's snapshot id: SHA-1 of the serdes text.
template <class T>
std::string SnapshotId(const T& value) {
  return Sha1Hex(Encode(value));
}

}  // namespace tidemill::serdes
