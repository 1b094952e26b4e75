#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tidemill/locations/location_spec.h>
#include <tidemill/locations/managed_location.h>

namespace tidemill::locations {
namespace {

using Status = LocationState::Status;
using std::chrono::milliseconds;

/// So many failed probes make a server unreachable.
constexpr int kMissedProbes = 10;

FileDescriptor MakeEvent() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.is_open()) ThrowErrno("eventfd", errno);
  return event;
}

void Set(const FileDescriptor& event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event.get(), &one, sizeof one);
}

model::LocationSpec Named(model::LocationSpec spec) {
  if (spec.name.empty()) spec.name = DefaultName(spec);
  return spec;
}

}  // namespace

ManagedLocation::ManagedLocation(model::LocationSpec spec, ManagedLocationOptions options, Listener listener)
    : spec_(Named(std::move(spec))),
      options_(std::move(options)),
      listener_(std::move(listener)),
      wake_(MakeEvent()),
      stop_(MakeEvent()),
      pause_(options_.first_retry) {
  if (const auto* server = std::get_if<model::GrpcServerTarget>(&spec_.target)) {
    foreign_ = std::make_shared<GrpcLocation>(spec_.name, LocationOrigin(spec_), *server, options_.timeouts);
  }
  thread_ = std::thread([this] { Work(); });
}

ManagedLocation::~ManagedLocation() {
  RequestStop();
  thread_.join();
}

void ManagedLocation::RequestStop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  Set(stop_);
}

LocationState ManagedLocation::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void ManagedLocation::Reload() {
  {
    const std::lock_guard lock(mutex_);
    reload_is_wanted_ = true;
    state_.status = Status::kLoading;
  }
  Set(wake_);
}

LocationState ManagedLocation::WaitUntilSettled() {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [this] { return state_.status != Status::kLoading && !reload_is_wanted_; });
  return state_;
}

void ManagedLocation::SetState(Status status, std::shared_ptr<SnapshotLocation> location, std::exception_ptr error) {
  LocationState copy;
  {
    const std::lock_guard lock(mutex_);
    state_ = {status, std::move(location), std::move(error)};
    copy = state_;
  }
  if (listener_) listener_(copy);
  settled_.notify_all();
}

void ManagedLocation::Fail(std::exception_ptr error) { SetState(Status::kFailed, state().location, std::move(error)); }

void ManagedLocation::Work() {
  Load(false);
  while (true) {
    WaitForWork();
    bool reload = false;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) break;
      reload = std::exchange(reload_is_wanted_, false);
    }
    if (reload) {
      pause_ = options_.first_retry;
      SetState(Status::kLoading, state().location, nullptr);
      Load(true);
      continue;
    }
    if (retry_.count() > 0) {
      Load(false);
    } else if (IsForeign()) {
      FollowServer();
    }
    LookAfterServers();
  }
  if (server_) server_->Stop(options_.stop_grace);
  for (const auto& server : retired_) server->Stop(options_.stop_grace);
}

void ManagedLocation::WaitForWork() {
  std::vector<pollfd> entries{{wake_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  if (server_) entries.push_back({server_->exit_descriptor(), POLLIN, 0});
  for (const auto& server : retired_) entries.push_back({server->exit_descriptor(), POLLIN, 0});
  int timeout = -1;
  if (retry_.count() > 0) {
    timeout = static_cast<int>(retry_.count());
  } else if (IsForeign()) {
    timeout = static_cast<int>(options_.probe.count());
  }
  if (::poll(entries.data(), entries.size(), timeout) < 0 && errno != EINTR) ThrowErrno("poll", errno);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
}

/// One attempt: a new server takes the place of the old one when all of it has loaded.
void ManagedLocation::Load(bool reloads_code) {
  retry_ = milliseconds(0);
  std::unique_ptr<ServerProcess> server;
  try {
    std::shared_ptr<GrpcLocation> client = foreign_;
    if (!client) {
      server = std::make_unique<ServerProcess>(spec_, options_.server, options_.timeouts);
      server->WaitUntilReady(options_.startup, stop_.get());
      client = server->client();
    } else if (reloads_code) {
      client->ReloadCode();
    }
    auto location = std::make_shared<SnapshotLocation>(LoadSnapshot(*client), client);
    if (server_) {
      server_->Retire();
      retired_.push_back(std::move(server_));
    }
    server_ = std::move(server);
    pause_ = options_.first_retry;
    missed_probes_ = 0;
    SetState(Status::kLoaded, std::move(location), nullptr);
  } catch (const LocationError&) {
    // The user's code is wrong; the next attempt would find the same, until somebody asks for it.
    if (server) server->Stop(options_.stop_grace);
    Fail(std::current_exception());
  } catch (const Error&) {
    server.reset();
    retry_ = pause_;
    pause_ = std::min(pause_ * 2, options_.longest_retry);
    Fail(std::current_exception());
  }
}

/// A changed id is another server with, perhaps, other code.
void ManagedLocation::FollowServer() {
  try {
    const std::string id = foreign_->ServerId(milliseconds(2000));
    const LocationState now = state();
    missed_probes_ = 0;
    if (!now.location || now.status == Status::kFailed || id != now.location->snapshot().server_id) {
      SetState(Status::kLoading, now.location, nullptr);
      Load(false);
    }
  } catch (const Error&) {
    if (++missed_probes_ == kMissedProbes) Fail(std::current_exception());
  }
}

void ManagedLocation::LookAfterServers() {
  std::erase_if(retired_, [](const auto& server) { return server->has_ended(); });
  if (!server_ || !server_->has_ended()) return;
  const Error error(Code::kUnavailable,
                    fmt::format("code location {}: its server {}", spec_.name, server_->DescribeEnd()));
  server_.reset();
  retry_ = pause_;
  pause_ = std::min(pause_ * 2, options_.longest_retry);
  Fail(std::make_exception_ptr(error));
}

}  // namespace tidemill::locations
