#pragma once

#include <string>

#include <tidemill/http/request.h>
#include <tidemill/http/response.h>
#include <tidemill/http/server.h>

namespace tidemill::http {

/// A response as it goes over the wire: status line and header as text, then the body.
struct WireResponse {
  std::string head;         ///< Without its end, which Seal writes.
  Response::Body body;      ///< Empty for HEAD, 304 and 204.
  bool chunked = false;     ///< The body is a stream of unknown length.
  bool keep_alive = false;  ///< The connection may serve another request.
};

/// What the client's connection can do.
struct Wire {
  bool keep_alive = false;
  bool reads_chunks = true;  ///< HTTP/1.1; for 1.0 a stream of unknown length ends with the connection.
};

/// Finishes a response: 304 for a matching ETag, compression, HEAD, the headers that every response has. Pure but for
/// the date; compresses, so it belongs on a worker if the body is large. Throws Error(kInternal) for a header with
/// CR, LF or NUL.
WireResponse Finish(const Request& request, Response response, const ServerOptions& options, Wire client);

/// Writes the end of the header; from here on `keep_alive` stands.
void Seal(WireResponse& response);

/// Whether Finish would compress the body.
bool WillCompress(const Request& request, const Response& response, const ServerOptions& options);

}  // namespace tidemill::http
