#include "parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "block_string.h"
#include "print_value.h"
#include "source.h"

namespace tidemill::graphql {
namespace {

/// "line:column message" of the error that a text makes.
std::string ErrorOf(std::string_view text, const ParseOptions& options = {}) {
  try {
    ParseDocument(text, options);
  } catch (const SyntaxError& error) {
    Location location = LocationOf(text, error.position());
    return std::to_string(location.line) + ":" + std::to_string(location.column) + " " + error.what();
  }
  return "";
}

TEST(ParserTest, ReadsAnOperationWithAllOfItsParts) {
  ast::Document document = ParseDocument(
      "query Q($a: [Int!]! = [1, 2] @d, $b: Boolean) @e(x: $a) { one: field(arg: {k: $b}) @skip(if: $b) { ... on T { x "
      "} ...F } }");
  const auto& operation = std::get<ast::Operation>(document.definitions.at(0));
  EXPECT_EQ(operation.name.text, "Q");
  EXPECT_EQ(PrintType(operation.variables.at(0).type), "[Int!]!");
  EXPECT_EQ(PrintValue(*operation.variables.at(0).default_value), "[1, 2]");
  const ast::Selection& field = operation.selection_set.selections.at(0);
  EXPECT_EQ(field.response_name(), "one");
  EXPECT_EQ(PrintValue(field.arguments.at(0).value), "{k: $b}");
  ASSERT_EQ(field.selection_set->selections.size(), 2u);
  EXPECT_EQ(field.selection_set->selections[0].type_condition->text, "T");
  EXPECT_EQ(field.selection_set->selections[1].kind, ast::SelectionKind::kFragmentSpread);
}

TEST(ParserTest, SaysWhereAndWhatASyntaxErrorIs) {
  EXPECT_EQ(ErrorOf("{"), "1:2 Syntax Error: Expected Name, found <EOF>.");
  EXPECT_EQ(ErrorOf(""), "1:1 Syntax Error: Unexpected <EOF>.");
  EXPECT_EQ(ErrorOf("\n\r\n { a(b: $) }"), "3:10 Syntax Error: Expected Name, found ')'.");
  EXPECT_EQ(ErrorOf("fragment on on on { on }"), "1:10 Syntax Error: Unexpected Name 'on'.");
  EXPECT_EQ(ErrorOf("notAnOperation Foo { field }"), "1:1 Syntax Error: Unexpected Name 'notAnOperation'.");
  EXPECT_EQ(ErrorOf("query Foo($x: Complex = {a: {b: [$var]}}) { field }"),
            "1:34 Syntax Error: Unexpected variable '$var' in constant value.");
  EXPECT_EQ(ErrorOf("\"d\" { a }"),
            "1:1 Syntax Error: Unexpected description, descriptions are not supported on shorthand queries.");
  EXPECT_EQ(ErrorOf("enum E { true }"),
            "1:10 Syntax Error: Name 'true' is reserved and cannot be used for an enum value.");
  EXPECT_EQ(ErrorOf("extend type T"), "1:14 Syntax Error: Unexpected <EOF>.");
  EXPECT_EQ(ErrorOf("directive @d on SOMEWHERE"), "1:17 Syntax Error: Unexpected Name 'SOMEWHERE'.");
}

TEST(ParserTest, LexicalErrors) {
  EXPECT_EQ(ErrorOf("{ a(b: 00) }"), "1:9 Syntax Error: Invalid number, unexpected digit after 0: '0'.");
  EXPECT_EQ(ErrorOf("{ a(b: 1.) }"), "1:10 Syntax Error: Invalid number, expected digit but got: ')'.");
  EXPECT_EQ(ErrorOf("{ a(b: 1ex) }"), "1:10 Syntax Error: Invalid number, expected digit but got: 'x'.");
  EXPECT_EQ(ErrorOf("{ a(b: \"x\n\") }"), "1:10 Syntax Error: Unterminated string.");
  EXPECT_EQ(ErrorOf("{ a(b: \"\\x\") }"), "1:9 Syntax Error: Invalid character escape sequence: '\\x'.");
  EXPECT_EQ(ErrorOf("{ a(b: \"\\u12\") }"), "1:9 Syntax Error: Invalid Unicode escape sequence: '\\u12\")'.");
  EXPECT_EQ(ErrorOf("{ a(b: \"\\uD800\") }"), "1:9 Syntax Error: Invalid Unicode escape sequence: '\\uD800'.");
  EXPECT_EQ(ErrorOf("{ ü }"), "1:3 Syntax Error: Unexpected character: U+00FC.");
  EXPECT_EQ(ErrorOf("{ a(b: \"日本\" c) }"), "1:14 Syntax Error: Expected ':', found ')'.");
  EXPECT_EQ(ErrorOf("{ 'a' }"),
            "1:3 Syntax Error: Unexpected single quote character ('), did you mean to use a double quote (\")?");
}

TEST(ParserTest, Limits) {
  std::string deep;
  for (int i = 0; i < 201; ++i) deep += "{ a ";
  EXPECT_EQ(ErrorOf(deep), "1:801 Syntax Error: Document is nested too deeply. Parsing aborted.");
  EXPECT_EQ(ErrorOf("{ a b c }", {.max_tokens = 3}),
            "1:7 Syntax Error: Document contains more than 3 tokens. Parsing aborted.");
}

TEST(ParserTest, StringsAreUnescaped) {
  EXPECT_EQ(ParseValue(R"("a\n\"\\\/\u00e9\uD83D\uDE42\u{1F642}")").text, "a\n\"\\/é🙂🙂");
  EXPECT_EQ(ParseValue("\"\"\"\n    one\n      two \\\"\"\"\n\n\"\"\"").text, "one\n  two \"\"\"");
  EXPECT_EQ(DedentBlockString("  first\r\n    a\n   b\n \t"), "  first\n a\nb");
}

}  // namespace
}  // namespace tidemill::graphql
