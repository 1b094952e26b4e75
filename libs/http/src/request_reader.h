#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tidemill/http/request.h>
#include <tidemill/http/server.h>

namespace tidemill::http {

/// Why a request cannot be read further; the connection is closed after the answer.
struct Refusal {
  int status = 400;
  std::string text;  ///< One line.
};

/// Reads one request out of bytes, within limits. Pure: does no I/O. One owner.
class RequestReader final {
 public:
  explicit RequestReader(const Limits& limits);
  ~RequestReader();

  /// Takes as many bytes of `bytes` as it can and returns how many. The rest must be given again with more behind it.
  /// Stops at the end of the header, once, so that its owner can look at it.
  std::size_t Feed(std::string_view bytes);

  bool head_done() const { return head_done_; }
  bool done() const;
  const std::optional<Refusal>& refusal() const { return refusal_; }

  /// After the header: the request without its body; its path still has the server's prefix.
  const Request& head() const { return request_; }
  /// The same of each below.
  bool keep_alive() const { return keep_alive_; }
  /// HTTP/1.1, not 1.0.
  bool reads_chunks() const { return reads_chunks_; }
  bool expects_continue() const { return expects_continue_; }
  /// A WebSocket handshake.
  bool wants_upgrade() const { return wants_upgrade_; }

  /// After done.
  Request Take();

 private:
  struct Parser;

  bool TargetIsTooLong(std::string_view rest) const;
  void ReadHead();
  void ReadTarget(std::string_view target);
  void Refuse(int status, std::string text);

  const Limits* limits_;
  std::unique_ptr<Parser> parser_;
  Request request_;
  std::optional<Refusal> refusal_;
  bool head_done_ = false;
  bool keep_alive_ = false;
  bool reads_chunks_ = true;
  bool expects_continue_ = false;
  bool wants_upgrade_ = false;
};

}  // namespace tidemill::http
