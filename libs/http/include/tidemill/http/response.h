#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <tidemill/base/error.h>
#include <tidemill/http/request.h>

namespace tidemill::http {

/// A body that is made while it is sent, e.g. a large file. One owner; used by one worker thread at a time.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// The size in bytes if it is known: it must be kept. Else the body is sent in chunks.
  virtual std::optional<std::uint64_t> length() const = 0;
  /// Replaces `chunk` by the next bytes (some 64 to 256 KiB); empty at the end. Blocking. An exception ends the
  /// connection: the client sees a body that was cut off.
  virtual void Next(std::string& chunk) = 0;
};

/// An answer as a handler gives it. The server adds Date, Content-Length, ETag handling, compression and HEAD.
struct Response {
  /// A std::string_view must live as long as the server (embedded files).
  using Body = std::variant<std::string, std::string_view, std::shared_ptr<BodyStream>>;

  int status = 200;
  std::string content_type;
  Headers headers;  ///< Beside those that the server makes itself. Without CR, LF and NUL, else the server throws.
  Body body;
  std::string etag;              ///< Strong, with its quotes; empty: none. A matching If-None-Match is answered 304.
  std::string content_encoding;  ///< Not empty: the body is encoded already ("gzip").
};

/// One line of plain text; a newline is added.
Response TextResponse(int status, std::string line);
Response JsonResponse(int status, std::string json);
Response HtmlResponse(std::string html);
Response RedirectResponse(int status, std::string location);
/// A regular file as an attachment. Throws Error(kNotFound) if there is none, as ThrowErrno for other causes.
Response FileResponse(const std::string& path, std::string_view download_name, std::string content_type);

/// The HTTP status that an Error of this code is answered with when a handler throws it.
int StatusOf(Code code);
/// "Not Found"
std::string_view ReasonOf(int status);

}  // namespace tidemill::http
