#include "asset_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

namespace tidemill::webserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

http::Request Post(std::string key, std::string body, std::string query = "") {
  http::Request request;
  request.method = http::Method::kPost;
  request.captures = {{"key", std::move(key)}};
  request.query = std::move(query);
  if (!body.empty()) request.headers.Add("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

model::AssetMaterialization Materialization(const http::Request& request) {
  return std::get<model::event::StepMaterialization>(ReadAssetReport(ReportKind::kMaterialization, request))
      .materialization;
}

std::string Refusal(ReportKind kind, const http::Request& request) {
  try {
    ReadAssetReport(kind, request);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(AssetReportTest, TheBodyGoesBeforeTheQuery) {
  const auto event = Materialization(Post("a/b", R"({"partition": "p", "description": null, "data_version": "v1",
      "metadata": {"t": "x", "n": 3, "f": 0.5, "b": true, "j": [1], "z": null}})",
                                          "partition=q&description=d&data_version=v2"));
  EXPECT_THAT(event.asset_key.path, ElementsAre("a", "b"));
  EXPECT_EQ(event.partition, "p");
  EXPECT_EQ(event.description, std::nullopt);
  EXPECT_EQ(*model::FindTag(event.tags, "dagster/data_version"), "v1");
  EXPECT_EQ(*model::FindTag(event.tags, "dagster/data_version_is_user_provided"), "true");
  ASSERT_EQ(event.metadata.size(), 6u);
  EXPECT_EQ(std::get<model::metadata::Text>(event.metadata[0].second).text, "x");
  EXPECT_EQ(std::get<model::metadata::Int>(event.metadata[1].second).value.AsInt(), 3);
  EXPECT_EQ(std::get<model::metadata::Float>(event.metadata[2].second).value, 0.5);
  EXPECT_TRUE(std::get<model::metadata::Bool>(event.metadata[3].second).value);
  EXPECT_TRUE(std::holds_alternative<model::metadata::Json>(event.metadata[4].second));
  EXPECT_TRUE(std::holds_alternative<model::metadata::Null>(event.metadata[5].second));
}

TEST(AssetReportTest, TheQueryAloneIsEnough) {
  const auto event = Materialization(Post("", "", "asset_key=%5B%22a%22%2C+%22b+c%22%5D&metadata=%7B%22n%22%3A+1%7D"));
  EXPECT_THAT(event.asset_key.path, ElementsAre("a", "b c"));
  EXPECT_EQ(event.metadata.size(), 1u);
  EXPECT_TRUE(event.tags.empty());
}

TEST(AssetReportTest, KeysHaveSeveralForms) {
  EXPECT_THAT(Materialization(Post("", "", "asset_key=a/b_1.c")).asset_key.path, ElementsAre("a", "b_1", "c"));
  EXPECT_THAT(Materialization(Post("", R"({"asset_key": ["a", "b/c"]})")).asset_key.path, ElementsAre("a", "b/c"));
  EXPECT_THAT(Materialization(Post("", R"({"asset_key": "a/b"})")).asset_key.path, ElementsAre("a/b"));
  EXPECT_THAT(Materialization(Post("k", R"({"asset_key": "a"})")).asset_key.path, ElementsAre("k"));
}

TEST(AssetReportTest, ReadsAnObservation) {
  const auto data = ReadAssetReport(ReportKind::kObservation, Post("a", R"({"data_version": "v"})"));
  const auto& event = std::get<model::event::AssetObserved>(data).asset_observation;
  EXPECT_EQ(*model::FindTag(event.tags, "dagster/data_version"), "v");
}

TEST(AssetReportTest, ReadsACheck) {
  const auto data = ReadAssetReport(ReportKind::kCheck, Post("a", "", "check_name=c&passed=false&severity=WARN"));
  const auto& check = std::get<model::event::CheckEvaluation>(data);
  EXPECT_EQ(check.check_name, "c");
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.severity, model::CheckSeverity::kWarn);
}

TEST(AssetReportTest, RefusalsNameTheParameter) {
  using enum ReportKind;
  EXPECT_THAT(Refusal(kMaterialization, Post("", "")), HasSubstr("Empty asset key"));
  EXPECT_THAT(Refusal(kMaterialization, Post("a", "[]")), HasSubstr("JSON object"));
  EXPECT_THAT(Refusal(kMaterialization, Post("a", "{")), HasSubstr("line 1"));
  EXPECT_THAT(Refusal(kMaterialization, Post("a", R"({"partition": 1})")), HasSubstr("'partition'"));
  EXPECT_THAT(Refusal(kMaterialization, Post("a", R"({"metadata": 1})")), HasSubstr("'metadata'"));
  EXPECT_THAT(Refusal(kMaterialization, Post("a", "", "metadata={")), HasSubstr("'metadata'"));
  EXPECT_THAT(Refusal(kMaterialization, Post("", R"({"asset_key": [1]})")), HasSubstr("'asset_key'"));
  EXPECT_THAT(Refusal(kCheck, Post("a", R"({"check_name": "c"})")), HasSubstr("'passed'"));
  EXPECT_THAT(Refusal(kCheck, Post("a", R"({"passed": true})")), HasSubstr("'check_name'"));
  EXPECT_THAT(Refusal(kCheck, Post("a", R"({"check_name": "c", "passed": "yes"})")), HasSubstr("'passed'"));
  EXPECT_THAT(Refusal(kCheck, Post("a", R"({"check_name": "c", "passed": true, "severity": "BAD"})")),
              HasSubstr("'BAD'"));
  http::Request form = Post("a", "{}");
  form.headers = {{"Content-Type", "text/plain"}};
  EXPECT_THAT(Refusal(kObservation, form), HasSubstr("Unhandled content type text/plain"));
}

}  // namespace
}  // namespace tidemill::webserver
