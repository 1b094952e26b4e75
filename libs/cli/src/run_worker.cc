#include "run_worker.h"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <tidemill/serdes/serdes.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

/// Takes the signals that end a command, and a terminal's new size, as data; before and after they act as ever.
class SignalQueue {
 public:
  SignalQueue() {
    sigset_t taken;
    sigemptyset(&taken);
    for (const int signal : {SIGINT, SIGTERM, SIGWINCH}) sigaddset(&taken, signal);
    // Left alone where it is ignored: nohup.
    struct sigaction hangup {};
    if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&taken, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &taken, &before_);
    descriptor_ = FileDescriptor(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!descriptor_.is_open()) ThrowErrno("signalfd", errno);
  }
  ~SignalQueue() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  int descriptor() const { return descriptor_.get(); }
  /// 0: none is left.
  int Take() {
    signalfd_siginfo info{};
    return ::read(descriptor_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_{};
  FileDescriptor descriptor_;
};

class Watch {
 public:
  Watch(std::vector<std::string> argv, RunProgress& progress, ProgressOutput& output, const Clock& clock,
        const std::function<void()>& before_cancel)
      : progress_(progress), output_(output), clock_(clock), before_cancel_(before_cancel) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) ThrowErrno("pipe", errno);
    acknowledgements_ = FileDescriptor(ends[0]);
    const FileDescriptor their_end(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    argv.push_back("--ack-fd");
    argv.push_back(std::to_string(their_end.get()));
    SpawnOptions options;
    options.argv = std::move(argv);
    options.descriptors = {
        {0, null.get()}, {1, errors_.descriptor()}, {2, errors_.descriptor()}, {their_end.get(), their_end.get()}};
    options.own_group = true;
    try {
      process_ = std::make_unique<ChildProcess>(options);
    } catch (const Error& error) {
      throw CommandError(ExitCode::kLocation, error.code(), fmt::format("the run worker: {}", error.what()));
    }
  }

  WorkerEnd Run() {
    bool open = true;
    while (open && !process_->WaitFor(std::chrono::milliseconds(0))) {
      pollfd entries[] = {{acknowledgements_.get(), POLLIN, 0},
                          {signals_.descriptor(), POLLIN, 0},
                          {process_->exit_descriptor(), POLLIN, 0}};
      const int interval = output_.refresh_interval();
      const int ready = ::poll(entries, std::size(entries), interval > 0 ? interval : -1);
      if (ready < 0 && errno != EINTR) ThrowErrno("poll", errno);
      if (entries[1].revents != 0) PassSignals();
      if (entries[0].revents != 0) open = ReadAcknowledgements();
      RefreshIfDue();
    }
    WaitForExit();
    // What it acknowledged before it ended; a step process that still holds the pipe cannot keep us.
    if (open) ReadAcknowledgements();
    return {process_->Wait(), passed_, errors_.Tail()};
  }

 private:
  /// False at the end of the worker's acknowledgements.
  bool ReadAcknowledgements() {
    char buffer[65536];
    while (true) {
      const ssize_t got = ::read(acknowledgements_.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return true;
      if (got == 0) return false;
      text_.append(buffer, static_cast<std::size_t>(got));
      ApplyLines();
      if (got < static_cast<ssize_t>(sizeof buffer)) return true;
    }
  }

  void ApplyLines() {
    std::size_t start = 0;
    for (std::size_t end; (end = text_.find('\n', start)) != std::string::npos; start = end + 1) {
      const std::string_view line = std::string_view(text_).substr(start, end - start);
      if (MayMatter(line)) Apply(line);
    }
    text_.erase(0, start);
    output_.Flush();
  }

  /// The log is what counts: a line that cannot be read does not end the run, it only is not shown.
  void Apply(std::string_view line) {
    try {
      const model::EventLogEntry entry = ParseAcknowledgement(line);
      progress_.Apply(entry);
      output_.Show(entry, progress_);
    } catch (const Error& error) {
      output_.Note(error.what());
    }
  }

  void PassSignals() {
    while (const int signal = signals_.Take()) {
      if (signal == SIGWINCH) {
        output_.Refresh(progress_, ToUnixSeconds(clock_.Now()));
      } else if (passed_ == 0) {
        passed_ = signal;
        Cancel(signal == SIGHUP ? SIGTERM : signal);
        output_.Note(fmt::format("{}: ending the run; once more kills it", SignalName(signal)));
      } else {
        passed_ = SIGKILL;
        process_->SignalGroup(SIGKILL);
      }
    }
  }

  /// Also where it cannot be written down: the user wants it to end.
  void Cancel(int signal) {
    try {
      before_cancel_();
    } catch (const Error& error) {
      output_.Note(error.what());
    }
    process_->Signal(signal);
  }

  void RefreshIfDue() {
    if (output_.refresh_interval() == 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_refresh_) return;
    output_.Refresh(progress_, ToUnixSeconds(clock_.Now()));
    next_refresh_ = now + std::chrono::milliseconds(output_.refresh_interval());
  }

  /// The worker has said all; signals still reach it.
  void WaitForExit() {
    while (!process_->WaitFor(std::chrono::milliseconds(0))) {
      pollfd entries[] = {{signals_.descriptor(), POLLIN, 0}, {process_->exit_descriptor(), POLLIN, 0}};
      if (::poll(entries, std::size(entries), -1) < 0 && errno != EINTR) ThrowErrno("poll", errno);
      PassSignals();
    }
  }

  RunProgress& progress_;
  ProgressOutput& output_;
  const Clock& clock_;
  const std::function<void()>& before_cancel_;
  SignalQueue signals_;
  ErrorSink errors_;
  FileDescriptor acknowledgements_;
  std::unique_ptr<ChildProcess> process_;
  std::string text_;
  int passed_ = 0;
  std::chrono::steady_clock::time_point next_refresh_{};
};

}  // namespace

bool MayMatter(std::string_view line) {
  constexpr std::string_view kLog = "{\"type\": null, \"level\": ";
  constexpr std::string_view kEvent = "{\"type\": \"";
  if (line.starts_with(kLog)) {
    int level = 0;
    std::from_chars(line.data() + kLog.size(), line.data() + line.size(), level);
    return level >= model::level::kInfo;
  }
  if (!line.starts_with(kEvent)) return true;
  line.remove_prefix(kEvent.size());
  const auto type = model::ParseEventType(line.substr(0, line.find('"')));
  return !type || RunProgress::Heeds(*type);
}

model::EventLogEntry ParseAcknowledgement(std::string_view line) {
  try {
    return serdes::FromJson<model::EventLogEntry>(json::Parse(line).AsObject().At("event"));
  } catch (const Error& error) {
    throw Error(Code::kInternal,
                fmt::format("the run worker acknowledged something that is no event: {}", error.what()));
  }
}

WorkerEnd RunWorker(std::vector<std::string> argv, RunProgress& progress, ProgressOutput& output, const Clock& clock,
                    const std::function<void()>& before_cancel) {
  return Watch(std::move(argv), progress, output, clock, before_cancel).Run();
}

}  // namespace tidemill::cli
