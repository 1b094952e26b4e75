#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/http/graphql_service.h>
#include <tidemill/http/metrics.h>
#include <tidemill/http/websocket.h>
#include <tidemill/http/worker_pool.h>

#include "graphql_protocol.h"

namespace tidemill::http {

/// One client's GraphQL operations over one WebSocket: runs each as a stream that is asked for its next answer only
/// while the client takes what it is sent.
class GraphqlSocket final : public WebSocketHandler {
 public:
  GraphqlSocket(std::unique_ptr<GraphqlProtocol> protocol, GraphqlService& service, Request request,
                WorkerPool& workers, ServerMetrics& metrics, std::shared_ptr<WebSocketChannel> channel);
  ~GraphqlSocket() override;

  void OnText(std::string_view message) override;
  void OnDrained() override;
  void OnTick() override;

 private:
  struct Subscription;
  struct Batch;

  void Do(GraphqlProtocol::Action action);
  void Begin(GraphqlProtocol::Start start);
  void Remove(const std::string& id);
  /// Asks the stream for more if it may have some and the client keeps up.
  void Pump(const std::shared_ptr<Subscription>& subscription);
  void PumpAll();
  void Take(const std::shared_ptr<Subscription>& subscription, Batch batch);

  std::unique_ptr<GraphqlProtocol> protocol_;
  GraphqlService& service_;
  std::shared_ptr<const Request> request_;
  WorkerPool& workers_;
  ServerMetrics& metrics_;
  std::shared_ptr<WebSocketChannel> channel_;
  std::map<std::string, std::shared_ptr<Subscription>> subscriptions_;
  int ticks_ = 0;
};

}  // namespace tidemill::http
