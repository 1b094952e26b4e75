#include "request_args.h"

#include <gmock/gmock.h>

namespace tidemill::locations {
namespace {

TEST(RequestArgsTest, ASelectionIsAListAndItsAbsenceNull) {
  JobTarget target{"__repository__", "__ASSET_JOB", {}, {{model::AssetKey({"a", "b"})}}, {}};
  const json::Value args = SubsetSnapshotArgs(json::Object{}, target, false);

  EXPECT_EQ(args.AsObject().At("asset_selection"), json::Parse(R"([{"__class__": "AssetKey", "path": ["a", "b"]}])"));
  EXPECT_TRUE(args.AsObject().At("asset_check_selection").is_null());
  EXPECT_TRUE(args.AsObject().At("solid_selection").is_null());
}

TEST(RequestArgsTest, AnEmptySelectionStaysOne) {
  PlanRequest request;
  request.target.asset_selection.emplace();
  request.target.asset_check_selection = {{model::AssetKey("a"), "fresh"}};
  const json::Value args = ExecutionPlanArgs(json::Object{}, request);

  EXPECT_EQ(args.AsObject().At("asset_selection"), json::Parse(R"({"__set__": []})"));
  EXPECT_EQ(args.AsObject().At("solid_selection"), json::Value(json::Array{}));
  EXPECT_EQ(json::Dump(args.AsObject().At("asset_check_selection")),
            R"({"__set__": [{"__class__": "AssetCheckKey", "asset_key": {"__class__": "AssetKey", "path": ["a"]}, )"
            R"("name": "fresh"}]})");
}

TEST(RequestArgsTest, PartitionSetsAreNamedAfterTheirJob) {
  const json::Value args = PartitionArgs(json::Object{}, "__repository__", "daily", "2026-01-01");
  EXPECT_EQ(args.AsObject().At("partition_set_name"), json::Value("daily_partition_set"));
}

TEST(LocationInfoTest, IsReadFromListRepositories) {
  const LocationInfo info = ReadLocationInfo(json::Parse(R"({"__class__": "ListRepositoriesResponse",
      "container_context": {}, "container_image": null, "entry_point": ["bin/pipelines"], "executable_path": "/bin/p",
      "repository_code_pointer_dict": {"__repository__": {"__class__": "FileCodePointer"}},
      "repository_symbols": [{"__class__": "LoadableRepositorySymbol", "attribute": "defs",
                              "repository_name": "__repository__"}]})"));
  ASSERT_EQ(info.repositories.size(), 1u);

  const json::Value origin = JobCodeOrigin(info, "__repository__", "daily");

  EXPECT_EQ(json::Dump(origin, json::Order::kSorted),
            R"({"__class__": "PipelinePythonOrigin", "pipeline_name": "daily", "repository_origin": )"
            R"({"__class__": "RepositoryPythonOrigin", "code_pointer": {"__class__": "FileCodePointer"}, )"
            R"("container_context": {}, "container_image": null, "entry_point": ["bin/pipelines"], )"
            R"("executable_path": "/bin/p"}})");
  EXPECT_THROW(JobCodeOrigin(info, "other", "daily"), Error);
}

TEST(ErrorTextTest, CausesFollowTheirEffect) {
  const json::Value error =
      json::Parse(R"({"message": "LoadError: no\n", "cause": {"message": "FileError: gone\n", "cause": null}})");
  EXPECT_EQ(ErrorText(error), "LoadError: no; caused by FileError: gone");
}

}  // namespace
}  // namespace tidemill::locations
