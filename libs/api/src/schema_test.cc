#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/api/api.h>
#include <tidemill/graphql/engine.h>

namespace tidemill::api {
namespace {

TEST(SchemaTest, EveryBindingAgreesWithDagstersSchema) { EXPECT_NO_THROW(graphql::Engine{MakeSchema()}); }

}  // namespace
}  // namespace tidemill::api
