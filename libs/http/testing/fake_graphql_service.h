#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/http/graphql_service.h>

namespace tidemill::http::testing {

/// A GraphqlService that reads the first word of the query:
/// `count` how many operations were executed; `variables` echoes them; `syntax` and `resolver` fail so; `sleep`
/// takes 500 ms; `numbers N` is a stream of N answers; `flood` one that never ends, of 64 kB each; `wait` one that
/// waits for Publish; `refuse` does not start; `throw` fails.
class FakeGraphqlService final : public GraphqlService {
 public:
  GraphqlOutcome Execute(const GraphqlOperation& operation, const Request& request, std::string& out) override {
    const std::string word = FirstWord(operation.query);
    const int count = ++executed_;
    if (word == "syntax") {
      out += R"({"data": null, "errors": [{"message": "Syntax Error"}]})";
      return GraphqlOutcome::kRequestError;
    }
    if (word == "resolver") {
      out += R"({"data": {"it": null}, "errors": [{"message": "it failed"}]})";
      return GraphqlOutcome::kServerError;
    }
    if (word == "throw") throw Error(Code::kUnavailable, "the service is down");
    if (word == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(500));
    json::Object data{{"count", std::int64_t{count}},
                      {"variables", operation.variables},
                      {"operationName", operation.operation_name},
                      {"user", request.user}};
    out += json::Dump(json::Object{{"data", std::move(data)}});
    return GraphqlOutcome::kOk;
  }

  std::variant<std::unique_ptr<GraphqlStream>, std::vector<std::string>> Subscribe(
      const GraphqlOperation& operation, const Request&, std::function<void()> wake) override {
    const std::string word = FirstWord(operation.query);
    if (word == "refuse") return std::vector<std::string>{R"({"message": "no"})", R"({"message": "never"})"};
    if (word == "throw") throw Error(Code::kUnavailable, "the service is down");
    return std::make_unique<Stream>(*this, operation.query, std::move(wake));
  }

  /// Gives each `wait` stream one more answer.
  void Publish() {
    const std::lock_guard lock(mutex_);
    ++published_;
    for (const Waiter& waiter : waiters_) waiter.wake();
  }

  int executed() const { return executed_; }
  int polls() const { return polls_; }
  /// Streams that exist.
  int streams() const { return streams_; }

 private:
  class Stream;
  struct Waiter {
    const Stream* stream;
    std::function<void()> wake;
  };

  static std::string FirstWord(const std::string& query) { return query.substr(0, query.find(' ')); }

  class Stream final : public GraphqlStream {
   public:
    Stream(FakeGraphqlService& service, const std::string& query, std::function<void()> wake)
        : service_(service), word_(FirstWord(query)) {
      if (word_ == "numbers") left_ = std::stoi(query.substr(word_.size()));
      ++service_.streams_;
      const std::lock_guard lock(service_.mutex_);
      seen_ = service_.published_;
      service_.waiters_.push_back({this, std::move(wake)});
    }

    ~Stream() override {
      const std::lock_guard lock(service_.mutex_);
      std::erase_if(service_.waiters_, [this](const Waiter& waiter) { return waiter.stream == this; });
      --service_.streams_;
    }

    State Poll(std::string& out) override {
      ++service_.polls_;
      if (word_ == "wait") {
        const std::lock_guard lock(service_.mutex_);
        if (seen_ == service_.published_) return State::kPending;
        out = R"({"data": {"published": )" + std::to_string(++seen_) + "}}";
        return State::kItem;
      }
      if (word_ == "numbers" && left_-- <= 0) return State::kEnd;
      if (word_ == "numbers") out = R"({"data": {"left": )" + std::to_string(left_) + "}}";
      if (word_ == "flood") out = R"({"data": ")" + std::string(64 << 10, 'x') + "\"}";
      return out.empty() ? State::kEnd : State::kItem;
    }

   private:
    FakeGraphqlService& service_;
    const std::string word_;
    int left_ = 0;
    int seen_ = 0;
  };

  std::atomic<int> executed_{0};
  std::atomic<int> polls_{0};
  std::atomic<int> streams_{0};
  std::mutex mutex_;
  int published_ = 0;  // Guarded by mutex_, as the next.
  std::vector<Waiter> waiters_;
};

}  // namespace tidemill::http::testing
