#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/contract/contract.h>
#include <tidemill/contract/graphql_schema.h>

namespace tidemill::contract {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::ThrowsMessage;
using ::testing::UnorderedElementsAre;

TEST(ContractTest, TheEmbeddedExportIsThePinnedVersions) {
  EXPECT_EQ(Contract::Get().dagster_version(), "1.13.27");
  EXPECT_THAT(Contract::Get().event_types(), Contains("STEP_START"));
}

TEST(ContractTest, KeysReadAreTheKeysThatOurFormulaGives) {
  // Rebuilding the shape from the fields read must give the key that Dagster computed.
  for (std::string_view name : {"in_process", "multiprocess", "multi_or_in_process_executor"}) {
    const config::Field& field = *Contract::Get().Executor(name).config;
    bool selector = field.type->kind() == model::ConfigTypeKind::kSelector;
    auto rebuilt = selector ? config::ConfigType::Selector(field.type->fields(), field.type->description())
                            : config::ConfigType::Shape(field.type->fields(), field.type->description());
    EXPECT_EQ(rebuilt->key(), field.type->key()) << name;
    EXPECT_TRUE(config::Validate(*rebuilt, field.default_value.value()).empty()) << name;
  }
}

TEST(ContractTest, BuiltinTypesHaveTheirLoaders) {
  const Contract& contract = Contract::Get();
  EXPECT_THAT(contract.builtin_types(), UnorderedElementsAre("Any", "Bool", "Float", "Int", "Nothing", "String"));
  EXPECT_THAT(contract.dagster_types(), Contains(Key("PythonDict")));
  EXPECT_EQ(contract.Loader("Int")->key(), contract.dagster_types().at("Int").loader_schema_key);
  EXPECT_TRUE(config::Process(*contract.Loader("Int"), 3, nullptr).ok());
  EXPECT_EQ(contract.Loader("Nothing"), nullptr);
}

TEST(ContractTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT([] { Contract::Get().Executor("celery"); }, ThrowsMessage<Error>(HasSubstr("multiprocess")));
  EXPECT_THROW(Contract::Get().IoManager("s3"), Error);
  EXPECT_THROW(Contract("{}"), Error);
}

TEST(ContractTest, TheSchemaOfTheGraphqlApiIsEmbedded) {
  EXPECT_THAT(GraphqlSchema(), HasSubstr("\ntype Query {\n"));
  EXPECT_THAT(GraphqlSchema(), HasSubstr("\ntype Mutation {\n"));
  EXPECT_EQ(GraphqlSchema().back(), '\n');
}

TEST(ContractTest, TheDefaultsOfAJobAreThere) {
  ASSERT_EQ(Contract::Get().default_loggers().size(), 1u);
  EXPECT_EQ(Contract::Get().default_loggers()[0].name, "console");
  EXPECT_EQ(Contract::Get().IoManager("default").config->type->key(), "Any");
  EXPECT_FALSE(Contract::Get().RootDescription("execution").empty());
}

}  // namespace
}  // namespace tidemill::contract
