#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <sys/eventfd.h>
#include <unistd.h>

#include <tidemill/engine/termination.h>

namespace tidemill::engine {
namespace {

// What the signal handler may touch.
std::atomic<bool> signal_received{false};
std::atomic<int> signal_event{-1};
struct sigaction previous_term {};
struct sigaction previous_int {};

void OnSignal(int) {
  const int saved = errno;
  signal_received = true;
  const std::uint64_t one = 1;
  const int fd = signal_event;
  if (fd >= 0) [[maybe_unused]]
    const auto written = ::write(fd, &one, sizeof(one));
  errno = saved;
}

}  // namespace

TerminationSignals::TerminationSignals() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.is_open()) ThrowErrno("cannot make an eventfd for signals", errno);
  if (signal_event.exchange(event_.get()) >= 0) std::abort();  // A second one would steal the first one's signals.
  signal_received = false;
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, &previous_term);
  ::sigaction(SIGINT, &action, &previous_int);
}

TerminationSignals::~TerminationSignals() {
  ::sigaction(SIGTERM, &previous_term, nullptr);
  ::sigaction(SIGINT, &previous_int, nullptr);
  signal_event = -1;
}

bool TerminationSignals::received() const { return signal_received; }

void TerminationSignals::Raise() { OnSignal(0); }

}  // namespace tidemill::engine
