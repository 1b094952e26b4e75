#include "graphql_protocol.h"

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "graphql_request.h"

namespace tidemill::http {

namespace {

struct Message {
  std::string type;
  std::string id;  ///< JSON text; empty: none.
  const json::Value* payload = nullptr;
};

// Throws Error(kInvalidArgument) if `value` is no message.
Message ReadMessage(const json::Value& value) {
  if (!value.is_object()) throw Error(Code::kInvalidArgument, "a message must be an object");
  const json::Value* type = value.Find("type");
  if (type == nullptr || !type->is_string()) throw Error(Code::kInvalidArgument, "a message needs a \"type\"");
  Message message{.type = type->AsString(), .id = {}, .payload = value.Find("payload")};
  if (const json::Value* id = value.Find("id"); id != nullptr && !id->is_null()) {
    if (!id->is_string() && !id->is_int()) throw Error(Code::kInvalidArgument, "an \"id\" must be a string");
    message.id = json::Dump(*id);
    if (message.id.size() > 256) throw Error(Code::kInvalidArgument, "an \"id\" may have 250 bytes");
  }
  return message;
}

GraphqlOperation ReadPayload(const Message& message) {
  if (message.payload == nullptr) throw Error(Code::kInvalidArgument, "the message has no \"payload\"");
  return ReadGraphqlOperation(*message.payload);
}

std::string ErrorObject(std::string_view text) {
  std::string out = R"({"message": )";
  json::AppendQuoted(out, text);
  return out + "}";
}

std::string TooMany(std::size_t limit) {
  return ErrorObject(fmt::format("this connection has {} operations already: stop one first", limit));
}

std::string WithId(std::string_view type, const std::string& id) {
  return fmt::format(R"({{"type": "{}", "id": {}}})", type, id);
}

std::string WithPayload(std::string_view type, const std::string& id, std::string_view payload) {
  return fmt::format(R"({{"type": "{}", "id": {}, "payload": {}}})", type, id, payload);
}

class SubscriptionsTransport final : public GraphqlProtocol {
 public:
  explicit SubscriptionsTransport(std::size_t max_operations) : max_operations_(max_operations) {}

  Actions OnText(std::string_view text) override {
    json::Value value;
    Message message;
    try {
      value = json::Parse(text);
      message = ReadMessage(value);
    } catch (const Error& error) {
      return {Close{4400, error.what()}};
    }
    if (message.type == "connection_init") return {Send{R"({"type": "connection_ack"})"}};
    if (message.type == "connection_terminate") return {Close{1000, ""}};
    if (message.type == "start") return OnStart(message);
    if (message.type == "stop") return OnStop(message);
    return {Send{R"({"type": "connection_error", "payload": )" + ErrorObject("unknown message type") + "}"}};
  }

  Actions OnInitTimeout() override { return {}; }

  std::string Next(const std::string& id, std::string_view payload) const override {
    return WithPayload("data", id, payload);
  }

  std::string Fail(const std::string& id, const std::vector<std::string>& errors) override {
    running_.erase(id);
    return WithPayload("error", id, errors.empty() ? ErrorObject("unknown error") : errors.front());
  }

  std::string Complete(const std::string& id) override {
    running_.erase(id);
    return WithId("complete", id);
  }

 private:
  Actions OnStart(const Message& message) {
    if (message.id.empty()) return {Close{4400, "\"start\" needs an \"id\""}};
    if (running_.contains(message.id)) return {};
    if (running_.size() >= max_operations_) return {Send{WithPayload("error", message.id, TooMany(max_operations_))}};
    try {
      Start start{message.id, ReadPayload(message)};
      running_.insert(message.id);
      return {std::move(start)};
    } catch (const Error& error) {
      return {Send{WithPayload("error", message.id, ErrorObject(error.what()))}};
    }
  }

  Actions OnStop(const Message& message) {
    if (running_.erase(message.id) == 0) return {};
    return {Stop{message.id}};
  }

  const std::size_t max_operations_;
  std::set<std::string> running_;
};

class GraphqlTransport final : public GraphqlProtocol {
 public:
  explicit GraphqlTransport(std::size_t max_operations) : max_operations_(max_operations) {}

  Actions OnText(std::string_view text) override {
    try {
      const json::Value value = json::Parse(text);
      return OnMessage(ReadMessage(value));
    } catch (const Error& error) {
      return {Close{4400, error.what()}};
    }
  }

  Actions OnInitTimeout() override {
    if (initialised_) return {};
    return {Close{4408, "Connection initialisation timeout"}};
  }

  std::string Next(const std::string& id, std::string_view payload) const override {
    return WithPayload("next", id, payload);
  }

  std::string Fail(const std::string& id, const std::vector<std::string>& errors) override {
    running_.erase(id);
    return WithPayload("error", id, fmt::format("[{}]", fmt::join(errors, ", ")));
  }

  std::string Complete(const std::string& id) override {
    running_.erase(id);
    return WithId("complete", id);
  }

 private:
  Actions OnMessage(const Message& message) {
    if (message.type == "connection_init") {
      if (initialised_) return {Close{4429, "Too many initialisation requests"}};
      initialised_ = true;
      return {Send{R"({"type": "connection_ack"})"}};
    }
    if (message.type == "ping") {
      if (message.payload == nullptr) return {Send{R"({"type": "pong"})"}};
      return {Send{R"({"type": "pong", "payload": )" + json::Dump(*message.payload) + "}"}};
    }
    if (message.type == "pong") return {};
    if (message.type == "subscribe") return OnSubscribe(message);
    if (message.type == "complete") {
      if (running_.erase(message.id) == 0) return {};
      return {Stop{message.id}};
    }
    return {Close{4400, "unknown message type"}};
  }

  Actions OnSubscribe(const Message& message) {
    if (!initialised_) return {Close{4401, "Unauthorized"}};
    if (message.id.empty()) return {Close{4400, "\"subscribe\" needs an \"id\""}};
    if (running_.contains(message.id)) return {Close{4409, "Subscriber for this id already exists"}};
    if (running_.size() >= max_operations_) {
      return {Send{WithPayload("error", message.id, "[" + TooMany(max_operations_) + "]")}};
    }
    Start start{message.id, ReadPayload(message)};
    running_.insert(message.id);
    return {std::move(start)};
  }

  const std::size_t max_operations_;
  std::set<std::string> running_;
  bool initialised_ = false;
};

}  // namespace

std::unique_ptr<GraphqlProtocol> MakeGraphqlProtocol(std::string_view subprotocol, std::size_t max_operations) {
  if (subprotocol == kGraphqlTransportWs) return std::make_unique<GraphqlTransport>(max_operations);
  return std::make_unique<SubscriptionsTransport>(max_operations);
}

}  // namespace tidemill::http
