// Answers questions of tests/compat/test_config.py, one JSON text a line:
//   {"type": SPEC, "values": [...], "environment": {...}}  →  {"key", "types", "results": [{"value"} or {"errors"}]}
//   {"described": NAME, "values": [...]}                    →  the same for a struct of this file, and its field
// SPEC is the test's own notation of a type, read by ReadType.
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/config/described.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/serdes/serdes.h>

namespace {

using tidemill::config::ConfigType;
using tidemill::config::ConfigTypePtr;
using tidemill::config::Field;
using tidemill::config::Fields;
namespace json = tidemill::json;

enum class Color { RED, GREEN };
BOOST_DESCRIBE_ENUM(Color, RED, GREEN)

struct Inner {
  tidemill::config::Required<std::int64_t> x;
  double y = 1.5;
  static constexpr std::string_view kDescription = "An inner part";
};
BOOST_DESCRIBE_STRUCT(Inner, (), (x, y))

struct AllDefaults {
  std::int64_t x = 5;
};
BOOST_DESCRIBE_STRUCT(AllDefaults, (), (x))

struct Cat {
  static constexpr std::string_view kSelector = "cat";
  tidemill::config::Required<std::int64_t> meows;
};
BOOST_DESCRIBE_STRUCT(Cat, (), (meows))

struct Dog {
  static constexpr std::string_view kSelector = "dog";
  tidemill::config::Required<double> barks;
};
BOOST_DESCRIBE_STRUCT(Dog, (), (barks))

struct Everything {
  tidemill::config::Required<std::int64_t> seed;
  std::int64_t limit = 10;
  std::string name = "a";
  double rate = 2.5;
  bool on = true;
  std::optional<std::string> region;
  tidemill::config::Required<std::vector<std::string>> words;
  std::vector<std::int64_t> sizes = {1, 2};
  std::map<std::string, double> weights;
  Color color = Color::RED;
  tidemill::config::Required<Color> shade;
  Inner inner;
  Inner known{.x = 3};
  AllDefaults plain;
  AllDefaults other{.x = 6};
  std::vector<Inner> parts;
  tidemill::config::Required<std::variant<Cat, Dog>> pet;
  json::Value anything;
  tidemill::config::Env<std::string> token{"PROBE_TOKEN"};
  static constexpr std::string_view kDescription = "All kinds of fields";
  static constexpr tidemill::config::FieldDescription kFieldDescriptions[] = {{"limit", "Rows at most"},
                                                                              {"known", "A known part"}};
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (seed, limit, name, rate, on, region, words, sizes, weights, color, shade, inner, known, plain,
                       other, parts, pet, anything, token))

ConfigTypePtr ReadType(const json::Value& spec);

std::optional<std::string> Text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->AsString();
}

Fields ReadFields(const json::Object& spec) {
  Fields fields;
  for (const json::Value& item : spec.At("fields").AsArray()) {
    const json::Object& object = item.AsObject();
    ConfigTypePtr type = ReadType(object.At("type"));
    const std::string& mode = object.At("mode").AsString();
    Field field = mode == "required"   ? Field::Required(type, Text(object, "description"))
                  : mode == "optional" ? Field::Optional(type, Text(object, "description"))
                  : mode == "default"  ? Field::WithDefault(type, object.At("default"), Text(object, "description"))
                                       : Field::Of(type, Text(object, "description"));
    fields.emplace_back(object.At("name").AsString(), std::move(field));
  }
  return fields;
}

ConfigTypePtr ReadScalar(const std::string& name) {
  if (name == "Any") return ConfigType::Any();
  if (name == "Int") return ConfigType::Int();
  if (name == "Float") return ConfigType::Float();
  if (name == "Bool") return ConfigType::Bool();
  if (name == "String") return ConfigType::String();
  if (name == "IntSource") return ConfigType::IntSource();
  if (name == "BoolSource") return ConfigType::BoolSource();
  if (name == "StringSource") return ConfigType::StringSource();
  throw tidemill::Error(tidemill::Code::kInvalidArgument, "the probe knows no type " + name);
}

ConfigTypePtr ReadType(const json::Value& spec) {
  if (spec.is_string()) return ReadScalar(spec.AsString());
  const json::Object& object = spec.AsObject();
  const std::string& kind = object.At("kind").AsString();
  if (kind == "array") return ConfigType::Array(ReadType(object.At("inner")));
  if (kind == "noneable") return ConfigType::Noneable(ReadType(object.At("inner")));
  if (kind == "map")
    return ConfigType::Map(ReadType(object.At("key")), ReadType(object.At("inner")), Text(object, "label"));
  if (kind == "union") return ConfigType::ScalarUnion(ReadType(object.At("scalar")), ReadType(object.At("inner")));
  if (kind == "shape") {
    std::map<std::string, std::string> aliases;
    for (const auto& [name, alias] : object.At("aliases").AsObject()) aliases[name] = alias.AsString();
    return ConfigType::Shape(ReadFields(object), Text(object, "description"), aliases);
  }
  if (kind == "permissive") return ConfigType::Permissive(ReadFields(object), Text(object, "description"));
  if (kind == "selector") return ConfigType::Selector(ReadFields(object), Text(object, "description"));
  if (kind == "enum") {
    std::vector<tidemill::model::ConfigEnumValueSnap> values;
    for (const json::Value& value : object.At("values").AsArray()) values.push_back({value.AsString(), {}});
    return ConfigType::Enum(object.At("name").AsString(), std::move(values));
  }
  throw tidemill::Error(tidemill::Code::kInvalidArgument, "the probe knows no kind " + kind);
}

json::Value SnapsOf(const ConfigType& type) {
  tidemill::model::JobSnap job;
  type.CollectSnaps(job.config_schema);
  json::Value snap = tidemill::serdes::ToJson(job);
  return snap.AsObject().At("config_schema_snapshot").AsObject().At("all_config_snaps_by_key");
}

json::Value ErrorJson(const tidemill::config::ConfigError& error) {
  json::Array stack;
  for (const auto& entry : error.stack) {
    stack.push_back(json::Array{static_cast<std::int64_t>(entry.kind), entry.name, entry.index});
  }
  json::Array names(error.field_names.begin(), error.field_names.end());
  return json::Object{
      {"reason", std::string(ErrorReasonName(error.reason))}, {"stack", std::move(stack)}, {"names", std::move(names)}};
}

json::Array Results(const ConfigType& type, const json::Object& question) {
  tidemill::config::Environment environment;
  if (const json::Value* given = question.Find("environment")) {
    for (const auto& [name, value] : given->AsObject()) environment.emplace(name, value.AsString());
  }
  // The type read back from its own snapshot must decide the same.
  tidemill::model::ConfigSchemaSnap schema;
  type.CollectSnaps(schema);
  ConfigTypePtr read = ConfigType::FromSnap(schema, type.key());
  json::Array results;
  for (const json::Value& value : question.At("values").AsArray()) {
    auto result = Process(type, value, &environment);
    auto again = Process(*read, value, &environment);
    if (again.ok() != result.ok() || !(again.value == result.value)) {
      throw tidemill::Error(tidemill::Code::kInternal,
                            "a type read from its snapshot decides otherwise: " + type.key());
    }
    json::Array errors;
    for (const auto& error : result.errors) errors.push_back(ErrorJson(error));
    results.push_back(result.ok() ? json::Object{{"value", result.value}}
                                  : json::Object{{"errors", std::move(errors)}});
  }
  return results;
}

json::Value Answer(const json::Object& question) {
  json::Object answer;
  ConfigTypePtr type;
  if (question.Find("described") != nullptr) {
    Field field = tidemill::config::FieldOf<Everything>();
    type = field.type;
    answer.Set("is_required", field.is_required);
    answer.Set("description", field.description ? json::Value(*field.description) : json::Value());
    json::Array read;
    tidemill::config::Environment environment{{"PROBE_TOKEN", "t"}};
    for (const json::Value& value : question.At("values").AsArray()) {
      auto result = Process(*type, value, &environment);
      read.push_back(result.ok() ? tidemill::config::ToConfig(tidemill::config::FromConfig<Everything>(result.value))
                                 : json::Value());
    }
    answer.Set("read", std::move(read));
  } else {
    type = ReadType(question.At("type"));
  }
  answer.Set("key", type->key());
  answer.Set("types", SnapsOf(*type));
  answer.Set("results", Results(*type, question));
  return answer;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    json::Value answer;
    try {
      answer = Answer(json::Parse(line).AsObject());
    } catch (const std::exception& error) {
      answer = json::Object{{"error", error.what()}};
    }
    std::cout << json::Dump(answer) << std::endl;
  }
}
