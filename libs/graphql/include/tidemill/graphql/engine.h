#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <tidemill/base/json.h>
#include <tidemill/graphql/error.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::graphql {

struct Request {
  std::string_view query;
  std::string_view operation_name = {};  ///< Empty where the document has one operation.
  json::Object variables = {};
};

/// The object that resolvers take by reference; of the class that they name.
class Context final {
 public:
  /// None: for schemas whose resolvers take no context.
  Context() = default;
  /// Borrowed for the call.
  template <class T>
  requires(!std::is_same_v<std::remove_cv_t<T>, Context>) Context(T& context)
      : value_(std::shared_ptr<void>(), &context), type_(&kCppType<std::remove_cv_t<T>>) {}
  /// Shared with a subscription, as long as it lives.
  template <class T>
  static Context Shared(std::shared_ptr<T> context) {
    Context result(*context);
    result.value_ = std::move(context);
    return result;
  }

  void* value() const { return value_.get(); }
  const CppType* type() const { return type_; }

 private:
  std::shared_ptr<void> value_;
  const CppType* type_ = nullptr;
};

/// How a response came out; the response itself has been written.
struct Outcome {
  /// The document, the operation's name or the variables were wrong: nothing was executed.
  bool request_error = false;
  std::size_t error_count = 0;
};

enum class OperationType { kQuery, kMutation, kSubscription };

struct EngineOptions {
  std::size_t cached_documents = 1000;          ///< Prepared documents kept, those used last.
  std::size_t cached_bytes = 64 << 20;          ///< Of their texts.
  std::uint32_t max_tokens = 20000;             ///< Of a document; 0 is no limit, here and below.
  std::uint32_t max_depth = 50;                 ///< Of fields in fields, fragments followed.
  std::uint32_t max_fields = 20000;             ///< Fields in an operation, fragments followed each time.
  std::size_t max_response_bytes = 512u << 20;  ///< Beyond it a request ends with an error.
};

/// A running subscription. Used by one thread at a time; destroying it cancels it.
class Subscription {
 public:
  virtual ~Subscription() = default;

  /// Called once. `wake` may be called from any thread, when Next may have something or the end has come.
  virtual void Start(std::function<void()> wake) = 0;
  /// Appends the response to the next event; false, and nothing appended, if none is ready.
  virtual bool Next(std::string& out) = 0;
  /// No response will come any more.
  virtual bool ended() const = 0;
};

/// Executes requests on a bound schema: parses, validates and plans a document once, keeps it, resolves fields on the
/// caller's thread and writes JSON into the caller's buffer.
///
/// Thread-safe; the schema is immutable from here on.
class Engine final {
 public:
  /// Throws Error(kInvalidArgument) that lists each binding that the schema contradicts.
  explicit Engine(Schema schema, EngineOptions options = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// Appends the response `{"data":…,"errors":[…]}` to `out`. Errors of the request are responses as well; throws only
  /// Error(kInternal) if `context` is not of the class that the resolvers take.
  Outcome Execute(const Request& request, const Context& context, std::string& out) const;

  /// The type of the operation that a request would execute; nothing where it is wrong.
  std::optional<OperationType> TypeOf(const Request& request) const;

  /// Starts a subscription. If the request is wrong or its resolver throws, appends the response with the errors to
  /// `out` and gives null.
  std::unique_ptr<Subscription> Subscribe(const Request& request, const Context& context, std::string& out) const;

  const Schema& schema() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::graphql
