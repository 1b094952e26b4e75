#include "line_channel.h"

#include <cerrno>

#include <sys/socket.h>

#include <tidemill/base/error.h>

namespace tidemill::engine {

void LineChannel::Send(char kind, std::string_view json) {
  std::string line;
  line.reserve(json.size() + 2);
  line += kind;
  line += json;
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) ThrowErrno("the other side of a step's channel has gone", errno);
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::optional<std::string> LineChannel::Receive() {
  while (true) {
    if (auto line = TakeLine()) return line;
    if (closed_ || !ReadSome(0)) return std::nullopt;
  }
}

bool LineChannel::ReadAvailable() {
  while (!closed_ && ReadSome(MSG_DONTWAIT)) {
    // A line is handled before more is read than fits in one: a loud step waits for its turn.
    if (buffer_.size() - taken_ > (1u << 20)) break;
  }
  return !closed_;
}

/// False if nothing could be read.
bool LineChannel::ReadSome(int flags) {
  char chunk[65536];
  while (true) {
    const ssize_t count = ::recv(socket_.get(), chunk, sizeof(chunk), flags);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (count <= 0) {
      closed_ = true;
      return false;
    }
    buffer_.append(chunk, static_cast<std::size_t>(count));
    return true;
  }
}

std::optional<std::string> LineChannel::TakeLine() {
  const auto end = buffer_.find('\n', taken_);
  if (end == std::string::npos) {
    buffer_.erase(0, taken_);
    taken_ = 0;
    return std::nullopt;
  }
  std::string line = buffer_.substr(taken_, end - taken_);
  taken_ = end + 1;
  return line;
}

}  // namespace tidemill::engine
