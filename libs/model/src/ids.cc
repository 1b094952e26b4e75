#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>
#include <tidemill/base/json.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/instigators.h>
#include <tidemill/model/metadata.h>

namespace tidemill::model {

std::string AssetKey::ToUserString() const {
  std::string text;
  for (const std::string& part : path) {
    if (&part != &path.front()) text.push_back('/');
    for (const char c : part) {
      if (c == '/' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
  }
  return text;
}

AssetKey AssetKey::FromUserString(std::string_view text) {
  AssetKey key;
  key.path.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      key.path.emplace_back();
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      key.path.back().push_back(text[i]);
    }
  }
  return key;
}

std::string AssetKey::ToColumn() const {
  std::string text = "[";
  for (const std::string& part : path) {
    if (&part != &path.front()) text.append(", ");
    json::AppendQuoted(text, part);
  }
  text.push_back(']');
  return text;
}

std::optional<AssetKey> AssetKey::FromColumn(std::string_view column) {
  try {
    AssetKey key;
    for (const json::Value& part : json::Parse(column).AsArray()) key.path.push_back(part.AsString());
    return key;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string AssetCheckKey::ToUserString() const { return asset_key.ToUserString() + ":" + name; }

std::string NodeHandle::ToString() const { return fmt::format("{}", fmt::join(path, ".")); }

NodeHandle NodeHandle::FromString(std::string_view text) {
  NodeHandle handle;
  handle.path.emplace_back();
  for (const char c : text) {
    if (c == '.') {
      handle.path.emplace_back();
    } else {
      handle.path.back().push_back(c);
    }
  }
  return handle;
}

NodeHandle NodeHandle::Child(std::string_view name) const {
  NodeHandle child = *this;
  child.path.emplace_back(name);
  return child;
}

const std::string* FindTag(const Tags& tags, std::string_view key) {
  for (const auto& [name, value] : tags) {
    if (name == key) return &value;
  }
  return nullptr;
}

void SetTag(Tags& tags, std::string_view key, std::string value) {
  for (auto& [name, present] : tags) {
    if (name == key) {
      present = std::move(value);
      return;
    }
  }
  tags.emplace_back(key, std::move(value));
}

std::string InstigatorSelectorId(std::string_view location, std::string_view repository, std::string_view name) {
  return Sha1Hex(json::Dump(json::Object{{"__class__", "InstigatorSelector"},
                                         {"location_name", location},
                                         {"name", name},
                                         {"repository_name", repository}}));
}

std::string RepositorySelectorId(std::string_view location, std::string_view repository) {
  return Sha1Hex(json::Dump(
      json::Object{{"__class__", "RepositorySelector"}, {"location_name", location}, {"repository_name", repository}}));
}

}  // namespace tidemill::model

std::size_t std::hash<tidemill::model::AssetKey>::operator()(const tidemill::model::AssetKey& key) const noexcept {
  std::size_t seed = key.path.size();
  for (const std::string& part : key.path) {
    seed ^= std::hash<std::string>()(part) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
  }
  return seed;
}
