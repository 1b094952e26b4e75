#include "deaf_step_watch.h"

#include <cerrno>
#include <cstdint>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace tidemill::engine {
namespace {

/// Which of the two became readable first; the time limit counts as neither.
enum class Woken { kStop, kSignal, kTimeout };

Woken WaitFor(int stop, int signal, int timeout_ms) {
  pollfd fds[2] = {{stop, POLLIN, 0}, {signal, POLLIN, 0}};
  const nfds_t count = signal < 0 ? 1 : 2;
  while (true) {
    const int ready = ::poll(fds, count, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if ((fds[0].revents & POLLIN) != 0) return Woken::kStop;
    return ready == 0 ? Woken::kTimeout : Woken::kSignal;
  }
}

}  // namespace

DeafStepWatch::DeafStepWatch(const TerminationSignals& termination, std::chrono::milliseconds grace,
                             std::function<void()> on_deaf)
    : stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (!stop_.is_open()) ThrowErrno("cannot make an eventfd", errno);
  thread_ = std::thread([stop = stop_.get(), signal = termination.fd(), grace, on_deaf = std::move(on_deaf)] {
    if (WaitFor(stop, signal, -1) == Woken::kStop) return;
    if (WaitFor(stop, -1, static_cast<int>(grace.count())) == Woken::kTimeout) on_deaf();
  });
}

DeafStepWatch::~DeafStepWatch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof(one));
  thread_.join();
}

}  // namespace tidemill::engine
