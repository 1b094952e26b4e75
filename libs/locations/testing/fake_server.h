#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <grpcpp/grpcpp.h>
#include <stdlib.h>

#include <tidemill/dagster_api/dagster_api.grpc.pb.h>
#include <tidemill/locations/grpc_location.h>

namespace tidemill::locations::testing {

/// A server in this process whose answers a test chooses.
class FakeServer final : public api::DagsterApi::Service {
 public:
  FakeServer() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fakeXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    Start();
  }
  ~FakeServer() override {
    Stop();
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    grpc::ServerBuilder builder;
    builder.SetMaxSendMessageSize(-1);
    builder.AddListeningPort("unix:" + target().socket, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  /// Ends it with the calls that are under way.
  void Stop() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }

  model::GrpcServerTarget target() const {
    model::GrpcServerTarget target;
    target.socket = (folder_ / "grpc").string();
    return target;
  }

  using Context = grpc::ServerContext;
  grpc::Status GetServerId(Context*, const api::Empty*, api::GetServerIdReply* reply) override {
    const std::lock_guard lock(mutex);
    reply->set_server_id(server_id);
    return grpc::Status::OK;
  }
  grpc::Status GetCurrentImage(Context*, const api::Empty*, api::GetCurrentImageReply* reply) override {
    reply->set_serialized_current_image(R"({"__class__": "GetCurrentImageResult", "current_image": null})");
    return grpc::Status::OK;
  }
  grpc::Status ReloadCode(Context*, const api::ReloadCodeRequest*, api::ReloadCodeReply*) override {
    ++reloads;
    return grpc::Status::OK;
  }
  grpc::Status ListRepositories(Context* context, const api::ListRepositoriesRequest*,
                                api::ListRepositoriesReply* reply) override {
    if (hangs) {
      is_hanging = true;
      while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return grpc::Status::CANCELLED;
    }
    const std::lock_guard lock(mutex);
    reply->set_serialized_list_repositories_response_or_error(repositories);
    return grpc::Status::OK;
  }
  grpc::Status ExternalRepository(Context*, const api::ExternalRepositoryRequest*,
                                  api::ExternalRepositoryReply* reply) override {
    const std::lock_guard lock(mutex);
    reply->set_serialized_external_repository_data(repository);
    return grpc::Status::OK;
  }
  grpc::Status StartRun(Context*, const api::StartRunRequest*, api::StartRunReply* reply) override {
    reply->set_serialized_start_run_result(
        R"({"__class__": "StartRunResult", "message": "no room", "serializable_error_info": null, "success": false})");
    return grpc::Status::OK;
  }

  /// What ListRepositories says of a location without repositories.
  static constexpr const char* kEmpty =
      R"({"__class__": "ListRepositoriesResponse", "repository_symbols": [], "repository_code_pointer_dict": {}, )"
      R"("executable_path": null, "entry_point": [], "container_image": null, "container_context": {}})";

  std::mutex mutex;
  std::string server_id = "first";    // Guarded by mutex.
  std::string repositories = kEmpty;  // Guarded by mutex.
  std::string repository;             // Guarded by mutex.
  std::atomic<bool> hangs = false;
  std::atomic<bool> is_hanging = false;
  std::atomic<int> reloads = 0;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace tidemill::locations::testing
