#include "yaml_section.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/yaml.h>

#include <tidemill/base/error.h>

namespace tidemill::instance {
namespace {

constexpr int kMaxValues = 100'000;

int LineOfNode(const YAML::Node& node) { return node.Mark().line + 1; }

[[noreturn]] void FailAt(const YamlFile& file, int line, std::string_view message) {
  throw Error(Code::kInvalidArgument, fmt::format("{}:{}: {}", file.name, line, message));
}

/// Not quoted and without a tag: its text decides its type.
bool IsPlain(const YAML::Node& node) { return node.Tag() == "?" || node.Tag().empty(); }

bool IsNothing(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return true;
  if (!node.IsScalar() || !IsPlain(node)) return false;
  const std::string& text = node.Scalar();
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::optional<bool> AsBool(std::string_view text) {
  for (const std::string_view word : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> AsInt(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  std::string_view rest = digits;
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
  int base = 10;
  if (rest.starts_with("0x")) base = 16;
  if (rest.starts_with("0b")) base = 2;
  if (base != 10) {
    rest.remove_prefix(2);
  } else if (rest.size() > 1 && rest.front() == '0') {
    base = 8;
    rest.remove_prefix(1);
  }
  if (rest.empty() || rest.front() == '-' || rest.front() == '+') return std::nullopt;
  const std::string signed_digits = fmt::format("{}{}", is_negative ? "-" : "", rest);
  std::int64_t value = 0;
  const char* end = signed_digits.data() + signed_digits.size();
  const auto [stop, error] = std::from_chars(signed_digits.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> AsFloat(std::string_view text) {
  for (const std::string_view word : {".inf", "+.inf", ".Inf", ".INF"}) {
    if (text == word) return std::numeric_limits<double>::infinity();
  }
  if (text == "-.inf" || text == "-.Inf" || text == "-.INF") return -std::numeric_limits<double>::infinity();
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::numeric_limits<double>::quiet_NaN();
  // PyYAML wants a point, and a sign in the exponent.
  if (text.find('.') == std::string_view::npos || text.find_first_of("0123456789") == std::string_view::npos) {
    return std::nullopt;
  }
  std::string digits(text);
  std::erase(digits, '_');
  if (digits.starts_with('+')) digits.erase(0, 1);
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, std::chars_format::general);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

json::Value ScalarToJson(const YAML::Node& node) {
  if (IsNothing(node)) return nullptr;
  const std::string& text = node.Scalar();
  if (!IsPlain(node)) return text;
  if (const auto value = AsBool(text)) return *value;
  if (const auto value = AsInt(text)) return *value;
  if (const auto value = AsFloat(text)) return *value;
  return text;
}

json::Value Convert(const YamlFile& file, const YAML::Node& node, int& budget) {
  if (--budget < 0) FailAt(file, LineOfNode(node), "aliases make this document too large");
  if (node.IsMap()) {
    json::Object object;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) FailAt(file, LineOfNode(member.first), "a key must be a text");
      object.Set(member.first.Scalar(), Convert(file, member.second, budget));
    }
    return object;
  }
  if (node.IsSequence()) {
    json::Array array;
    for (const auto& item : node) array.push_back(Convert(file, item, budget));
    return array;
  }
  return ScalarToJson(node);
}

std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

Section::Section(const YamlFile& file, const YAML::Node& node, std::string path)
    : file_(&file), node_(node), path_(std::move(path)) {
  if (IsNothing(node_)) {
    node_.reset(YAML::Node(YAML::NodeType::Map));
    return;
  }
  if (!node_.IsMap()) {
    FailAt(*file_, LineOfNode(node_), fmt::format("{} must be a mapping", path_.empty() ? "the file" : path_));
  }
}

YAML::Node Section::Find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  for (const auto& member : node_) {
    if (member.first.IsScalar() && member.first.Scalar() == key) return member.second;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

bool Section::Has(std::string_view key) { return !IsNothing(Find(key)); }
YAML::Node Section::Raw(std::string_view key) { return Find(key); }

bool Section::IsScalar(std::string_view key) {
  const YAML::Node node = Find(key);
  return node.IsDefined() && node.IsScalar();
}

std::optional<bool> Section::Bool(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  const auto value = node.IsScalar() && IsPlain(node) ? AsBool(node.Scalar()) : std::nullopt;
  if (!value) Fail(key, "must be true or false");
  return value;
}

std::optional<std::int64_t> Section::Int(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  const auto value = node.IsScalar() && IsPlain(node) ? AsInt(node.Scalar()) : std::nullopt;
  if (!value) Fail(key, "must be an integer");
  return value;
}

std::optional<double> Section::Float(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  if (node.IsScalar() && IsPlain(node)) {
    if (const auto value = AsFloat(node.Scalar())) return value;
    if (const auto value = AsInt(node.Scalar())) return static_cast<double>(*value);
  }
  Fail(key, "must be a number");
}

std::optional<std::string> Section::String(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  if (!node.IsScalar() || !ScalarToJson(node).is_string()) Fail(key, "must be a text");
  return node.Scalar();
}

std::optional<YAML::Node> Section::Source(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  if (!node.IsMap()) return node;
  Section source(*file_, node, PathOf(key));
  const auto name = source.String("env");
  if (!name) source.Fail("env", "must name a variable of the environment");
  source.Finish();
  auto value = file_->environment(*name);
  if (!value) Fail(key, fmt::format("the environment has no variable {}; set it before the start", *name));
  YAML::Node text(*value);
  text.SetTag("?");
  return text;
}

std::optional<bool> Section::BoolSource(std::string_view key) {
  const auto node = Source(key);
  if (!node) return std::nullopt;
  const auto value = node->IsScalar() ? AsBool(node->Scalar()) : std::nullopt;
  if (!value) Fail(key, "must be true, false or {env: NAME}");
  return value;
}

std::optional<std::int64_t> Section::IntSource(std::string_view key) {
  const auto node = Source(key);
  if (!node) return std::nullopt;
  const auto value = node->IsScalar() ? AsInt(node->Scalar()) : std::nullopt;
  if (!value) Fail(key, "must be an integer or {env: NAME}");
  return value;
}

std::optional<std::string> Section::StringSource(std::string_view key) {
  const auto node = Source(key);
  if (!node) return std::nullopt;
  if (!node->IsScalar()) Fail(key, "must be a text or {env: NAME}");
  return node->Scalar();
}

std::optional<json::Object> Section::Object(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  if (!node.IsMap()) Fail(key, "must be a mapping");
  return instance::ToJson(*file_, node).AsObject();
}

std::optional<Section> Section::Child(std::string_view key) {
  const YAML::Node node = Find(key);
  if (IsNothing(node)) return std::nullopt;
  return Section(*file_, node, PathOf(key));
}

std::vector<Section> Section::Children(std::string_view key) {
  const YAML::Node node = Find(key);
  std::vector<Section> children;
  if (IsNothing(node)) return children;
  if (!node.IsSequence()) Fail(key, "must be a list");
  for (const auto& item : node)
    children.emplace_back(*file_, item, fmt::format("{}[{}]", PathOf(key), children.size()));
  return children;
}

std::vector<std::string> Section::Strings(std::string_view key) {
  const YAML::Node node = Find(key);
  std::vector<std::string> texts;
  if (IsNothing(node)) return texts;
  if (!node.IsSequence()) Fail(key, "must be a list of texts");
  for (const auto& item : node) {
    if (!item.IsScalar() || !ScalarToJson(item).is_string()) Fail(key, "must be a list of texts");
    texts.push_back(item.Scalar());
  }
  return texts;
}

void Section::Finish() const {
  for (const auto& member : node_) {
    if (!member.first.IsScalar()) FailAt(*file_, LineOfNode(member.first), "a key must be a text");
    const std::string& key = member.first.Scalar();
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const auto nearest = Nearest(key, known_);
    const std::string hint = nearest ? fmt::format("; did you mean \"{}\"?", *nearest)
                                     : fmt::format("; known are {}", fmt::join(known_, ", "));
    const std::string where = path_.empty() ? std::string() : fmt::format(" in {}", path_);
    FailAt(*file_, LineOfNode(member.first), fmt::format("unknown key \"{}\"{}{}", key, where, hint));
  }
}

json::Object Section::ToJson() const { return instance::ToJson(*file_, node_).AsObject(); }

int Section::line() const { return LineOfNode(node_); }

int Section::LineOf(std::string_view key) const {
  for (const auto& member : node_) {
    if (member.first.IsScalar() && member.first.Scalar() == key) return LineOfNode(member.first);
  }
  return line();
}

std::string Section::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void Section::Fail(std::string_view key, std::string_view message) const {
  FailAt(*file_, LineOf(key), fmt::format("{}: {}", PathOf(key), message));
}

Section ParseYaml(const YamlFile& file, std::string_view text) {
  YAML::Node root;
  try {
    root = YAML::Load(std::string(text));
  } catch (const YAML::Exception& error) {
    FailAt(file, error.mark.line + 1, fmt::format("this is no YAML: {}", error.msg));
  }
  return Section(file, root, "");
}

json::Value ToJson(const YamlFile& file, const YAML::Node& node) {
  int budget = kMaxValues;
  return Convert(file, node, budget);
}

std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& known) {
  std::optional<std::string> nearest;
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = Distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace tidemill::instance
