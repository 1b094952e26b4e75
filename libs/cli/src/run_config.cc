#include "run_config.h"

#include <fmt/format.h>
#include <glob.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/config/yaml.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

/// Lays `over` on `under`: objects join member by member, anything else replaces.
void Merge(json::Value& under, json::Value over) {
  if (!under.is_object() || !over.is_object()) {
    under = std::move(over);
    return;
  }
  json::Object& target = under.AsObject();
  for (auto& [key, value] : over.AsObject()) {
    if (json::Value* present = target.Find(key)) {
      Merge(*present, std::move(value));
    } else {
      target.Append(key, std::move(value));
    }
  }
}

/// The files that a pattern names, sorted; a text without a match is taken as a path.
std::vector<std::string> FilesOf(const std::string& pattern) {
  glob_t found{};
  const int failed = ::glob(pattern.c_str(), GLOB_NOCHECK, nullptr, &found);
  std::vector<std::string> files;
  if (failed == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return files;
}

json::Value ReadOne(std::string_view text, const std::string& place) {
  json::Value value;
  try {
    value = config::ParseYaml(text, place);
  } catch (const Error& error) {
    ThrowUsage(error.what());
  }
  if (value.is_null()) return json::Object{};
  if (!value.is_object()) {
    ThrowUsage(fmt::format("{}: run configuration is an object (ops:, resources:, execution: ...), this is {} {}",
                           place, value.is_array() || value.is_int() ? "an" : "a", json::TypeName(value)));
  }
  return value;
}

bool IsInline(const std::string& text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string::npos && text[start] == '{';
}

}  // namespace

json::Value ReadRunConfig(const RunOptions& options) {
  if (options.config_json) {
    if (!options.config.empty()) ThrowUsage("--config and --config-json exclude each other");
    try {
      json::Value value = json::Parse(*options.config_json);
      if (value.is_object()) return value;
    } catch (const Error& error) {
      ThrowUsage(fmt::format("--config-json: {}", error.what()));
    }
    ThrowUsage("--config-json: run configuration is a JSON object");
  }
  json::Value merged = json::Object{};
  for (const std::string& item : options.config) {
    if (IsInline(item)) {
      Merge(merged, ReadOne(item, "--config"));
      continue;
    }
    for (const std::string& file : FilesOf(item)) {
      std::string text;
      try {
        text = ReadFile(file);
      } catch (const Error& error) {
        ThrowUsage(fmt::format("--config: {}", error.what()));
      }
      Merge(merged, ReadOne(text, file));
    }
  }
  return merged;
}

model::Tags ReadTags(const std::vector<std::string>& texts) {
  model::Tags tags;
  for (const std::string& text : texts) {
    if (!IsInline(text)) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) {
        ThrowUsage(fmt::format("--tags '{}': a JSON object of text, or key=value", text));
      }
      model::SetTag(tags, text.substr(0, equals), text.substr(equals + 1));
      continue;
    }
    try {
      for (const auto& [key, value] : json::Parse(text).AsObject()) {
        model::SetTag(tags, key, value.is_string() ? value.AsString() : json::Dump(value));
      }
    } catch (const Error& error) {
      ThrowUsage(fmt::format("--tags: {}", error.what()));
    }
  }
  return tags;
}

}  // namespace tidemill::cli
