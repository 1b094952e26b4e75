#pragma once

#include <tidemill/serdes/serdes.h>

#include "classes.h"

namespace tidemill::serdes {

template <class T>
std::string_view External<T>::Name() {
  return Described<T>::Name();
}
template <class T>
void External<T>::Write(std::string& out, const T& value) {
  Described<T>::Write(out, value);
}
template <class T>
T External<T>::Read(const json::Value& value) {
  if constexpr (kWhenUnreadable<T> != nullptr) {
    try {
      return Described<T>::Read(value);
    } catch (const Error& error) {
      const json::Value* name = value.Find("__class__");
      if (name == nullptr || !name->is_string() || name->AsString() != Name()) throw;
      return kWhenUnreadable<T>(value, error);
    }
  } else {
    return Described<T>::Read(value);
  }
}

template <class T>
void EncodeTo(std::string& out, const T& value) {
  Codec<T>::Write(out, value);
}

template <class T>
std::string Encode(const T& value) {
  std::string out;
  Codec<T>::Write(out, value);
  return out;
}

template <class T>
T Decode(std::string_view text) {
  return Codec<T>::Read(json::Parse(text));
}

template <class T>
T FromJson(const json::Value& value) {
  return Codec<T>::Read(value);
}

template <class T>
json::Value ToJson(const T& value) {
  return json::Parse(Encode(value));
}

}  // namespace tidemill::serdes

/// Puts the public functions for one type into this object file.
#define TIDEMILL_SERDES_INSTANTIATE(Type)                  \
  template void EncodeTo<Type>(std::string&, const Type&); \
  template std::string Encode<Type>(const Type&);          \
  template Type Decode<Type>(std::string_view);            \
  template Type FromJson<Type>(const json::Value&);        \
  template json::Value ToJson<Type>(const Type&)
