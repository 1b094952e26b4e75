#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/graphql/type_system.h>

#include "coercion.h"
#include "json_writer.h"
#include "parser.h"
#include "print_value.h"
#include "suggestions.h"

namespace tidemill::graphql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kSdl = R"(
enum Color { RED GREEN }
scalar Any
input Page { first: Int! after: String = "start" colors: [Color!] any: Any }
type Query { a(page: Page): Int b: Float }
)";

std::vector<std::string> Messages(std::string_view definitions, const json::Object& inputs,
                                  Variables* values = nullptr) {
  static const TypeSystem kTypes(kSdl);
  std::string text = "query(" + std::string(definitions) + ") { a }";
  ast::Document document = ParseDocument(text);
  CoercedVariables coerced =
      CoerceVariables(kTypes, std::get<ast::Operation>(document.definitions[0]).variables, inputs);
  std::vector<std::string> messages;
  for (const DocumentError& error : coerced.errors) messages.push_back(error.message);
  if (values != nullptr) *values = coerced.values;
  return messages;
}

TEST(VariablesTest, AreCoercedWithDefaults) {
  Variables values;
  EXPECT_THAT(Messages("$p: Page!, $n: Int = 3, $l: [Float!], $absent: Int, $null: Int",
                       {{"p", json::Object{{"first", 2.0}, {"colors", "RED"}}}, {"l", 1}, {"null", nullptr}}, &values),
              IsEmpty());
  EXPECT_EQ(json::Dump(values),
            R"({"p": {"first": 2, "after": "start", "colors": ["RED"]}, "n": 3, "l": [1.0], "null": null})");
}

TEST(VariablesTest, WrongOnesAreNamedWithTheirPlace) {
  EXPECT_THAT(
      Messages("$a: Int!, $b: Int!, $c: [Page!]", {{"b", nullptr}, {"c", json::Array{json::Object{{"frist", 1}}}}}),
      ElementsAre("Variable '$a' of required type 'Int!' was not provided.",
                  "Variable '$b' of non-null type 'Int!' must not be null.",
                  "Variable '$c' got invalid value {'frist': 1} at 'c[0]'; Field 'first' of required type 'Int!' "
                  "was not provided.",
                  "Variable '$c' got invalid value {'frist': 1} at 'c[0]'; Field 'frist' is not defined by type "
                  "'Page'. Did you mean 'first'?"));
  EXPECT_THAT(
      Messages("$c: Color, $d: Color, $n: Int", {{"c", "GREN"}, {"d", 3}, {"n", 1099511627776.0}}),
      ElementsAre("Variable '$c' got invalid value 'GREN'; Value 'GREN' does not exist in 'Color' enum. Did you "
                  "mean the enum value 'GREEN' or 'RED'?",
                  "Variable '$d' got invalid value 3; Enum 'Color' cannot represent non-string value: 3.",
                  "Variable '$n' got invalid value 1099511627776.0; Int cannot represent non 32-bit signed "
                  "integer value: 1099511627776.0"));
}

TEST(VariablesTest, EndlessNestingIsRefused) {
  json::Value value = 1;
  for (int i = 0; i < 300; ++i) value = json::Array{std::move(value)};
  std::string type = "Int";
  for (int i = 0; i < 29; ++i) type = "[" + type + "]";
  EXPECT_THAT(Messages("$v: " + type, {{"v", value}}).size(), 1u);
}

TEST(InspectTest, ShowsValuesAsPythonDoes) {
  EXPECT_EQ(Inspect("it's"), R"("it's")");
  EXPECT_EQ(Inspect("a\"'\n\x7f"), R"('a"\'\n\x7f')");
  EXPECT_EQ(Inspect(json::Object{{"a", json::Array{json::Array{1}}}, {"b", nullptr}}), "{'a': [[...]], 'b': None}");
  EXPECT_EQ(Inspect(json::Array(12, json::Value(true))), "[True, True, True, True, True, ..., True, True, True, True]");
  EXPECT_EQ(Inspect(std::string(300, 'x')), "'" + std::string(117, 'x') + "..." + std::string(118, 'x') + "'");
}

TEST(SuggestionsTest, NearestFirst) {
  EXPECT_THAT(Suggestions("greenish", {"green"}), ElementsAre("green"));
  EXPECT_THAT(Suggestions("arg", {"gra", "ARG", "a10", "a9"}), ElementsAre("ARG", "a9", "a10", "gra"));
  EXPECT_THAT(Suggestions("a1", {"a10", "a9", "zzz"}), ElementsAre("a9", "a10"));
  EXPECT_EQ(DidYouMean({}), "");
  EXPECT_EQ(DidYouMean({"a", "b"}), " Did you mean 'a' or 'b'?");
  EXPECT_EQ(DidYouMean({"a", "b", "c"}, "the type"), " Did you mean the type 'a', 'b', or 'c'?");
}

TEST(JsonWriterTest, KeepsUtf8AndMendsWhatIsNone) {
  auto text = [](std::string_view value) {
    std::string out;
    AppendJsonString(out, value);
    return out;
  };
  EXPECT_EQ(text("é🙂\"\\\n\x01"), "\"é🙂\\\"\\\\\\n\\u0001\"");
  EXPECT_EQ(text("\xFFx\xC3"), "\"\uFFFDx\uFFFD\"");
  EXPECT_EQ(text("\xED\xA0\x80"), "\"\\ud800\"");
  std::string out;
  AppendJsonNumber(out, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(out, "null");
}

TEST(TypeSystemTest, ErrorsNameTheirPlace) {
  auto error = [](std::string_view sdl) {
    try {
      TypeSystem types(sdl);
    } catch (const Error& thrown) {
      return std::string(thrown.what());
    }
    return std::string();
  };
  EXPECT_EQ(error("type Query { a: Nope }"), "GraphQL schema, line 1, column 17: Unknown type 'Nope'.");
  EXPECT_EQ(error("type Query { a: Int }\ntype Query { b: Int }"),
            "GraphQL schema, line 2, column 6: There can be only one type named 'Query'.");
  EXPECT_EQ(error("type Query { a(x: Int = \"s\"): Int }"),
            "GraphQL schema, line 1, column 25: '\"s\"' is no value of type 'Int'.");
  EXPECT_EQ(error("type T { a: Int }"), "GraphQL schema:\n- Query root type must be provided.");
  EXPECT_EQ(error("interface I { a: Int! } type Query implements I { a: Int }"),
            "GraphQL schema:\n- Interface field I.a expects type Int! but Query.a is type Int.");
}

TEST(TypeSystemTest, ExtensionsAddToTheirTypes) {
  TypeSystem types(
      "schema { query: Q } type Q { a: Int } extend type Q { b: [Int!] @deprecated(reason: \"old\") } "
      "union U = Q extend enum E { Y } enum E { X } scalar S @specifiedBy(url: \"http://s\")");
  EXPECT_EQ(types.query()->fields.size(), 2u);
  EXPECT_EQ(types.query()->FindField("b")->deprecation_reason, "old");
  EXPECT_EQ(types.query()->FindField("b")->type.Text(), "[Int!]");
  EXPECT_NE(types.Find("E")->FindValue("Y"), nullptr);
  EXPECT_EQ(types.Find("S")->specified_by_url, "http://s");
  EXPECT_TRUE(TypeSystem::IsSubType(*types.Find("U"), *types.Find("Q")));
}

}  // namespace
}  // namespace tidemill::graphql
