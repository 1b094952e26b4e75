#include <charconv>
#include <limits>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <tidemill/base/error.h>
#include <tidemill/config/yaml.h>

namespace tidemill::config {
namespace {

constexpr int kMaxDepth = 256;
/// Aliases are copied out: a small text could become any size.
constexpr std::size_t kMaxValues = 200'000;
/// A longer plain scalar is text: std::regex recurses with each character.
constexpr std::size_t kMaxNumber = 1000;

std::string WithoutUnderscores(std::string text) {
  std::erase(text, '_');
  return text;
}

/// Digits of base 2, 8, 10 or 16, with a sign; a decimal beyond int64 stays exact.
json::Value Integer(const std::string& text, std::size_t prefix, int base) {
  const bool negative = text.front() == '-';
  const std::size_t start = (text.front() == '-' || text.front() == '+' ? 1 : 0) + prefix;
  const std::string digits = (negative ? "-" : "") + text.substr(start);
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (failed == std::errc() && end == digits.data() + digits.size()) return value;
  if (base == 10) return json::BigInt{digits};
  throw Error(Code::kOutOfRange, fmt::format("{} is beyond 64 bits", text));
}

/// "1:30" and "190:20:30.15": base 60, as YAML 1.1 has it.
double Sexagesimal(std::string text) {
  const bool negative = text.front() == '-';
  if (text.front() == '-' || text.front() == '+') text.erase(0, 1);
  double value = 0;
  std::size_t start = 0;
  while (true) {
    const std::size_t colon = text.find(':', start);
    value = value * 60 + std::stod(text.substr(start, colon - start));
    if (colon == std::string::npos) return negative ? -value : value;
    start = colon + 1;
  }
}

/// A plain scalar by the rules of YAML 1.1 as PyYAML's SafeLoader applies them, without its dates.
json::Value PlainScalar(const std::string& text) {
  static const std::set<std::string> kTrue{"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  static const std::set<std::string> kFalse{"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  static const std::set<std::string> kNull{"", "~", "null", "Null", "NULL"};
  if (kNull.count(text)) return nullptr;
  if (kTrue.count(text)) return true;
  if (kFalse.count(text)) return false;
  // Only what starts like a number is worth the expressions.
  if (std::string_view("+-.0123456789").find(text.front()) == std::string_view::npos) return text;
  if (text.size() > kMaxNumber) return text;
  static const std::regex kBinary("[-+]?0b[0-1_]+");
  static const std::regex kOctal("[-+]?0[0-7_]+");
  static const std::regex kDecimal("[-+]?(?:0|[1-9][0-9_]*)");
  static const std::regex kHex("[-+]?0x[0-9a-fA-F_]+");
  static const std::regex kSexagesimalInt("[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+");
  static const std::regex kFloat(
      "[-+]?(?:[0-9][0-9_]*)\\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?");
  static const std::regex kSexagesimal("[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*");
  static const std::regex kInfinity("[-+]?\\.(?:inf|Inf|INF)");
  static const std::regex kNan("\\.(?:nan|NaN|NAN)");
  const std::string clean = WithoutUnderscores(text);
  if (std::regex_match(text, kDecimal)) return Integer(clean, 0, 10);
  if (std::regex_match(text, kOctal)) return Integer(clean, 1, 8);
  if (std::regex_match(text, kHex)) return Integer(clean, 2, 16);
  if (std::regex_match(text, kBinary)) return Integer(clean, 2, 2);
  if (std::regex_match(text, kSexagesimalInt)) return static_cast<std::int64_t>(Sexagesimal(clean));
  if (std::regex_match(text, kFloat)) return std::stod(clean);
  if (std::regex_match(text, kSexagesimal)) return Sexagesimal(clean);
  const double infinity = std::numeric_limits<double>::infinity();
  if (std::regex_match(text, kInfinity)) return text.front() == '-' ? -infinity : infinity;
  if (std::regex_match(text, kNan)) return std::numeric_limits<double>::quiet_NaN();
  return text;
}

[[noreturn]] void ThrowAt(const YAML::Mark& mark, const std::string& place, const std::string& what) {
  throw Error(Code::kInvalidArgument, fmt::format("{}:{}:{}: {}", place, mark.line + 1, mark.column + 1, what));
}

/// Copies one document's nodes; errors name the place.
class Converter {
 public:
  explicit Converter(const std::string& place) : place_(place) {}

  json::Value Convert(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth) ThrowAt(node.Mark(), place_, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (++values_ > kMaxValues) ThrowAt(node.Mark(), place_, fmt::format("more than {} values", kMaxValues));
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return nullptr;
      case YAML::NodeType::Map:
        return ConvertMap(node, depth);
      case YAML::NodeType::Sequence: {
        json::Array items;
        for (const YAML::Node& item : node) items.push_back(Convert(item, depth + 1));
        return items;
      }
      case YAML::NodeType::Scalar:
        break;
    }
    return ConvertScalar(node);
  }

 private:
  json::Value ConvertMap(const YAML::Node& node, int depth) {
    json::Object own;
    json::Object merged;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) ThrowAt(entry.first.Mark(), place_, "a key must be plain text");
      const std::string key = entry.first.Scalar();
      json::Value value = Convert(entry.second, depth + 1);
      if (key != "<<") {
        own.Set(key, std::move(value));
        continue;
      }
      // A merge key: its members count where the map has none of its own; of several maps the first wins.
      const json::Array sources = value.is_array() ? std::move(value).AsArray() : json::Array{std::move(value)};
      for (const json::Value& source : sources) {
        if (!source.is_object()) ThrowAt(entry.second.Mark(), place_, "'<<' merges maps only");
        for (const auto& [name, inherited] : source.AsObject()) {
          if (!merged.Find(name)) merged.Append(name, inherited);
        }
      }
    }
    for (auto& [key, value] : own) merged.Set(key, std::move(value));
    return merged;
  }

  json::Value ConvertScalar(const YAML::Node& node) {
    // yaml-cpp tags quoted scalars with "!" and plain ones with "?".
    const std::string& tag = node.Tag();
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return node.Scalar();
    if (tag != "?" && !tag.empty() && !tag.starts_with("tag:yaml.org,2002:")) {
      ThrowAt(node.Mark(), place_, fmt::format("the tag {} is not supported", tag));
    }
    try {
      return PlainScalar(node.Scalar());
    } catch (const Error& error) {
      ThrowAt(node.Mark(), place_, error.what());
    }
  }

  const std::string& place_;
  std::size_t values_ = 0;
};

}  // namespace

json::Value ParseYaml(std::string_view text, const std::string& place) {
  try {
    return Converter(place).Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    ThrowAt(error.mark, place, error.msg);
  }
}

}  // namespace tidemill::config
