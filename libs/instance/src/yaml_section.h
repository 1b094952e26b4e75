#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include <tidemill/base/json.h>
#include <tidemill/instance/config.h>

namespace tidemill::instance {

/// What all sections of one file share.
struct YamlFile {
  std::string name;
  const EnvironmentLookup& environment;
};

/// A mapping of a YAML file, read key by key; every key that is asked for is known, Finish refuses the others.
/// Values follow YAML 1.1 as PyYAML reads it. Each reader gives nothing for a missing key or null, and throws
/// Error(kInvalidArgument) "file:line: section.key: …" for another type.
class Section {  // NOLINT(bugprone-exception-escape): YAML::Node's assignment throws for invalid nodes only.
 public:
  /// Throws if `node` is no mapping; a null is an empty one.
  Section(const YamlFile& file, const YAML::Node& node, std::string path);

  bool Has(std::string_view key);
  std::optional<bool> Bool(std::string_view key);
  std::optional<std::int64_t> Int(std::string_view key);
  std::optional<double> Float(std::string_view key);
  std::optional<std::string> String(std::string_view key);
  /// A scalar or {env: NAME}.
  std::optional<bool> BoolSource(std::string_view key);
  std::optional<std::int64_t> IntSource(std::string_view key);
  std::optional<std::string> StringSource(std::string_view key);
  std::optional<json::Object> Object(std::string_view key);
  std::optional<Section> Child(std::string_view key);
  std::vector<Section> Children(std::string_view key);
  std::vector<std::string> Strings(std::string_view key);
  /// The value where either a scalar or a mapping is allowed.
  YAML::Node Raw(std::string_view key);
  bool IsScalar(std::string_view key);

  void Finish() const;
  json::Object ToJson() const;

  int line() const;
  int LineOf(std::string_view key) const;
  std::string PathOf(std::string_view key) const;
  [[noreturn]] void Fail(std::string_view key, std::string_view message) const;

 private:
  YAML::Node Find(std::string_view key);
  /// The text that {env: NAME} stands for, else of the scalar itself.
  std::optional<YAML::Node> Source(std::string_view key);

  const YamlFile* file_;
  YAML::Node node_;
  std::string path_;
  std::vector<std::string> known_;
};

/// Throws Error(kInvalidArgument) with file and line if the text is no YAML or no mapping.
Section ParseYaml(const YamlFile& file, std::string_view text);

/// Throws for values that JSON has not (keys that are no scalars) and for documents that grow beyond reason by aliases.
json::Value ToJson(const YamlFile& file, const YAML::Node& node);

/// The entry of `known` that is nearest to `word` by edit distance, if it is near at all.
std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace tidemill::instance
