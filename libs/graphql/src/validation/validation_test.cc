#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/graphql/type_system.h>

#include "../parser.h"
#include "validate.h"

namespace tidemill::graphql {
namespace {

constexpr std::string_view kSdl = R"(
directive @mark(level: Int!) on FIELD
interface Being { name(surname: Boolean): String }
interface Pet implements Being { name(surname: Boolean): String owner: Human }
type Dog implements Being & Pet { name(surname: Boolean): String owner: Human barks: Boolean! volume: Int knows(command: Command!): Boolean }
type Cat implements Being & Pet { name(surname: Boolean): String owner: Human meows: Boolean volume: String lives: Int }
type Human implements Being { name(surname: Boolean): String pets: [Pet] }
union CatOrDog = Cat | Dog
enum Command { SIT DOWN }
input Complex { required: Boolean! number: Int = 1 list: [String] }
input Choice @oneOf { a: Int b: Int }
type Query { dog: Dog pet: Pet catOrDog: CatOrDog human(id: ID): Human complex(in: Complex, needed: Int! = 2): String int(i: Int!): Int choice(c: Choice): Int }
type Subscription { one: Int two: Int }
)";

struct Case {
  std::string_view name;
  std::string_view query;
  std::vector<std::string> expected;  ///< "line:column[ line:column…] message"
};

std::vector<std::string> Errors(std::string_view query) {
  static const TypeSystem kTypes(kSdl);
  ast::Document document = ParseDocument(query);
  std::vector<std::string> texts;
  for (const DocumentError& error : Validate(kTypes, document)) {
    std::string text;
    for (std::uint32_t position : error.positions) {
      Location location = LocationOf(query, position);
      text += std::to_string(location.line) + ":" + std::to_string(location.column) + " ";
    }
    texts.push_back(text + error.message);
  }
  return texts;
}

class ValidationTest : public ::testing::TestWithParam<Case> {};

TEST_P(ValidationTest, FindsExactlyWhatIsWrong) { EXPECT_EQ(Errors(GetParam().query), GetParam().expected); }

const Case kCases[] = {
    {"ValidDocument",
     "query Q($c: Command = SIT, $n: Boolean!) { dog { ...D knows(command: $c) @include(if: $n) } } fragment D on Dog "
     "{ name }",
     {}},
    {"ExecutableDefinitions",
     "{ dog { name } } type Cow { name: String } extend schema { mutation: Cow }",
     {"1:18 The 'Cow' definition is not executable.", "1:44 The schema definition is not executable."}},
    {"UniqueOperationNames",
     "query A { dog { name } } query A { dog { name } }",
     {"1:7 1:32 There can be only one operation named 'A'."}},
    {"LoneAnonymousOperation",
     "{ dog { name } } query A { dog { name } }",
     {"1:1 This anonymous operation must be the only defined operation."}},
    {"SingleFieldSubscriptions",
     "subscription S { one two ...F } fragment F on Subscription { again: one }",
     {"1:22 1:62 Subscription 'S' must select only one top level field."}},
    {"SubscriptionToIntrospection",
     "subscription { __typename }",
     {"1:16 Anonymous Subscription must not select an introspection top level field."}},
    {"KnownTypeNames",
     "query($x: Strin) { dog { ... on Dogg { name } n: name(surname: $x) } }",
     {"1:11 Unknown type 'Strin'. Did you mean 'String'?", "1:33 Unknown type 'Dogg'. Did you mean 'Dog'?"}},
    {"FragmentsOnCompositeTypes",
     "{ dog { ... on Boolean { x } ...F } } fragment F on Complex { required }",
     {"1:16 Fragment cannot condition on non composite type 'Boolean'.",
      "1:53 Fragment 'F' cannot condition on non composite type 'Complex'."}},
    {"VariablesAreInputTypes",
     "query($d: [Dog!]) { dog { name(surname: $d) } }",
     {"1:11 Variable '$d' cannot be non-input type '[Dog!]'.",
      "1:7 1:41 Variable '$d' of type '[Dog!]' used in position expecting type 'Boolean'."}},
    {"ScalarLeafs",
     "{ dog name: dog { name { x } } }",
     {"1:3 Field 'dog' of type 'Dog' must have a selection of subfields. Did you mean 'dog { ... }'?",
      "1:24 Field 'name' must not have a selection since type 'String' has no subfields."}},
    {"FieldsOnCorrectType",
     "{ dog { bark } pet { meows } catOrDog { name } }",
     {"1:9 Cannot query field 'bark' on type 'Dog'. Did you mean 'barks'?",
      "1:22 Cannot query field 'meows' on type 'Pet'. Did you mean to use an inline fragment on 'Cat'?",
      "1:41 Cannot query field 'name' on type 'CatOrDog'. Did you mean to use an inline fragment on 'Being', 'Pet', "
      "'Cat', or 'Dog'?"}},
    {"UniqueFragmentNames",
     "{ dog { ...F } } fragment F on Dog { name } fragment F on Dog { barks }",
     {"1:27 1:54 There can be only one fragment named 'F'."}},
    {"KnownFragmentNames", "{ dog { ...Nope } }", {"1:12 Unknown fragment 'Nope'."}},
    {"NoUnusedFragments",
     "{ dog { name } } fragment F on Dog { ...G } fragment G on Dog { name }",
     {"1:18 Fragment 'F' is never used.", "1:45 Fragment 'G' is never used."}},
    {"PossibleFragmentSpreads",
     "{ dog { ... on Cat { meows } ...H } } fragment H on Human { name }",
     {"1:9 Fragment cannot be spread here as objects of type 'Dog' can never be of type 'Cat'.",
      "1:30 Fragment 'H' cannot be spread here as objects of type 'Dog' can never be of type 'Human'."}},
    {"NoFragmentCycles",
     "{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...A ...B }",
     {"1:38 1:65 Cannot spread fragment 'A' within itself via 'B'.", "1:70 Cannot spread fragment 'B' within itself."}},
    {"UniqueVariableNames",
     "query($a: Int, $a: Int) { int(i: $a) }",
     {"1:8 1:17 There can be only one variable named '$a'.",
      "1:16 1:34 Variable '$a' of type 'Int' used in position expecting type 'Int!'."}},
    {"NoUndefinedVariables",
     "query Q { int(i: $a) ...F } fragment F on Query { human(id: $b) { name } }",
     {"1:18 1:1 Variable '$a' is not defined by operation 'Q'.",
      "1:61 1:1 Variable '$b' is not defined by operation 'Q'."}},
    {"NoUnusedVariables", "query Q($a: Int) { dog { name } }", {"1:9 Variable '$a' is never used in operation 'Q'."}},
    {"KnownDirectives",
     "query @skip(if: true) { dog @mark(level: 1) { name @nope } }",
     {"1:7 Directive '@skip' may not be used on query.", "1:52 Unknown directive '@nope'."}},
    {"UniqueDirectivesPerLocation",
     "{ dog @mark(level: 1) @mark(level: 2) { name } }",
     {"1:7 1:23 The directive '@mark' can only be used once at this location."}},
    {"KnownArgumentNames",
     "{ dog @mark(level: 1, evil: 2) { name(sername: true) } }",
     {"1:23 Unknown argument 'evil' on directive '@mark'. Did you mean 'level'?",
      "1:39 Unknown argument 'sername' on field 'Dog.name'. Did you mean 'surname'?"}},
    {"UniqueArgumentNames", "{ int(i: 1, i: 2) }", {"1:7 1:13 There can be only one argument named 'i'."}},
    {"ValuesOfCorrectType",
     "{ int(i: 1.5) complex(in: {number: \"x\", lisst: 1}) dog { knows(command: \"SIT\") other: knows(command: SITT) } "
     "}",
     {"1:10 Int cannot represent non-integer value: 1.5",
      "1:27 Field 'Complex.required' of required type 'Boolean!' was not provided.",
      "1:36 Int cannot represent non-integer value: \"x\"",
      "1:41 Field 'lisst' is not defined by type 'Complex'. Did you mean 'list'?",
      "1:73 Enum 'Command' cannot represent non-enum value: \"SIT\". Did you mean the enum value 'SIT'?",
      "1:102 Value 'SITT' does not exist in 'Command' enum. Did you mean the enum value 'SIT'?"}},
    {"NullAndListLiterals",
     "{ int(i: null) complex(in: {required: [true], list: \"one\"}) }",
     {"1:10 Expected value of type 'Int!', found null.", "1:39 Boolean cannot represent a non boolean value: [true]"}},
    {"OneOfInputs",
     "query($v: Int) { choice(c: {a: 1, b: 2}) b: choice(c: {a: null}) c: choice(c: {a: $v}) }",
     {"1:28 OneOf Input Object 'Choice' must specify exactly one key.", "1:55 Field 'Choice.a' must be non-null.",
      "1:7 1:83 Variable '$v' is of type 'Int' but must be non-nullable to be used for OneOf Input Object 'Choice'."}},
    {"ProvidedRequiredArguments",
     "{ int dog @mark { knows } }",
     {"1:3 Field 'int' argument 'i' of type 'Int!' is required, but it was not provided.",
      "1:11 Directive '@mark' argument 'level' of type 'Int!' is required, but it was not provided.",
      "1:19 Field 'knows' argument 'command' of type 'Command!' is required, but it was not provided."}},
    {"VariablesInAllowedPosition",
     "query($a: Int, $b: Int = 1, $c: Int) { a: int(i: $a) b: int(i: $b) complex(needed: $c) }",
     {"1:7 1:50 Variable '$a' of type 'Int' used in position expecting type 'Int!'."}},
    {"OverlappingFieldNames",
     "{ dog { name: volume name } }",
     {"1:9 1:22 Fields 'name' conflict because 'volume' and 'name' are different fields. Use different aliases on the "
      "fields to fetch both if this was intentional."}},
    {"OverlappingArguments",
     "{ dog { name(surname: true) name(surname: false) } }",
     {"1:9 1:29 Fields 'name' conflict because they have differing arguments. Use different aliases on the fields to "
      "fetch both if this was intentional."}},
    {"OverlappingTypesOfExclusiveObjects",
     "{ catOrDog { ... on Dog { volume } ... on Cat { volume } } }",
     {"1:27 1:49 Fields 'volume' conflict because they return conflicting types 'Int' and 'String'. Use different "
      "aliases on the fields to fetch both if this was intentional."}},
    {"OverlappingBelow",
     "{ dog { owner { n: name } } dog { ...F } } fragment F on Dog { owner { n: pets { name } } }",
     {"1:3 1:9 1:17 1:29 1:64 1:72 Fields 'dog' conflict because subfields 'owner' conflict because subfields 'n' "
      "conflict because 'name' and 'pets' are different fields. Use different aliases on the fields to fetch both if "
      "this was intentional."}},
    {"UniqueInputFieldNames",
     "{ complex(in: {required: true, required: false}) }",
     {"1:16 1:32 There can be only one input field named 'required'."}},
    {"MaxIntrospectionDepth",
     "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
     {"1:3 Maximum introspection depth exceeded"}},
};

INSTANTIATE_TEST_SUITE_P(Rules, ValidationTest, ::testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(ValidationLimitsTest, StopsAfterAHundredErrors) {
  std::string query = "{";
  for (int i = 0; i < 200; ++i) query += " nope" + std::to_string(i);
  std::vector<std::string> errors = Errors(query + " }");
  ASSERT_EQ(errors.size(), 101u);
  EXPECT_EQ(errors.back(), "Too many validation errors, error limit reached. Validation aborted.");
}

TEST(ValidationLimitsTest, GivesUpOnFragmentsThatNestTooDeeply) {
  std::string query = "{ human { ...F0 } }";
  for (int i = 0; i < 150; ++i) {
    query += " fragment F" + std::to_string(i) + " on Human { pets { owner { ";
    query += i == 149 ? "name" : "...F" + std::to_string(i + 1);
    query += " } } }";
  }
  EXPECT_EQ(Errors(query), std::vector<std::string>{"Validation aborted."});
}

}  // namespace
}  // namespace tidemill::graphql
