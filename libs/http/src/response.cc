#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tidemill/base/file.h>
#include <tidemill/http/response.h>

namespace tidemill::http {

namespace {

// A file as long as it was when it was opened: a log may grow while it is sent.
class FileStream final : public BodyStream {
 public:
  FileStream(FileDescriptor file, std::uint64_t size) : file_(std::move(file)), size_(size), left_(size) {}

  std::optional<std::uint64_t> length() const override { return size_; }

  void Next(std::string& chunk) override {
    constexpr std::uint64_t kChunkBytes = 256 << 10;
    chunk.resize(static_cast<std::size_t>(std::min(left_, kChunkBytes)));
    if (chunk.empty()) return;
    const ssize_t got = ::read(file_.get(), chunk.data(), chunk.size());
    if (got < 0) ThrowErrno("reading a file for download", errno);
    if (got == 0) throw Error(Code::kDataLoss, "a file became shorter while it was downloaded");
    chunk.resize(static_cast<std::size_t>(got));
    left_ -= static_cast<std::uint64_t>(got);
  }

 private:
  FileDescriptor file_;
  std::uint64_t size_;
  std::uint64_t left_;
};

// A file name for Content-Disposition: quotes, backslashes and what is not ASCII become '_'.
std::string QuotedName(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out.push_back(c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '_');
  return out + "\"";
}

}  // namespace

Response TextResponse(int status, std::string line) {
  line.push_back('\n');
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .headers = {},
          .body = std::move(line),
          .etag = {},
          .content_encoding = {}};
}

Response JsonResponse(int status, std::string json) {
  return {.status = status,
          .content_type = "application/json",
          .headers = {},
          .body = std::move(json),
          .etag = {},
          .content_encoding = {}};
}

Response HtmlResponse(std::string html) {
  return {.status = 200,
          .content_type = "text/html; charset=utf-8",
          .headers = {},
          .body = std::move(html),
          .etag = {},
          .content_encoding = {}};
}

Response RedirectResponse(int status, std::string location) {
  Response response;
  response.status = status;
  response.headers.Add("Location", std::move(location));
  return response;
}

Response FileResponse(const std::string& path, std::string_view download_name, std::string content_type) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)) {
    throw Error(Code::kNotFound, "no such file");
  }
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) ThrowErrno("opening a file for download", errno);
  if (!S_ISREG(status.st_mode)) throw Error(Code::kNotFound, "not a regular file");
  Response response;
  response.content_type = std::move(content_type);
  response.headers.Add("Content-Disposition", "attachment; filename=" + QuotedName(download_name));
  response.body = std::make_shared<FileStream>(std::move(file), static_cast<std::uint64_t>(status.st_size));
  return response;
}

int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
    case Code::kAborted:
    case Code::kFailedPrecondition:
      return 409;
    case Code::kResourceExhausted:
      return 429;
    case Code::kUnimplemented:
      return 501;
    case Code::kUnavailable:
    case Code::kCancelled:
      return 503;
    case Code::kDeadlineExceeded:
      return 504;
    case Code::kUnknown:
    case Code::kInternal:
    case Code::kDataLoss:
      break;
  }
  return 500;
}

std::string_view ReasonOf(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace tidemill::http
