#include "python_yaml.h"

#include <gtest/gtest.h>

namespace tidemill::instance {
namespace {

TEST(PythonYamlTest, MappingsAreSortedBlocks) {
  EXPECT_EQ(ToPythonYaml(json::Object{}), "{}\n");
  EXPECT_EQ(ToPythonYaml(json::Object{{"b", 1}, {"a", json::Object{{"env", "BASE"}}}}), "a:\n  env: BASE\nb: 1\n");
  EXPECT_EQ(ToPythonYaml(json::Object{{"base_dir", "/srv/home/"}}), "base_dir: /srv/home/\n");
}

TEST(PythonYamlTest, ListsStandAtTheColumnOfTheirKey) {
  EXPECT_EQ(ToPythonYaml(
                json::Object{{"limits", json::Array{json::Object{{"limit", 1}, {"key", "a"}}, "x", json::Array{1, 2}}},
                             {"none", json::Array{}}}),
            "limits:\n- key: a\n  limit: 1\n- x\n- - 1\n  - 2\nnone: []\n");
}

TEST(PythonYamlTest, TextsThatReadAsSomethingElseAreQuoted) {
  const auto yaml_of = [](json::Value value) { return ToPythonYaml(json::Object{{"k", std::move(value)}}); };
  EXPECT_EQ(yaml_of("true"), "k: 'true'\n");
  EXPECT_EQ(yaml_of("Off"), "k: 'Off'\n");
  EXPECT_EQ(yaml_of("12"), "k: '12'\n");
  EXPECT_EQ(yaml_of(""), "k: ''\n");
  EXPECT_EQ(yaml_of("a: b"), "k: 'a: b'\n");
  EXPECT_EQ(yaml_of("it's # no"), "k: 'it''s # no'\n");
  EXPECT_EQ(yaml_of("line\nbreak"), "k: \"line\\nbreak\"\n");
  EXPECT_EQ(yaml_of(nullptr), "k: null\n");
  EXPECT_EQ(yaml_of(true), "k: true\n");
  EXPECT_EQ(yaml_of(1.5), "k: 1.5\n");
  EXPECT_EQ(yaml_of(1e22), "k: 1.0e+22\n");
}

}  // namespace
}  // namespace tidemill::instance
