#include "request_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

namespace tidemill::http {

namespace beast = boost::beast;

namespace {

Method MethodOf(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get:
      return Method::kGet;
    case beast::http::verb::head:
      return Method::kHead;
    case beast::http::verb::post:
      return Method::kPost;
    case beast::http::verb::put:
      return Method::kPut;
    case beast::http::verb::patch:
      return Method::kPatch;
    case beast::http::verb::delete_:
      return Method::kDelete;
    case beast::http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

std::string_view ViewOf(beast::string_view text) { return {text.data(), text.size()}; }

std::string LowerHex(unsigned char byte) { return fmt::format("%{:02x}", byte); }

// Bytes that may not stand in a target: they would end up in logs and Location headers.
std::optional<unsigned char> ForbiddenByte(std::string_view target) {
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return byte;
  }
  return std::nullopt;
}

}  // namespace

struct RequestReader::Parser : beast::http::request_parser<beast::http::string_body> {};

RequestReader::RequestReader(const Limits& limits) : limits_(&limits), parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser_->body_limit(limits.body_bytes);
  parser_->eager(false);
}

RequestReader::~RequestReader() = default;

bool RequestReader::done() const { return parser_->is_done(); }

std::size_t RequestReader::Feed(std::string_view bytes) {
  std::size_t consumed = 0;
  while (!refusal_ && !parser_->is_done() && consumed < bytes.size()) {
    beast::error_code error;
    const std::string_view rest = bytes.substr(consumed);
    const std::size_t taken = parser_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    consumed += taken;
    if (error == beast::http::error::need_more) {
      if (taken == 0) break;
      continue;
    }
    if (error == beast::http::error::header_limit) {
      const bool by_target = TargetIsTooLong(rest);
      Refuse(by_target ? 414 : 431,
             by_target ? fmt::format("the request's URL is longer than {} bytes", limits_->target_bytes)
                       : fmt::format("the request's header is longer than {} bytes", limits_->header_bytes));
    } else if (error == beast::http::error::body_limit) {
      Refuse(413, fmt::format("the request's body is longer than {} bytes", limits_->body_bytes));
    } else if (error == beast::http::error::bad_version) {
      Refuse(505, "the request's HTTP version is not 1.0 or 1.1");
    } else if (error) {
      Refuse(400, "the request is not valid HTTP: " + error.message());
    } else if (!head_done_ && parser_->is_header_done()) {
      head_done_ = true;
      ReadHead();
      break;
    } else if (taken == 0) {
      break;
    }
  }
  return consumed;
}

// Of a header that is over its limit; `rest` is what the parser has not taken.
bool RequestReader::TargetIsTooLong(std::string_view rest) const {
  const std::size_t known = parser_->get().target().size();
  if (known > 0) return known > limits_->target_bytes;
  const std::string_view line = rest.substr(0, rest.find('\n'));
  const std::size_t blank = line.find(' ');
  return blank != std::string_view::npos && line.size() - blank > limits_->target_bytes;
}

void RequestReader::ReadHead() {
  const auto& message = parser_->get();
  request_.method = MethodOf(message.method());
  for (const auto& field : message) {
    request_.headers.Add(std::string(ViewOf(field.name_string())), std::string(ViewOf(field.value())));
  }
  keep_alive_ = message.keep_alive();
  reads_chunks_ = message.version() >= 11;
  ReadTarget(ViewOf(message.target()));
  if (message.version() >= 11 && !request_.headers.Find("Host")) Refuse(400, "the request has no Host header");
  for (const auto& field : request_.headers) {
    if (EqualsIgnoringCase(field.first, "Transfer-Encoding") && !EqualsIgnoringCase(field.second, "chunked")) {
      Refuse(501, "the only transfer encoding that is read is chunked");
    }
  }
  const auto encoding = request_.headers.Find("Content-Encoding");
  if (encoding && !EqualsIgnoringCase(*encoding, "identity")) {
    Refuse(415, "compressed request bodies are not read: send it without Content-Encoding");
  }
  if (const auto expect = request_.headers.Find("Expect")) {
    expects_continue_ = EqualsIgnoringCase(*expect, "100-continue");
    if (!expects_continue_) Refuse(417, "the only expectation that is met is 100-continue");
  }
  wants_upgrade_ = request_.method == Method::kGet && request_.headers.HasToken("Connection", "upgrade") &&
                   request_.headers.HasToken("Upgrade", "websocket");
}

void RequestReader::ReadTarget(std::string_view target) {
  if (target.size() > limits_->target_bytes) {
    return Refuse(414, fmt::format("the request's URL is longer than {} bytes", limits_->target_bytes));
  }
  // The absolute form, as to a proxy: what follows the authority.
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !EqualsIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    target = path == std::string_view::npos ? "/" : target.substr(path);
    break;
  }
  if (const auto byte = ForbiddenByte(target)) {
    return Refuse(400, "the request's URL holds the byte " + LowerHex(*byte));
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.query = std::string(target.substr(std::min(question + 1, target.size())));
  const std::string_view path = target.substr(0, question);
  if (path.empty() || path.front() != '/') return Refuse(400, "the request's URL does not start with /");
  std::optional<std::string> decoded = PercentDecode(path);
  if (!decoded) return Refuse(400, "the request's path has a % that is not followed by two hexadecimal digits");
  if (decoded->find('\0') != std::string::npos) return Refuse(400, "the request's path holds a NUL");
  request_.path = std::move(*decoded);
}

void RequestReader::Refuse(int status, std::string text) {
  if (!refusal_) refusal_ = Refusal{status, std::move(text)};
}

Request RequestReader::Take() {
  request_.body = std::move(parser_->get().body());
  return std::move(request_);
}

}  // namespace tidemill::http
