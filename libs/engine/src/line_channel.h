#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tidemill/base/file.h>

namespace tidemill::engine {

/// Lines over a socket between a run's worker and one step's process. The first character of a line says what it is;
/// the rest is JSON. One thread an end, at a time.
class LineChannel final {
 public:
  explicit LineChannel(FileDescriptor socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  /// Gives the socket to another; nothing may have been read beyond the last line.
  FileDescriptor Release() { return std::move(socket_); }
  /// The other side was seen to have gone.
  bool is_closed() const { return closed_; }
  /// Throws Error(kUnavailable) if the other side has gone.
  void Send(char kind, std::string_view json);
  /// Waits for a line; nothing if the other side has gone.
  std::optional<std::string> Receive();
  /// Reads what is there without waiting. False if the other side has gone and nothing more will come.
  bool ReadAvailable();
  /// The next whole line that was read.
  std::optional<std::string> TakeLine();

 private:
  bool ReadSome(int flags);

  FileDescriptor socket_;
  std::string buffer_;
  std::size_t taken_ = 0;  ///< Of buffer_.
  bool closed_ = false;
};

/// What the kinds of lines mean.
namespace line_kind {
inline constexpr char kTask = 'T';   ///< To the step's process, first: what it shall do.
inline constexpr char kEvent = 'E';  ///< To the worker: an EventLogEntry.
inline constexpr char kFile = 'F';   ///< To the worker: a file that the following events speak of.
inline constexpr char kAsk = 'A';    ///< To the worker: a question of the instance.
inline constexpr char kReply = 'R';  ///< To the step's process.
}  // namespace line_kind

}  // namespace tidemill::engine
