#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/graphql/engine.h>

#include "document.h"
#include "execution.h"
#include "keeper.h"
#include "prepared_request.h"

namespace tidemill::graphql {

class Engine::Impl {
 public:
  Impl(Schema schema, EngineOptions given) : options(given), bound(std::move(schema)), cache(bound, options) {}

  EngineOptions options;
  BoundSchema bound;
  DocumentCache cache;
};

Engine::Engine(Schema schema, EngineOptions options) : impl_(std::make_unique<Impl>(std::move(schema), options)) {}
Engine::~Engine() = default;

const Schema& Engine::schema() const { return impl_->bound.schema(); }

Outcome Engine::Execute(const Request& request, const Context& context, std::string& out) const {
  PreparedRequest prepared(impl_->bound, impl_->cache, request, context);
  if (prepared.ok() && prepared.operation().kind == ast::OperationKind::kSubscription) {
    prepared.Refuse("Subscriptions are answered over a WebSocket.");
  }
  if (!prepared.ok()) return prepared.WriteErrors(out);
  std::size_t start = out.size();
  out += "{\"data\":";
  Execution execution(impl_->bound, prepared.plan(), prepared.source(), prepared.variables(), context.value(), out,
                      impl_->options.max_response_bytes);
  try {
    execution.Run(prepared.operation().kind == ast::OperationKind::kMutation);
  } catch (const ResponseTooLarge&) {
    out.resize(start);
    out += "{\"data\":null";
    execution.errors().clear();
    execution.errors().push_back(
        {fmt::format("The response is larger than {} bytes.", impl_->options.max_response_bytes), {}, {}, {}});
  }
  std::size_t count = execution.errors().size();
  if (count > 0) AppendErrors(out, std::move(execution.errors()));
  out += '}';
  return {false, count};
}

std::optional<OperationType> Engine::TypeOf(const Request& request) const {
  auto document = impl_->cache.Get(request.query);
  std::string message;
  const ast::Operation* operation =
      document->errors().empty() ? document->FindOperation(request.operation_name, message) : nullptr;
  if (operation == nullptr) return std::nullopt;
  return static_cast<OperationType>(operation->kind);
}

namespace {

class EventSubscription final : public Subscription {
 public:
  EventSubscription(const BoundSchema& schema, std::size_t max_bytes, PreparedRequest prepared, Context context)
      : schema_(schema), max_bytes_(max_bytes), prepared_(std::move(prepared)), context_(std::move(context)) {}

  /// Calls the resolver; on failure appends the response and gives false.
  bool Open(std::string& out) {
    const PlannedField& field = prepared_.plan().root->fields.front();
    std::string unused;
    Execution execution(schema_, prepared_.plan(), prepared_.source(), prepared_.variables(), context_.value(), unused,
                        max_bytes_);
    Path path{nullptr, field.key, 0};
    const FieldArguments& arguments = execution.ArgumentsOf(field);
    if (arguments.error) {
      execution.Fail(field, path, *arguments.error);
    } else if (field.resolver == nullptr) {
      execution.Fail(field, path, field.parent->name + "." + field.definition->name + " has no resolver.");
    } else {
      try {
        static constexpr Root kRoot;
        FieldInfo info(field);
        Input input(arguments.values);
        source_ = field.resolver->stream(*field.resolver, execution.MakeCall(&kRoot, input, info));
      } catch (...) {
        execution.FailByException(field, path, std::current_exception());
      }
    }
    if (execution.errors().empty()) return true;
    out += "{\"data\":null";
    AppendErrors(out, std::move(execution.errors()));
    out += '}';
    return false;
  }

  void Start(std::function<void()> wake) override { source_->Start(std::move(wake)); }

  bool ended() const override { return failed_ || source_->ended(); }

  bool Next(std::string& out) override {
    if (failed_) return false;
    Kept event;
    try {
      KeptVisitor keeper(event);
      if (!source_->Deliver(keeper)) return false;
    } catch (...) {
      event.error = std::current_exception();
      failed_ = true;
    }
    std::size_t start = out.size();
    out += "{\"data\":";
    Execution execution(schema_, prepared_.plan(), prepared_.source(), prepared_.variables(), context_.value(), out,
                        max_bytes_);
    try {
      execution.RunEvent(event);
    } catch (const ResponseTooLarge&) {
      out.resize(start);
      out += "{\"data\":null";
      execution.errors().clear();
      execution.errors().push_back({fmt::format("The response is larger than {} bytes.", max_bytes_), {}, {}, {}});
    }
    if (!execution.errors().empty()) AppendErrors(out, std::move(execution.errors()));
    out += '}';
    return true;
  }

 private:
  const BoundSchema& schema_;
  std::size_t max_bytes_;
  PreparedRequest prepared_;
  Context context_;
  std::unique_ptr<EventSourceBase> source_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Subscription> Engine::Subscribe(const Request& request, const Context& context,
                                                std::string& out) const {
  PreparedRequest prepared(impl_->bound, impl_->cache, request, context);
  if (prepared.ok() && prepared.operation().kind != ast::OperationKind::kSubscription) {
    prepared.Refuse("The operation is no subscription.");
  }
  if (prepared.ok() && prepared.plan().root->fields.size() != 1) {
    prepared.Refuse("A subscription asks for exactly one field.");
  }
  if (!prepared.ok()) {
    prepared.WriteErrors(out);
    return nullptr;
  }
  auto subscription = std::make_unique<EventSubscription>(impl_->bound, impl_->options.max_response_bytes,
                                                          std::move(prepared), context);
  if (!subscription->Open(out)) return nullptr;
  return subscription;
}

}  // namespace tidemill::graphql
