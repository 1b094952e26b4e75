#include "graphql_socket.h"

#include <atomic>

#include <tidemill/base/error.h>

namespace tidemill::http {

namespace {

// No stream is asked for more while this much waits to be sent.
constexpr std::size_t kHighWaterBytes = 256 << 10;
// What one visit of a worker may bring.
constexpr std::size_t kBatchItems = 32;
constexpr std::size_t kBatchBytes = 64 << 10;
constexpr int kInitTicks = 10;

std::string ErrorObject(std::string_view text) {
  std::string out = R"({"message": )";
  json::AppendQuoted(out, text);
  return out + "}";
}

}  // namespace

// Shared with the worker that uses its stream, one at a time.
struct GraphqlSocket::Subscription {
  explicit Subscription(ServerMetrics& counted) : metrics(counted) { ++metrics.subscriptions; }
  ~Subscription() { --metrics.subscriptions; }

  ServerMetrics& metrics;
  std::string id;
  GraphqlOperation operation;             // Until it has started.
  std::unique_ptr<GraphqlStream> stream;  // The busy worker's.
  std::atomic<bool> cancelled{false};
  bool busy = false;  // The connection thread's, as the next.
  bool may_have_more = true;
};

struct GraphqlSocket::Batch {
  std::vector<std::string> items;
  std::vector<std::string> refusals;  // Why it did not start.
  std::string failure;                // Why it ended.
  GraphqlStream::State state = GraphqlStream::State::kEnd;
};

GraphqlSocket::GraphqlSocket(std::unique_ptr<GraphqlProtocol> protocol, GraphqlService& service, Request request,
                             WorkerPool& workers, ServerMetrics& metrics, std::shared_ptr<WebSocketChannel> channel)
    : protocol_(std::move(protocol)),
      service_(service),
      request_(std::make_shared<const Request>(std::move(request))),
      workers_(workers),
      metrics_(metrics),
      channel_(std::move(channel)) {}

GraphqlSocket::~GraphqlSocket() {
  for (const auto& [id, subscription] : subscriptions_) subscription->cancelled = true;
}

void GraphqlSocket::OnText(std::string_view message) {
  for (GraphqlProtocol::Action& action : protocol_->OnText(message)) Do(std::move(action));
}

void GraphqlSocket::OnDrained() { PumpAll(); }

void GraphqlSocket::OnTick() {
  if (++ticks_ == kInitTicks) {
    for (GraphqlProtocol::Action& action : protocol_->OnInitTimeout()) Do(std::move(action));
  }
  PumpAll();  // Those that found no free worker.
}

void GraphqlSocket::Do(GraphqlProtocol::Action action) {
  if (auto* send = std::get_if<GraphqlProtocol::Send>(&action)) {
    channel_->Send(std::move(send->text));
  } else if (auto* start = std::get_if<GraphqlProtocol::Start>(&action)) {
    Begin(std::move(*start));
  } else if (auto* stop = std::get_if<GraphqlProtocol::Stop>(&action)) {
    Remove(stop->id);
  } else if (auto* close = std::get_if<GraphqlProtocol::Close>(&action)) {
    channel_->Close(close->code, std::move(close->reason));
  }
}

void GraphqlSocket::Begin(GraphqlProtocol::Start start) {
  auto subscription = std::make_shared<Subscription>(metrics_);
  subscription->id = start.id;
  subscription->operation = std::move(start.operation);
  subscriptions_[start.id] = subscription;
  Pump(subscription);
}

void GraphqlSocket::Remove(const std::string& id) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  found->second->cancelled = true;
  subscriptions_.erase(found);
}

void GraphqlSocket::PumpAll() {
  const auto running = subscriptions_;  // Pump may end one.
  for (const auto& [id, subscription] : running) Pump(subscription);
}

void GraphqlSocket::Pump(const std::shared_ptr<Subscription>& subscription) {
  if (subscription->busy || !subscription->may_have_more || subscription->cancelled) return;
  if (channel_->queued_bytes() > kHighWaterBytes) return;

  // What the worker needs is shared with it: this socket may be gone before it is done.
  const auto work = [subscription, request = request_, channel = channel_, &service = service_, socket = this] {
    Batch batch;
    try {
      if (subscription->stream == nullptr && !subscription->cancelled) {
        const auto wake = [channel, socket, weak = std::weak_ptr(subscription)] {
          channel->Post([socket, weak] {
            const auto woken = weak.lock();
            if (woken == nullptr) return;
            woken->may_have_more = true;
            socket->Pump(woken);
          });
        };
        auto started = service.Subscribe(subscription->operation, *request, wake);
        subscription->operation = {};
        if (auto* errors = std::get_if<std::vector<std::string>>(&started)) {
          batch.refusals = std::move(*errors);
        } else {
          subscription->stream = std::move(std::get<0>(started));
        }
      }
      std::size_t bytes = 0;
      while (subscription->stream != nullptr && !subscription->cancelled) {
        std::string item;
        batch.state = subscription->stream->Poll(item);
        if (batch.state != GraphqlStream::State::kItem) break;
        bytes += item.size();
        batch.items.push_back(std::move(item));
        if (batch.items.size() >= kBatchItems || bytes >= kBatchBytes) break;
      }
    } catch (const std::exception& error) {
      batch.failure = error.what();
      batch.state = GraphqlStream::State::kEnd;
    }
    auto shared = std::make_shared<Batch>(std::move(batch));
    channel->Post([socket, subscription, shared] { socket->Take(subscription, std::move(*shared)); });
  };
  subscription->busy = true;
  subscription->may_have_more = false;
  if (workers_.TrySubmit(work)) return;
  subscription->busy = false;
  subscription->may_have_more = true;  // OnTick tries again.
}

void GraphqlSocket::Take(const std::shared_ptr<Subscription>& subscription, Batch batch) {
  subscription->busy = false;
  if (subscription->cancelled) return;
  const std::string& id = subscription->id;
  for (const std::string& item : batch.items) channel_->Send(protocol_->Next(id, item));
  if (batch.state == GraphqlStream::State::kItem) subscription->may_have_more = true;
  if (batch.state != GraphqlStream::State::kEnd) return Pump(subscription);

  if (!batch.refusals.empty()) {
    channel_->Send(protocol_->Fail(id, batch.refusals));
  } else {
    if (!batch.failure.empty()) {
      channel_->Send(protocol_->Next(id, R"({"data": null, "errors": [)" + ErrorObject(batch.failure) + "]}"));
    }
    channel_->Send(protocol_->Complete(id));
  }
  Remove(id);
}

}  // namespace tidemill::http
