#include "tidemill/assets/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "selection_node.h"
#include "test_graphs.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SelectionTest : public testing::Test {
 protected:
  SelectionTest()
      : nodes_(Nodes("raw/orders; raw/users; clean: raw/orders raw/users; report: clean; extern; use: extern")) {
    nodes_[0].group_name = "ingest";
    nodes_[1].group_name = "ingest_late";
    nodes_[2].tags = {{"tier", "gold"}, {"dagster/kind/dbt", ""}, {"flag", ""}};
    nodes_[3].owners = {"ann@example.com"};
    nodes_[3].job_names = {"nightly"};
    nodes_[3].partitions = model::StaticPartitionsSnap{{"x"}};
    nodes_[4].execution_type = model::AssetExecutionType::kUnexecutable;
    graph_.emplace(nodes_);
  }

  std::vector<std::string> Select(std::string_view text, SelectionOptions options = {}) const {
    return Names(*graph_, AssetSelection::Parse(text, options).Resolve(*graph_));
  }

  static std::string ParseError(std::string_view text) {
    try {
      AssetSelection::Parse(text);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidArgument);
      return error.what();
    }
  }

  std::vector<model::AssetNodeSnap> nodes_;
  std::optional<AssetGraph> graph_;
};

TEST_F(SelectionTest, Attributes) {
  EXPECT_THAT(Select("key:\"raw/orders\""), ElementsAre("raw/orders"));
  EXPECT_THAT(Select("key:raw/*"), ElementsAre("raw/orders", "raw/users"));
  EXPECT_THAT(Select("key:\"*e*\""), ElementsAre("raw/orders", "raw/users", "clean", "report", "extern", "use"));
  EXPECT_THAT(Select("tag:tier=gold"), ElementsAre("clean"));
  EXPECT_THAT(Select("tag:tier"), IsEmpty());
  EXPECT_THAT(Select("tag:flag"), ElementsAre("clean"));
  EXPECT_THAT(Select("kind:dbt"), ElementsAre("clean"));
  EXPECT_THAT(Select("kind:<null>"), ElementsAre("raw/orders", "raw/users", "report", "use"));
  EXPECT_THAT(Select("group:ingest"), ElementsAre("raw/orders"));
  EXPECT_THAT(Select("group:\"ingest*\""), ElementsAre("raw/orders", "raw/users"));
  EXPECT_THAT(Select("owner:\"ann@example.com\""), ElementsAre("report"));
  EXPECT_THAT(Select("is:external"), ElementsAre("extern"));
  EXPECT_THAT(Select("partitions:static"), ElementsAre("report"));
  EXPECT_THAT(Select("job:nightly"), ElementsAre("report"));
}

TEST_F(SelectionTest, Traversals) {
  EXPECT_THAT(Select("+key:report"), ElementsAre("raw/orders", "raw/users", "clean", "report"));
  EXPECT_THAT(Select("1+key:report"), ElementsAre("clean", "report"));
  EXPECT_THAT(Select("key:\"raw/users\"+1"), ElementsAre("raw/users", "clean"));
  EXPECT_THAT(Select("1+key:clean+"), ElementsAre("raw/orders", "raw/users", "clean", "report"));
  EXPECT_THAT(Select("+(key:clean or key:use)"), ElementsAre("raw/orders", "raw/users", "clean", "use"));
  EXPECT_THAT(Select("roots(+key:report)"), ElementsAre("raw/orders", "raw/users"));
  EXPECT_THAT(Select("sinks(*)"), ElementsAre("report", "use"));
}

TEST_F(SelectionTest, NotBindsTighterThanAndThanOr) {
  EXPECT_THAT(Select("not key:clean and not key:report"), ElementsAre("raw/orders", "raw/users", "use"));
  EXPECT_THAT(Select("key:use or key:report and key:clean"), ElementsAre("use"));
  EXPECT_THAT(Select("(key:use OR key:report) AND key:report"), ElementsAre("report"));
  EXPECT_THAT(Select("not (key:clean or key:report)", {.include_external = true}),
              ElementsAre("raw/orders", "raw/users", "extern", "use"));
}

TEST_F(SelectionTest, TheListSyntax) {
  EXPECT_THAT(Select("*clean"), ElementsAre("raw/orders", "raw/users", "clean"));
  EXPECT_THAT(Select("raw/orders+"), ElementsAre("raw/orders", "clean"));
  EXPECT_THAT(Select("raw/orders++"), ElementsAre("raw/orders", "clean", "report"));
  EXPECT_THAT(Select("+clean*"), ElementsAre("raw/orders", "raw/users", "clean", "report"));
  EXPECT_THAT(Names(*graph_, AssetSelection::ParseCommaSeparated("report,tag:tier=gold").Resolve(*graph_)),
              UnorderedElementsAre("report", "clean"));
}

TEST_F(SelectionTest, AKeyThatIsSpelledOutMustExist) {
  try {
    Select("clea");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'clean'"));
  }
  EXPECT_THAT(Select("key:clea"), IsEmpty());
}

TEST_F(SelectionTest, WhatTheGraphDoesNotKnowIsAskedOfFacts) {
  class Facts final : public AssetFacts {
   public:
    bool Has(const AssetGraph& graph, AssetId asset, AssetAttribute attribute, const std::optional<std::string>& value,
             const std::string& key) const override {
      return attribute == AssetAttribute::kColumnTag && key == "pii" && value == "yes" && graph.name(asset) == "clean";
    }
  };
  const auto selection = AssetSelection::Parse("column_tag:pii=yes");
  const Facts facts;
  EXPECT_THAT(Names(*graph_, selection.Resolve(*graph_, &facts)), ElementsAre("clean"));
  EXPECT_THROW(selection.Resolve(*graph_), Error);
}

TEST_F(SelectionTest, ErrorsNameColumnAndExpectation) {
  EXPECT_THAT(ParseError("key:a and"), HasSubstr("column 10: it ends where an attribute"));
  EXPECT_THAT(ParseError("key:a key:b"), HasSubstr("column 7: 'key' stands where 'and', 'or' or the end is expected"));
  EXPECT_THAT(ParseError("(key:a"), HasSubstr("column 7: it ends where ')' is expected"));
  EXPECT_THAT(ParseError("key:\"a"), HasSubstr("column 5: this quoted text does not end"));
  EXPECT_THAT(ParseError("tag:\"a"), HasSubstr("column 5: this quoted text does not end"));
  EXPECT_THAT(ParseError("group:group"), HasSubstr("column 7: 'group' stands where a value"));
  EXPECT_THAT(ParseError("is:odd"), HasSubstr("column 4: is: takes"));
  EXPECT_THAT(ParseError("kind: %"), HasSubstr("column 7: '%' has no meaning here"));
}

TEST_F(SelectionTest, DeepNestingIsAnErrorNotACrash) {
  EXPECT_THAT(ParseError(std::string(100'000, '(')), HasSubstr("nested too deep"));
  std::string nots;
  for (int i = 0; i < 100'000; ++i) nots += "not ";
  EXPECT_THAT(ParseError(nots), HasSubstr("nested too deep"));
}

TEST_F(SelectionTest, ItsTextParsesToTheSameSelection) {
  for (const char* text :
       {"*", "key:a", "not (key:a or key:b)", "1+key:a+2 and tag:k=v", "roots(group:g) or kind:<null>",
        "+(key:a and not key:b)", "column_tag:k=v or status:<null>", "++a/b*", "a", "2+(key:a+)", "+(*)"}) {
    const std::string once = AssetSelection::Parse(text).ToString();
    EXPECT_EQ(AssetSelection::Parse(once).ToString(), once);
  }
  EXPECT_EQ(AssetSelection::Parse("2+key:a and not kind:dbt").ToString(), "2+key:\"a\" and (not kind:\"dbt\")");
  EXPECT_EQ(AssetSelection::Parse("2+(key:a+0)").ToString(), "2+key:\"a\"");
}

TEST(FitsPatternTest, StarsTakeAnyLength) {
  EXPECT_TRUE(FitsPattern("raw/orders", "raw*"));
  EXPECT_TRUE(FitsPattern("", "*"));
  EXPECT_TRUE(FitsPattern("aXbXc", "a*b*c"));
  EXPECT_TRUE(FitsPattern("aab", "*ab"));
  EXPECT_FALSE(FitsPattern("ab", "a"));
  EXPECT_FALSE(FitsPattern("ab", "*a"));
  EXPECT_FALSE(FitsPattern("a.b", "a?b"));
}

}  // namespace
}  // namespace tidemill::assets
