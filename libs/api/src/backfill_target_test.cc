#include "backfill_target.h"

#include <gmock/gmock.h>

#include <tidemill/base/error.h>

namespace tidemill::api {
namespace {

using testing::ElementsAre;

model::AssetNodeSnap Node(const char* name, std::optional<model::PartitionsSnap> partitions,
                          std::vector<const char*> parents = {}) {
  model::AssetNodeSnap node;
  node.asset_key = model::AssetKey(name);
  node.partitions = std::move(partitions);
  for (const char* parent : parents) {
    model::AssetDependencySnap dependency;
    dependency.upstream_asset_key = model::AssetKey(parent);
    node.dependencies.push_back(std::move(dependency));
  }
  return node;
}

class BackfillTargetTest : public testing::Test {
 protected:
  std::vector<std::string> KeysOf(const char* name) const {
    return target_.partitioned().at(graph_.Get(model::AssetKey(name))).Keys();
  }

  const model::PartitionsSnap letters_ = model::StaticPartitionsSnap{{"a", "b", "c"}};
  const model::PartitionsSnap digits_ = model::StaticPartitionsSnap{{"1", "2"}};
  const std::vector<model::AssetNodeSnap> nodes_ = {Node("first", letters_), Node("second", letters_, {"first"}),
                                                    Node("plain", std::nullopt, {"second"}), Node("other", digits_)};
  const assets::AssetGraph graph_{std::span(nodes_)};
  BackfillTarget target_{graph_, {FromUnixSeconds(1800000000)}};
};

TEST_F(BackfillTargetTest, PartitionsOfTheFirstAssetReachThoseThatDependOnIt) {
  target_.AddPartitions({model::AssetKey("second"), model::AssetKey("first"), model::AssetKey("plain")}, {"b"});
  EXPECT_THAT(KeysOf("first"), ElementsAre("b"));
  EXPECT_THAT(KeysOf("second"), ElementsAre("b"));
  EXPECT_THAT(target_.unpartitioned(), ElementsAre(graph_.Get(model::AssetKey("plain"))));
}

TEST_F(BackfillTargetTest, ARangeIsOfOneAssetAndNoRangeIsAll) {
  target_.AddRanges(model::AssetKey("first"), {{"b", "c"}});
  target_.AddRanges(model::AssetKey("second"), {});
  EXPECT_THAT(KeysOf("first"), ElementsAre("b", "c"));
  EXPECT_THAT(KeysOf("second"), ElementsAre("a", "b", "c"));
}

TEST_F(BackfillTargetTest, FirstAssetsMustShareTheirPartitions) {
  EXPECT_THROW(target_.AddPartitions({model::AssetKey("first"), model::AssetKey("other")}, {"a"}), Error);
  EXPECT_THROW(target_.AddPartitions({model::AssetKey("plain")}, {"a"}), Error);
  EXPECT_THROW(target_.AddPartitions({model::AssetKey("first")}, {"z"}), Error);
}

TEST_F(BackfillTargetTest, IsWrittenAsDagsterWritesIt) {
  target_.AddKeys(model::AssetKey("first"), {"c"});
  target_.AddKeys(model::AssetKey("plain"), {});
  EXPECT_EQ(json::Dump(target_.ToJson(), json::Order::kSorted),
            R"({"__class__": "AssetGraphSubset", "non_partitioned_asset_keys": {"__set__": [{"__class__": "AssetKey", )"
            R"("path": ["plain"]}]}, "partitions_subsets_by_asset_key": {"__mapping_items__": [[{"__class__": )"
            R"("AssetKey", "path": ["first"]}, {"__class__": "DefaultPartitionsSubset", "subset": {"__set__": )"
            R"(["c"]}}]]}})");
}

}  // namespace
}  // namespace tidemill::api
