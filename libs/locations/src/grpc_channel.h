#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/grpcpp.h>

#include <tidemill/base/error.h>
#include <tidemill/dagster_api/dagster_api.grpc.pb.h>
#include <tidemill/locations/grpc_location.h>

namespace tidemill::locations {

/// The kept channel of a GrpcLocation. Any thread may call it.
class GrpcLocation::Channel final {
 public:
  using Stub = api::DagsterApi::Stub;
  template <class Request, class Reply>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Reply*);

  Channel(std::string location_name, const model::GrpcServerTarget& server);

  /// Throws Error as GrpcLocation says; `name` is the RPC's.
  template <class Request, class Reply>
  Reply Call(std::string_view name, Method<Request, Reply> method, const Request& request,
             std::chrono::milliseconds timeout) {
    grpc::ClientContext context;
    Reply reply;
    Prepare(context, timeout);
    const grpc::Status status = ((*stub_).*method)(&context, request, &reply);
    if (!status.ok()) ThrowStatus(name, status, timeout);
    return reply;
  }

  /// The text that the RPC streams in pieces.
  std::string PartitionSetParams(const api::ExternalPartitionSetExecutionParamsRequest& request,
                                 std::chrono::milliseconds timeout);

 private:
  void Prepare(grpc::ClientContext& context, std::chrono::milliseconds timeout) const;
  [[noreturn]] void ThrowStatus(std::string_view name, const grpc::Status& status,
                                std::chrono::milliseconds timeout) const;

  const std::string location_name_;
  const std::string address_;
  const bool is_socket_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace tidemill::locations
