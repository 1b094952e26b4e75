#include "tidemill/assets/asset_graph.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_graphs.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(AssetGraphTest, KnowsNeighboursAndDistances) {
  const auto nodes = Nodes("raw; clean: raw; report: clean other; other");
  const AssetGraph graph(nodes);
  const AssetId raw = graph.Get("raw"), report = graph.Get("report");
  EXPECT_THAT(graph.parents(report), UnorderedElementsAre(graph.Get("clean"), graph.Get("other")));
  EXPECT_THAT(graph.children(raw), ElementsAre(graph.Get("clean")));
  EXPECT_THAT(Names(graph, graph.Descendants(std::vector{raw}, 1)), ElementsAre("clean"));
  EXPECT_THAT(Names(graph, graph.Descendants(std::vector{raw})), UnorderedElementsAre("clean", "report"));
  EXPECT_THAT(Names(graph, graph.Ancestors(std::vector{report})), UnorderedElementsAre("raw", "clean", "other"));
  EXPECT_THAT(Names(graph, graph.roots()), UnorderedElementsAre("raw", "other"));
}

TEST(AssetGraphTest, LayersAreSortedAndBehindTheirParents) {
  const auto nodes = Nodes("d: b c; c: a; b: a; a; z");
  const AssetGraph graph(nodes);
  ASSERT_EQ(graph.layers().size(), 3);
  EXPECT_THAT(Names(graph, graph.layers()[0]), ElementsAre("a", "z"));
  EXPECT_THAT(Names(graph, graph.layers()[1]), ElementsAre("b", "c"));
  EXPECT_THAT(Names(graph, graph.topological_order()), ElementsAre("a", "z", "b", "c", "d"));
}

TEST(AssetGraphTest, RootsAndSinksLookThroughWhatIsNotSelected) {
  const auto nodes = Nodes("a; b: a; c: b; d: c");
  const AssetGraph graph(nodes);
  const std::vector<AssetId> within{graph.Get("a"), graph.Get("c")};
  EXPECT_THAT(Names(graph, graph.Roots(within)), ElementsAre("a"));
  EXPECT_THAT(Names(graph, graph.Sinks(within)), ElementsAre("c"));
}

TEST(AssetGraphTest, AnAssetMayDependOnItself) {
  const auto nodes = Nodes("a: a; b: a");
  const AssetGraph graph(nodes);
  EXPECT_THAT(Names(graph, graph.roots()), ElementsAre("a"));
  EXPECT_THAT(Names(graph, graph.topological_order()), ElementsAre("a", "b"));
}

TEST(AssetGraphTest, ACycleIsToldWhenAnOrderIsAskedFor) {
  const auto nodes = Nodes("a: c; b: a; c: b; free");
  const AssetGraph graph(nodes);
  EXPECT_EQ(graph.Descendants(std::vector{graph.Get("a")}).size(), 3);
  try {
    graph.topological_order();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kFailedPrecondition);
    EXPECT_THAT(error.what(), HasSubstr("a, b, c"));
  }
}

TEST(AssetGraphTest, AnUndeclaredDependencyBecomesAnAssetThatNothingExecutes) {
  const auto nodes = Nodes("a: outside/table");
  const AssetGraph graph(nodes);
  const AssetId stub = graph.Get(model::AssetKey({"outside", "table"}));
  EXPECT_FALSE(graph.IsExecutable(stub));
  EXPECT_THAT(graph.children(stub), ElementsAre(graph.Get("a")));
}

TEST(AssetGraphTest, NodesOfOneKeyAreMergedAndTheMaterializingOneSpeaks) {
  auto nodes = Nodes("a; a: b; b");
  nodes[0].execution_type = model::AssetExecutionType::kUnexecutable;
  const AssetGraph graph(nodes);
  EXPECT_EQ(graph.size(), 2);
  EXPECT_TRUE(graph.IsMaterializable(graph.Get("a")));
  EXPECT_THAT(graph.parents(graph.Get("a")), ElementsAre(graph.Get("b")));
}

TEST(AssetGraphTest, AnUnknownKeyIsNamedWithTheNearest) {
  const auto nodes = Nodes("daily/orders; users");
  const AssetGraph graph(nodes);
  try {
    graph.Get(model::AssetKey({"daily", "order"}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("'daily/order' (did you mean 'daily/orders'?)"));
  }
}

TEST(AssetGraphTest, GroupsExecutionSetsAndChecks) {
  auto nodes = Nodes("a; b; c");
  nodes[0].group_name = nodes[2].group_name = "g";
  nodes[0].atomic_execution_unit_id = nodes[1].atomic_execution_unit_id = "unit";
  std::vector<model::AssetCheckSnap> checks(1);
  checks[0].name = "fresh";
  checks[0].asset_key = "b";
  const AssetGraph graph(nodes, checks);
  EXPECT_THAT(graph.group("g"), ElementsAre(graph.Get("a"), graph.Get("c")));
  EXPECT_THAT(graph.group("none"), IsEmpty());
  EXPECT_THAT(Names(graph, graph.ExecutionSet(graph.Get("b"))), ElementsAre("a", "b"));
  EXPECT_THAT(Names(graph, graph.ExecutionSet(graph.Get("c"))), ElementsAre("c"));
  EXPECT_EQ(graph.FindCheck({"b", "fresh"}), &checks[0]);
  EXPECT_EQ(graph.FindCheck({"a", "fresh"}), nullptr);
}

}  // namespace
}  // namespace tidemill::assets
