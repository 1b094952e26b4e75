#include <gtest/gtest.h>

#include <tidemill/base/python_yaml.h>

namespace tidemill {
namespace {

std::string Value(json::Value value, const PythonYamlOptions& options = {}) {
  return ToPythonYaml(json::Object{{"k", std::move(value)}}, options);
}

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
  EXPECT_EQ(Value("true"), "k: 'true'\n");
  EXPECT_EQ(Value("Off"), "k: 'Off'\n");
  EXPECT_EQ(Value("12"), "k: '12'\n");
  EXPECT_EQ(Value("1e5"), "k: 1e5\n");
  EXPECT_EQ(Value(""), "k: ''\n");
  EXPECT_EQ(Value("two words"), "k: two words\n");
  EXPECT_EQ(Value("a: b"), "k: 'a: b'\n");
  EXPECT_EQ(Value("it's # no"), "k: 'it''s # no'\n");
  EXPECT_EQ(Value("line\nbreak"), "k: 'line\n\n  break'\n");
  EXPECT_EQ(Value("tab\there"), "k: \"tab\\there\"\n");
  EXPECT_EQ(Value(nullptr), "k: null\n");
  EXPECT_EQ(Value(true), "k: true\n");
  EXPECT_EQ(Value(1.5), "k: 1.5\n");
  EXPECT_EQ(Value(1e22), "k: 1.0e+22\n");
}

TEST(PythonYamlTest, RunConfigurationsHaveNoDatesAndNoOctals) {
  const PythonYamlOptions run_config{.allow_unicode = true, .is_run_config = true};
  EXPECT_EQ(Value("2024-01-01"), "k: '2024-01-01'\n");
  EXPECT_EQ(Value("2024-01-01", run_config), "k: 2024-01-01\n");
  EXPECT_EQ(Value("08", run_config), "k: '08'\n");
  EXPECT_EQ(Value("Zürich"), "k: \"Z\\xFCrich\"\n");
  EXPECT_EQ(Value("Zürich", run_config), "k: Zürich\n");
}

TEST(PythonYamlTest, LongTextsAreBrokenBehindTheEightiethColumn) {
  const std::string words(90, 'x');
  EXPECT_EQ(Value(words + " y z"), "k: " + words + "\n  y z\n");
  EXPECT_EQ(Value(words + ": y"), "k: '" + words + ":\n  y'\n");
  EXPECT_EQ(Value(words + "\t y"), "k: \"" + words + "\\t\\\n  \\ y\"\n");
}

}  // namespace
}  // namespace tidemill
