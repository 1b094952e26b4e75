#include "graphql_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Actions as texts, one each, for comparing.
std::vector<std::string> Texts(const GraphqlProtocol::Actions& actions) {
  std::vector<std::string> texts;
  for (const GraphqlProtocol::Action& action : actions) {
    if (const auto* send = std::get_if<GraphqlProtocol::Send>(&action)) texts.push_back("send " + send->text);
    if (const auto* start = std::get_if<GraphqlProtocol::Start>(&action)) {
      texts.push_back("start " + start->id + " " + start->operation.query);
    }
    if (const auto* stop = std::get_if<GraphqlProtocol::Stop>(&action)) texts.push_back("stop " + stop->id);
    if (const auto* close = std::get_if<GraphqlProtocol::Close>(&action)) {
      texts.push_back("close " + std::to_string(close->code) + " " + close->reason);
    }
  }
  return texts;
}

class SubscriptionsTransportTest : public ::testing::Test {
 protected:
  std::vector<std::string> Say(std::string_view message) { return Texts(protocol_->OnText(message)); }

  std::unique_ptr<GraphqlProtocol> protocol_ = MakeGraphqlProtocol(kGraphqlWs, 2);
};

TEST_F(SubscriptionsTransportTest, AnOperationFromStartToStop) {
  EXPECT_THAT(Say(R"({"type":"connection_init","payload":{}})"), ElementsAre(R"(send {"type": "connection_ack"})"));
  EXPECT_THAT(Say(R"({"id":"1","type":"start","payload":{"query":"subscription {a}"}})"),
              ElementsAre("start \"1\" subscription {a}"));
  EXPECT_EQ(protocol_->Next("\"1\"", R"({"data":1})"), R"({"type": "data", "id": "1", "payload": {"data":1}})");
  EXPECT_THAT(Say(R"({"id":"1","type":"stop"})"), ElementsAre("stop \"1\""));
  EXPECT_THAT(Say(R"({"id":"1","type":"stop"})"), IsEmpty());
  EXPECT_THAT(Say(R"({"type":"connection_terminate"})"), ElementsAre("close 1000 "));
}

TEST_F(SubscriptionsTransportTest, TheServerEndsAnOperation) {
  Say(R"({"id":"1","type":"start","payload":{"query":"a"}})");
  EXPECT_THAT(Say(R"({"id":"1","type":"start","payload":{"query":"a"}})"), IsEmpty());
  EXPECT_EQ(protocol_->Complete("\"1\""), R"({"type": "complete", "id": "1"})");
  EXPECT_THAT(Say(R"({"id":"1","type":"start","payload":{"query":"b"}})"), ElementsAre("start \"1\" b"));
  EXPECT_EQ(protocol_->Fail("\"1\"", {R"({"message": "x"})", "{}"}),
            R"({"type": "error", "id": "1", "payload": {"message": "x"}})");
}

TEST_F(SubscriptionsTransportTest, RefusesMoreThanItsLimit) {
  Say(R"({"id":"1","type":"start","payload":{"query":"a"}})");
  Say(R"({"id":2,"type":"start","payload":{"query":"a"}})");
  EXPECT_THAT(
      Say(R"({"id":"3","type":"start","payload":{"query":"a"}})"),
      ElementsAre(StartsWith(R"(send {"type": "error", "id": "3", "payload": {"message": "this connection has 2)")));
  EXPECT_THAT(Say(R"({"id":2,"type":"stop"})"), ElementsAre("stop 2"));
}

TEST_F(SubscriptionsTransportTest, BadMessages) {
  EXPECT_THAT(Say("{"), ElementsAre(StartsWith("close 4400 ")));
  EXPECT_THAT(Say("[]"), ElementsAre("close 4400 a message must be an object"));
  EXPECT_THAT(Say("{}"), ElementsAre("close 4400 a message needs a \"type\""));
  EXPECT_THAT(Say(R"({"type":"start","payload":{"query":"a"}})"), ElementsAre("close 4400 \"start\" needs an \"id\""));
  EXPECT_THAT(Say(R"({"type":"what"})"), ElementsAre(StartsWith("send {\"type\": \"connection_error\"")));
  EXPECT_THAT(
      Say(R"({"id":"9","type":"start","payload":{}})"),
      ElementsAre(
          R"(send {"type": "error", "id": "9", "payload": {"message": "No GraphQL query found in the request"}})"));
  EXPECT_THAT(protocol_->OnInitTimeout(), IsEmpty());
}

class GraphqlTransportTest : public ::testing::Test {
 protected:
  std::vector<std::string> Say(std::string_view message) { return Texts(protocol_->OnText(message)); }

  std::unique_ptr<GraphqlProtocol> protocol_ = MakeGraphqlProtocol(kGraphqlTransportWs, 2);
};

TEST_F(GraphqlTransportTest, AnOperationFromSubscribeToComplete) {
  EXPECT_THAT(Say(R"({"type":"connection_init"})"), ElementsAre(R"(send {"type": "connection_ack"})"));
  EXPECT_THAT(Say(R"({"id":"u","type":"subscribe","payload":{"query":"subscription {a}"}})"),
              ElementsAre("start \"u\" subscription {a}"));
  EXPECT_EQ(protocol_->Next("\"u\"", "{}"), R"({"type": "next", "id": "u", "payload": {}})");
  EXPECT_THAT(Say(R"({"id":"u","type":"complete"})"), ElementsAre("stop \"u\""));
  EXPECT_EQ(protocol_->Fail("\"u\"", {R"({"message": "x"})", "{}"}),
            R"({"type": "error", "id": "u", "payload": [{"message": "x"}, {}]})");
}

TEST_F(GraphqlTransportTest, Pings) {
  EXPECT_THAT(Say(R"({"type":"ping"})"), ElementsAre(R"(send {"type": "pong"})"));
  EXPECT_THAT(Say(R"({"type":"ping","payload":{"t":1}})"),
              ElementsAre(R"(send {"type": "pong", "payload": {"t": 1}})"));
  EXPECT_THAT(Say(R"({"type":"pong"})"), IsEmpty());
}

TEST_F(GraphqlTransportTest, ClosesOnWhatTheProtocolForbids) {
  EXPECT_THAT(Say(R"({"id":"1","type":"subscribe","payload":{"query":"a"}})"), ElementsAre("close 4401 Unauthorized"));
  EXPECT_THAT(Texts(protocol_->OnInitTimeout()), ElementsAre("close 4408 Connection initialisation timeout"));
  Say(R"({"type":"connection_init"})");
  EXPECT_THAT(protocol_->OnInitTimeout(), IsEmpty());
  EXPECT_THAT(Say(R"({"type":"connection_init"})"), ElementsAre("close 4429 Too many initialisation requests"));
  Say(R"({"id":"1","type":"subscribe","payload":{"query":"a"}})");
  EXPECT_THAT(Say(R"({"id":"1","type":"subscribe","payload":{"query":"a"}})"),
              ElementsAre("close 4409 Subscriber for this id already exists"));
  EXPECT_THAT(Say(R"({"type":"start"})"), ElementsAre("close 4400 unknown message type"));
  EXPECT_THAT(Say(R"({"id":"2","type":"subscribe"})"), ElementsAre("close 4400 the message has no \"payload\""));
}

}  // namespace
}  // namespace tidemill::http
