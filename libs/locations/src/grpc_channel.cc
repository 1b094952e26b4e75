#include "grpc_channel.h"

#include <filesystem>

#include <fmt/format.h>

#include <tidemill/dagster_api/limits.h>
#include <tidemill/dagster_api/log.h>

namespace tidemill::locations {
namespace {

std::string AddressOf(const model::GrpcServerTarget& server) {
  if (!server.socket.empty()) return fmt::format("unix:{}", std::filesystem::absolute(server.socket).string());
  return fmt::format("{}:{}", server.host, server.port);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address, bool use_tls) {
  dagster_api::QuietLog();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(dagster_api::kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(dagster_api::kMaxMessageBytes);
  // A server that is restarted is found again at once.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // A location that is asked twice has two channels: what one of them learnt of the server is not the other's.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto credentials =
      use_tls ? grpc::SslCredentials(grpc::SslCredentialsOptions()) : grpc::InsecureChannelCredentials();
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

Code CodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Code::kDeadlineExceeded;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Code::kResourceExhausted;
    case grpc::StatusCode::UNIMPLEMENTED:
      return Code::kUnimplemented;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::UNKNOWN:  // What Python's servers say of an exception in a call.
      return Code::kInvalidArgument;
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DATA_LOSS:
      return Code::kInternal;
    default:
      return Code::kUnavailable;
  }
}

}  // namespace

GrpcLocation::Channel::Channel(std::string location_name, const model::GrpcServerTarget& server)
    : location_name_(std::move(location_name)),
      address_(AddressOf(server)),
      is_socket_(!server.socket.empty()),
      stub_(api::DagsterApi::NewStub(Connect(address_, server.use_tls))) {}

void GrpcLocation::Channel::Prepare(grpc::ClientContext& context, std::chrono::milliseconds timeout) const {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  if (!is_socket_) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
}

void GrpcLocation::Channel::ThrowStatus(std::string_view name, const grpc::Status& status,
                                        std::chrono::milliseconds timeout) const {
  const Code code = CodeOf(status.error_code());
  std::string what = status.error_message();
  if (code == Code::kDeadlineExceeded) {
    what = fmt::format("did not answer within {:.1f} s", std::chrono::duration<double>(timeout).count());
  } else if (code == Code::kUnavailable) {
    what = fmt::format("cannot be reached: {}", what);
  }
  throw Error(code, fmt::format("code location {} at {}: {}: {}", location_name_, address_, name, what));
}

std::string GrpcLocation::Channel::PartitionSetParams(const api::ExternalPartitionSetExecutionParamsRequest& request,
                                                      std::chrono::milliseconds timeout) {
  grpc::ClientContext context;
  Prepare(context, timeout);
  const auto stream = stub_->ExternalPartitionSetExecutionParams(&context, request);
  api::StreamingChunkEvent event;
  std::string text;
  while (stream->Read(&event)) text += event.serialized_chunk();
  if (const grpc::Status status = stream->Finish(); !status.ok()) {
    ThrowStatus("ExternalPartitionSetExecutionParams", status, timeout);
  }
  return text;
}

}  // namespace tidemill::locations
