#include <utility>

#include <tidemill/webserver/api_service.h>

namespace tidemill::webserver {
namespace {

graphql::Request RequestOf(const http::GraphqlOperation& operation) {
  return {operation.query, operation.operation_name,
          operation.variables.is_object() ? operation.variables.AsObject() : json::Object()};
}

/// A query or mutation over a WebSocket: one answer, which is computed when the client takes it.
class SingleAnswer final : public http::GraphqlStream {
 public:
  SingleAnswer(http::GraphqlService& service, http::GraphqlOperation operation, http::Request request)
      : service_(service), operation_(std::move(operation)), request_(std::move(request)) {}

  State Poll(std::string& out) override {
    if (std::exchange(is_answered_, true)) return State::kEnd;
    service_.Execute(operation_, request_, out);
    return State::kItem;
  }

 private:
  http::GraphqlService& service_;
  const http::GraphqlOperation operation_;
  const http::Request request_;
  bool is_answered_ = false;
};

class Events final : public http::GraphqlStream {
 public:
  Events(std::unique_ptr<graphql::Subscription> subscription, std::function<void()> wake)
      : subscription_(std::move(subscription)) {
    subscription_->Start(std::move(wake));
  }

  State Poll(std::string& out) override {
    if (subscription_->Next(out)) return State::kItem;
    return subscription_->ended() ? State::kEnd : State::kPending;
  }

 private:
  std::unique_ptr<graphql::Subscription> subscription_;
};

std::vector<std::string> ErrorsOf(const std::string& response) {
  const json::Value parsed = json::Parse(response);
  const json::Value* errors = parsed.Find("errors");
  std::vector<std::string> texts;
  if (errors == nullptr) return texts;
  for (const json::Value& error : errors->AsArray()) texts.push_back(json::Dump(error));
  return texts;
}

}  // namespace

ApiService::ApiService(const api::Services& services) : services_(services), engine_(api::MakeSchema()) {}

http::GraphqlOutcome ApiService::Execute(const http::GraphqlOperation& operation, const http::Request& /*request*/,
                                         std::string& out) {
  api::RequestContext context(services_);
  const graphql::Outcome outcome = engine_.Execute(RequestOf(operation), context, out);
  if (outcome.request_error) return http::GraphqlOutcome::kRequestError;
  return outcome.error_count > 0 || context.failed() ? http::GraphqlOutcome::kServerError : http::GraphqlOutcome::kOk;
}

std::variant<std::unique_ptr<http::GraphqlStream>, std::vector<std::string>> ApiService::Subscribe(
    const http::GraphqlOperation& operation, const http::Request& request, std::function<void()> wake) {
  const graphql::Request asked = RequestOf(operation);
  const auto type = engine_.TypeOf(asked);
  if (type && *type != graphql::OperationType::kSubscription) {
    return std::make_unique<SingleAnswer>(*this, operation, request);
  }
  std::string refusal;
  auto context = graphql::Context::Shared(std::make_shared<api::RequestContext>(services_));
  auto subscription = engine_.Subscribe(asked, context, refusal);
  if (subscription == nullptr) return ErrorsOf(refusal);
  return std::make_unique<Events>(std::move(subscription), std::move(wake));
}

}  // namespace tidemill::webserver
