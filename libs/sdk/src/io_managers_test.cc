#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/file.h>
#include <tidemill/base/uuid.h>
#include <tidemill/sdk/io_managers.h>
#include <tidemill/sdk/value_types.h>

namespace tidemill::sdk {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What the engine tells an IO manager, set by the test.
struct FakeOutput final : engine::OutputContext {
  engine::StepInfo info;
  std::string name = "result";
  std::optional<model::AssetKey> asset;
  std::vector<std::string> partitions;
  model::Metadata definition;
  std::optional<std::string> mapping;
  fs::path root;
  model::Metadata added;
  std::vector<std::string> log;
  std::vector<fs::path> written;

  const engine::StepInfo& step() const override { return info; }
  const std::string& output_name() const override { return name; }
  const std::optional<model::AssetKey>& asset_key() const override { return asset; }
  const std::vector<std::string>& partition_keys() const override { return partitions; }
  const model::Metadata& definition_metadata() const override { return definition; }
  const std::optional<std::string>& mapping_key() const override { return mapping; }
  const fs::path& storage_root() const override { return root; }
  void AddMetadata(model::Metadata metadata) override { added.insert(added.end(), metadata.begin(), metadata.end()); }
  void Log(int, std::string message) override { log.push_back(std::move(message)); }
  void WroteFile(const fs::path& path) override { written.push_back(path); }
};

struct FakeInput final : engine::InputContext {
  explicit FakeInput(const engine::ValueType& type) : value_type(&type) {}

  engine::StepInfo info;
  std::string name = "input";
  const engine::ValueType* value_type;
  std::optional<model::AssetKey> asset;
  std::vector<std::string> partitions;
  std::optional<model::StepOutputHandle> upstream;
  std::string run_id;
  fs::path root;
  std::vector<std::string> log;

  const engine::StepInfo& step() const override { return info; }
  const std::string& input_name() const override { return name; }
  const engine::ValueType& type() const override { return *value_type; }
  const std::optional<model::AssetKey>& asset_key() const override { return asset; }
  const std::vector<std::string>& partition_keys() const override { return partitions; }
  const std::optional<model::StepOutputHandle>& upstream_output() const override { return upstream; }
  const std::string& upstream_run_id() const override { return run_id; }
  const fs::path& storage_root() const override { return root; }
  void AddMetadata(model::Metadata) override {}
  void Log(int, std::string message) override { log.push_back(std::move(message)); }
};

class IoManagersTest : public ::testing::Test {
 protected:
  IoManagersTest() : root_(fs::path(::testing::TempDir()) / NewUuid()) {}
  ~IoManagersTest() override { fs::remove_all(root_); }

  FakeOutput AssetOutput(model::AssetKey key, std::vector<std::string> partitions = {}) const {
    FakeOutput output;
    output.asset = std::move(key);
    output.partitions = std::move(partitions);
    output.root = root_;
    return output;
  }

  template <class T>
  FakeInput AssetInput(model::AssetKey key, std::vector<std::string> partitions = {}) const {
    FakeInput input(ValueTypeOf<T>());
    input.asset = std::move(key);
    input.partitions = std::move(partitions);
    input.root = root_;
    return input;
  }

  static std::string MessageOf(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  const fs::path root_;
};

using Managers = std::vector<std::shared_ptr<engine::IoManager>>;

TEST_F(IoManagersTest, EachKeepsAssetsPartitionsAndOutputs) {
  for (const auto& manager : Managers{FilesystemJson({}), FilesystemBinary({}), InMemory()}) {
    auto whole = AssetOutput(model::AssetKey({"marts", "orders"}));
    manager->HandleOutput(whole, MakeValue(std::vector<std::int64_t>{1, 2}));
    auto input = AssetInput<std::vector<std::int64_t>>(model::AssetKey({"marts", "orders"}));
    EXPECT_THAT(ValueAs<std::vector<std::int64_t>>(manager->LoadInput(input)), ElementsAre(1, 2));

    for (const char* day : {"2024-01-01", "2024-01-02"}) {
      auto part = AssetOutput("daily", {day});
      manager->HandleOutput(part, MakeValue(std::string(day)));
    }
    auto one = AssetInput<std::string>("daily", {"2024-01-02"});
    EXPECT_EQ(ValueAs<std::string>(manager->LoadInput(one)), "2024-01-02");
    auto both = AssetInput<PartitionMap<std::string>>("daily", {"2024-01-01", "2024-01-02"});
    EXPECT_EQ(ValueAs<PartitionMap<std::string>>(manager->LoadInput(both)).at("2024-01-01"), "2024-01-01");

    FakeOutput output;
    output.root = root_;
    output.info.run_id = "run1";
    output.info.step_key = "outer.op";
    manager->HandleOutput(output, MakeValue(2.5));
    FakeInput of_output(ValueTypeOf<double>());
    of_output.root = root_;
    of_output.run_id = "run1";
    of_output.upstream = model::StepOutputHandle{"outer.op", "result", {}};
    EXPECT_EQ(ValueAs<double>(manager->LoadInput(of_output)), 2.5);
    fs::remove_all(root_);
  }
}

TEST_F(IoManagersTest, FilesLieWhereDagsterPutsThem) {
  const auto manager = FilesystemJson({});
  auto output = AssetOutput(model::AssetKey({"marts", "orders"}));
  manager->HandleOutput(output, MakeValue(std::map<std::string, std::int64_t>{{"n", 1}}));
  EXPECT_EQ(ReadFile(root_ / "marts" / "orders"), R"({"n": 1})");
  EXPECT_THAT(output.written, ElementsAre(root_ / "marts" / "orders"));
  ASSERT_EQ(output.added.size(), 1U);
  EXPECT_EQ(output.added[0].first, "path");
  EXPECT_EQ(std::get<model::metadata::Path>(output.added[0].second).path, (root_ / "marts" / "orders").string());
  EXPECT_THAT(output.log, ElementsAre("Writing file at: " + (root_ / "marts" / "orders").string() +
                                      " using FilesystemJsonIoManager..."));

  auto part = AssetOutput("by_region", {"2024-01-01|eu"});
  manager->HandleOutput(part, MakeValue(true));
  EXPECT_EQ(ReadFile(root_ / "by_region" / "2024-01-01" / "eu"), "true");
}

TEST_F(IoManagersTest, NoPartitionLeadsOutOfItsAsset) {
  const auto manager = FilesystemJson({});
  for (const char* key : {"../../secret", "/etc/passwd", "..", "a|../b"}) {
    const std::string name = NewLetters(8);
    auto output = AssetOutput(name.c_str(), {key});
    manager->HandleOutput(output, MakeValue(true));
    const fs::path relative = output.written.front().lexically_normal().lexically_relative(root_ / name);
    EXPECT_NE(*relative.begin(), "..") << key;
    EXPECT_NE(relative, ".") << key;
  }
}

TEST_F(IoManagersTest, ABaseDirOfItsOwnReplacesTheInstances) {
  FilesystemConfig config;
  config.base_dir = (root_ / "elsewhere").string();
  auto output = AssetOutput("a");
  output.root = root_ / "unused";
  FilesystemJson(config)->HandleOutput(output, MakeValue(true));
  EXPECT_EQ(ReadFile(root_ / "elsewhere" / "a"), "true");
}

TEST_F(IoManagersTest, AnAssetThatGetsPartitionsReplacesItsFile) {
  const auto manager = FilesystemJson({});
  auto before = AssetOutput("a");
  manager->HandleOutput(before, MakeValue(1));
  auto after = AssetOutput("a", {"x"});
  manager->HandleOutput(after, MakeValue(2));
  EXPECT_EQ(ReadFile(root_ / "a" / "x"), "2");
  EXPECT_THAT(after.log.front(), HasSubstr("Removing the file"));
}

TEST_F(IoManagersTest, WhatCannotBeLoadedOrStoredIsNamedWithTheRemedy) {
  struct Opaque {
    int* pointer = nullptr;
  };
  const auto manager = FilesystemJson({});
  auto missing = AssetInput<bool>("missing");
  EXPECT_THAT(MessageOf([&] { manager->LoadInput(missing); }),
              AllOf(HasSubstr("input \"input\""), HasSubstr("missing"), HasSubstr("materialize what is upstream")));

  auto opaque = AssetOutput("opaque");
  EXPECT_THAT(MessageOf([&] { manager->HandleOutput(opaque, MakeValue(Opaque{})); }),
              AllOf(HasSubstr("Opaque"), HasSubstr("BOOST_DESCRIBE_STRUCT")));

  auto several = AssetOutput("a", {"x", "y"});
  EXPECT_THAT(MessageOf([&] { manager->HandleOutput(several, MakeValue(1)); }), HasSubstr("2 partitions"));

  auto map = AssetInput<std::int64_t>("a", {"x", "y"});
  EXPECT_THAT(MessageOf([&] { manager->LoadInput(map); }), HasSubstr("PartitionMap<long>"));

  auto text = AssetOutput("text");
  manager->HandleOutput(text, MakeValue(std::string("x")));
  auto number = AssetInput<std::int64_t>("text");
  EXPECT_THAT(MessageOf([&] { manager->LoadInput(number); }), AllOf(HasSubstr("as a long"), HasSubstr("text")));

  auto unknown = AssetInput<bool>("unknown");
  EXPECT_THAT(MessageOf([&] { InMemory()->LoadInput(unknown); }), HasSubstr("holds no value \"unknown\""));
}

}  // namespace
}  // namespace tidemill::sdk
