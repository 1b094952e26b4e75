#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/fork_host.h>

namespace tidemill::engine {
namespace {

enum Kind : std::uint32_t { kShare, kStart, kSignal };

/// Stands before each message to the host.
struct Header {
  std::uint32_t kind = 0;
  std::uint32_t id = 0;
  std::uint32_t size = 0;
};

/// What the host says of a process.
struct Report {
  std::uint32_t id = 0;
  std::int32_t pid = 0;
  std::int32_t exit_code = 0;
  std::int32_t start_errno = 0;  ///< Not 0: there is no process.
};

/// False if the other side has gone.
bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ReceiveAll(int socket, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(socket, bytes, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

union Control {
  cmsghdr alignment;
  char bytes[CMSG_SPACE(sizeof(int))];
};

/// Sends the header with the descriptor, if there is one.
bool SendHeader(int socket, const Header& header, int descriptor) {
  iovec bytes{const_cast<Header*>(&header), sizeof header};
  Control control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    cmsghdr* attached = CMSG_FIRSTHDR(&message);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(attached), &descriptor, sizeof descriptor);
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return false;
  const std::string_view all(reinterpret_cast<const char*>(&header), sizeof header);
  return SendAll(socket, all.substr(static_cast<std::size_t>(sent)));
}

/// Nothing if the other side has gone.
std::optional<Header> ReceiveHeader(int socket, FileDescriptor& descriptor) {
  Header header;
  iovec bytes{&header, sizeof header};
  Control control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return std::nullopt;
  if (const cmsghdr* attached = CMSG_FIRSTHDR(&message); attached != nullptr && attached->cmsg_type == SCM_RIGHTS) {
    int received = -1;
    std::memcpy(&received, CMSG_DATA(attached), sizeof received);
    descriptor = FileDescriptor(received);
  }
  const auto read = static_cast<std::size_t>(got);
  if (!ReceiveAll(socket, reinterpret_cast<char*>(&header) + read, sizeof header - read)) return std::nullopt;
  return header;
}

/// To be told of a parent's end, which may have come already.
void DieWith(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

/// The host's side.
class Host {
 public:
  Host(ForkedWork& work, FileDescriptor socket) : work_(work), socket_(std::move(socket)) {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGCHLD);
    signals_ = FileDescriptor(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    // Those of a terminal are for whoever made the host. Blocked, not ignored: a process that was just forked keeps
    // what was sent to it until it is ready.
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &taken, &mask_before_);
    if (!signals_.is_open()) ThrowErrno("cannot make a signalfd", errno);
  }

  void Serve() {
    while (true) {
      std::array<pollfd, 2> fds{{{socket_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0) continue;  // Interrupted.
      if (fds[1].revents != 0) Reap();
      if (fds[0].revents != 0 && !TakeMessage()) return;
    }
  }

 private:
  bool TakeMessage() {
    FileDescriptor descriptor;
    const auto header = ReceiveHeader(socket_.get(), descriptor);
    if (!header) return false;
    std::string body(header->size, '\0');
    if (!ReceiveAll(socket_.get(), body.data(), body.size())) return false;
    switch (header->kind) {
      case kShare:
        work_.Share(body);
        break;
      case kStart:
        Start(header->id, body, std::move(descriptor));
        break;
      case kSignal:
        Signal(header->id, body);
        break;
      default:
        return false;
    }
    return true;
  }

  void Start(std::uint32_t id, const std::string& message, FileDescriptor descriptor) {
    const pid_t host = ::getpid();
    std::fflush(nullptr);  // Or each process would write what is buffered here.
    const pid_t pid = ::fork();
    if (pid < 0) return Tell({id, 0, 0, errno});
    if (pid > 0) {
      processes_.emplace(pid, id);
      return;
    }
    DieWith(host);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    signals_.Close();
    socket_.Close();
    int exit_code = 1;
    try {
      exit_code = work_.Run(message, std::move(descriptor));
    } catch (const std::exception& error) {
      std::cerr << error.what() << std::endl;
    }
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(exit_code);
  }

  void Signal(std::uint32_t id, const std::string& number) {
    for (const auto& [pid, started] : processes_) {
      if (started == id) ::kill(pid, number.empty() ? SIGKILL : number.front());
    }
  }

  void Reap() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    }
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = processes_.find(pid);
      if (found == processes_.end()) continue;
      Tell({found->second, pid, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), 0});
      processes_.erase(found);
    }
  }

  void Tell(const Report& report) { SendAll(socket_.get(), {reinterpret_cast<const char*>(&report), sizeof report}); }

  ForkedWork& work_;
  FileDescriptor socket_;
  FileDescriptor signals_;
  sigset_t mask_before_{};
  std::map<pid_t, std::uint32_t> processes_;  ///< Not reaped: their ids are not given to others.
};

[[noreturn]] void BecomeHost(ForkedWork& work, FileDescriptor socket, pid_t parent) {
  DieWith(parent);
  try {
    Host(work, std::move(socket)).Serve();
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  // What it started dies with it.
  ::_exit(0);
}

[[noreturn]] void ThrowGone() {
  throw Error(
      Code::kUnavailable,
      "the process that starts others for this one has ended, and they with it; was it killed for want of memory?");
}

}  // namespace

bool ForkHost::IsPossible() {
  std::error_code error;
  std::size_t threads = 0;
  for ([[maybe_unused]] const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) ++threads;
  return threads == 1;
}

ForkHost::ForkHost(ForkedWork& work, std::span<const int> not_inherited) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) ThrowErrno("socketpair", errno);
  socket_ = FileDescriptor(ends[0]);
  FileDescriptor theirs(ends[1]);
  const pid_t parent = ::getpid();
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) ThrowErrno("cannot fork the process that starts others", errno);
  if (pid_ > 0) return;
  socket_.Close();
  for (const int descriptor : not_inherited) ::close(descriptor);
  BecomeHost(work, std::move(theirs), parent);
}

ForkHost::~ForkHost() {
  // The host may be busy with what it shares; its processes get the signal that they asked for at its death.
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ForkHost::Send(std::uint32_t kind, std::uint32_t id, std::string_view message, int descriptor) {
  const Header header{kind, id, static_cast<std::uint32_t>(message.size())};
  if (!SendHeader(socket_.get(), header, descriptor) || !SendAll(socket_.get(), message)) ThrowGone();
}

void ForkHost::Share(std::string_view message) { Send(kShare, 0, message, -1); }

void ForkHost::Start(std::uint32_t id, std::string_view message, int descriptor) {
  Send(kStart, id, message, descriptor);
}

void ForkHost::Signal(std::uint32_t id, int number) {
  const char text = static_cast<char>(number);
  Send(kSignal, id, {&text, 1}, -1);
}

std::vector<ForkHost::Ended> ForkHost::TakeEnded() {
  std::array<char, 64 * sizeof(Report)> bytes{};
  while (true) {
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got <= 0) ThrowGone();
    received_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  std::vector<Ended> ended;
  std::size_t taken = 0;
  for (; received_.size() - taken >= sizeof(Report); taken += sizeof(Report)) {
    Report report;
    std::memcpy(&report, received_.data() + taken, sizeof report);
    if (report.start_errno != 0) ThrowErrno("cannot fork a process", report.start_errno);
    ended.push_back({report.id, report.pid, report.exit_code});
  }
  received_.erase(0, taken);
  return ended;
}

}  // namespace tidemill::engine
