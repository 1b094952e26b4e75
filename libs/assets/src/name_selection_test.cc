#include "tidemill/assets/name_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NameGraph Chain() { return NameGraph({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"c", "elsewhere"}}}); }

TEST(NameSelectionTest, ParsesClauses) {
  const auto all = SelectionClause::kUnlimited;
  EXPECT_EQ(ParseClause("a"), (SelectionClause{0, "a", 0}));
  EXPECT_EQ(ParseClause(" ++a[?].b-1/c+ "), (SelectionClause{2, "a[?].b-1/c", 1}));
  EXPECT_EQ(ParseClause("*a*"), (SelectionClause{all, "a", all}));
  EXPECT_EQ(ParseClause("*+a+*"), (SelectionClause{all, "a", all}));
  for (const char* text : {"", "*", "+", "a b", "+*a", "a*+", "a:b"})
    EXPECT_EQ(ParseClause(text), std::nullopt) << text;
}

TEST(NameSelectionTest, SelectsByDepth) {
  const NameGraph graph = Chain();
  EXPECT_THAT(graph.SelectOps({"c"}), ElementsAre("c"));
  EXPECT_THAT(graph.SelectOps({"+c"}), ElementsAre("b", "c"));
  EXPECT_THAT(graph.SelectOps({"*c"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(graph.SelectOps({"a+", "d"}), ElementsAre("a", "b", "d"));
  EXPECT_THAT(graph.SelectOps({"*"}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(graph.SelectSteps({"b*"}), ElementsAre("b", "c", "d"));
}

TEST(NameSelectionTest, WhatSelectsNothingIsNamed) {
  const NameGraph graph = Chain();
  const auto message = [](auto call) -> std::string {
    try {
      call();
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_THAT(message([&] { graph.SelectOps({"a", "x+"}); }), HasSubstr("'x+' selects no op"));
  EXPECT_THAT(message([&] { graph.SelectSteps({"x", "a", "*y"}); }), HasSubstr("no such steps to select: x, y"));
  EXPECT_THAT(message([&] { graph.SelectSteps({"*"}); }), HasSubstr("'*' selects no step"));
}

}  // namespace
}  // namespace tidemill::assets
