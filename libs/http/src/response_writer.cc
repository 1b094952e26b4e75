#include "response_writer.h"

#include <array>
#include <ctime>

#include <fmt/format.h>

#include <tidemill/base/compress.h>

namespace tidemill::http {

namespace {

enum class Encoding { kIdentity, kGzip, kDeflate };

// Worth compressing: text of any kind. Images, archives and video are compressed already.
bool IsText(std::string_view type) {
  for (const std::string_view text : {"text/", "application/json", "application/javascript", "image/svg+xml",
                                      "application/xml", "application/graphql"}) {
    if (type.substr(0, text.size()) == text) return true;
  }
  return false;
}

Encoding ChooseEncoding(const Request& request) {
  if (request.headers.HasToken("Accept-Encoding", "gzip")) return Encoding::kGzip;
  if (request.headers.HasToken("Accept-Encoding", "deflate")) return Encoding::kDeflate;
  return Encoding::kIdentity;
}

// Level 1: the peer is a network away, and a higher level costs more time than its bytes.
std::string Compress(std::string_view bytes, Encoding encoding) {
  return tidemill::Compress(bytes, encoding == Encoding::kGzip ? Packing::kGzip : Packing::kZlib, 1);
}

// The body's bytes, or nothing for a stream.
std::optional<std::string_view> BytesOf(const Response::Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  if (const auto* view = std::get_if<std::string_view>(&body)) return *view;
  return std::nullopt;
}

// The packed form is another sequence of bytes, so it has a strong tag of its own.
std::string TagOfGzip(const std::string& etag) { return etag.substr(0, etag.size() - 1) + "-gzip\""; }

bool Matches(const Request& request, const std::string& etag) {
  if (etag.empty() || (request.method != Method::kGet && request.method != Method::kHead)) return false;
  const auto asked = request.headers.Find("If-None-Match");
  if (!asked) return false;
  if (*asked == "*") return true;
  // The tag of either form, packed or not; W/ counts not for this comparison.
  return asked->find(etag) != std::string_view::npos || asked->find(TagOfGzip(etag)) != std::string_view::npos;
}

void AppendDate(std::string& out) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 40> text;
  out.append(text.data(), std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc));
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  for (const std::string_view part : {name, value}) {
    if (part.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
      throw Error(Code::kInternal, fmt::format("the response's header {} holds a line break", name.substr(0, 40)));
    }
  }
  out.append(name).append(": ").append(value).append("\r\n");
}

void EncodeBody(const Request& request, Response& response, const ServerOptions& options) {
  if (!response.content_encoding.empty()) {
    response.headers.Add("Vary", "Accept-Encoding");
    if (request.headers.HasToken("Accept-Encoding", response.content_encoding)) return;
    // A client without gzip: rare, so it is unpacked for it.
    response.body = Decompress(*BytesOf(response.body), Packing::kGzip);
    response.content_encoding.clear();
    return;
  }
  if (!IsText(response.content_type)) return;
  response.headers.Add("Vary", "Accept-Encoding");
  if (!WillCompress(request, response, options)) return;
  const Encoding encoding = ChooseEncoding(request);
  response.body = Compress(*BytesOf(response.body), encoding);
  response.content_encoding = encoding == Encoding::kGzip ? "gzip" : "deflate";
}

}  // namespace

bool WillCompress(const Request& request, const Response& response, const ServerOptions& options) {
  if (options.compression == Compression::kNever || !response.content_encoding.empty()) return false;
  const bool local = request.from_loopback && !request.headers.Find("X-Forwarded-For");
  if (options.compression == Compression::kRemote && local) return false;
  const auto bytes = BytesOf(response.body);
  return bytes && bytes->size() >= options.compress_min_bytes && bytes->size() < (std::size_t{1} << 31) &&
         IsText(response.content_type) && ChooseEncoding(request) != Encoding::kIdentity;
}

WireResponse Finish(const Request& request, Response response, const ServerOptions& options, Wire client) {
  WireResponse wire;
  if (response.status == 200 && Matches(request, response.etag)) {
    response.status = 304;
    response.body = std::string();
  }
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  if (has_body) EncodeBody(request, response, options);

  std::string& head = wire.head;
  head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, ReasonOf(response.status));
  AppendDate(head);
  if (has_body && !response.content_type.empty()) AppendField(head, "Content-Type", response.content_type);
  if (!response.etag.empty()) {
    AppendField(head, "ETag", response.content_encoding == "gzip" ? TagOfGzip(response.etag) : response.etag);
  }
  if (!response.content_encoding.empty()) AppendField(head, "Content-Encoding", response.content_encoding);
  for (const auto& [name, value] : response.headers) AppendField(head, name, value);

  if (const auto bytes = BytesOf(response.body)) {
    if (has_body) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", bytes->size());
  } else if (const auto length = std::get<std::shared_ptr<BodyStream>>(response.body)->length()) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *length);
  } else if (client.reads_chunks) {
    wire.chunked = true;
    head += "Transfer-Encoding: chunked\r\n";
  } else {
    client.keep_alive = false;
  }
  wire.keep_alive = client.keep_alive;
  if (has_body && request.method != Method::kHead)
    wire.body = std::move(response.body);
  else
    wire.chunked = false;
  return wire;
}

void Seal(WireResponse& response) {
  response.head += response.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
}

}  // namespace tidemill::http
