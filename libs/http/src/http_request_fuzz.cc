#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tidemill/base/error.h>
#include <tidemill/http/router.h>
#include <tidemill/http/same_origin.h>

#include "graphql_request.h"
#include "request_reader.h"
#include "response_writer.h"

// The first byte says in what pieces the others arrive. A request that is read in pieces and at once is the same, and
// each part that reads requests takes it: routes, filters, GraphQL, the writing of an answer.
namespace tidemill::http {
namespace {

const Limits kLimits = [] {
  Limits limits;
  limits.target_bytes = 64;
  limits.header_bytes = 512;
  limits.body_bytes = 256;
  return limits;
}();

struct Outcome {
  std::optional<Request> request;
  bool refused = false;
  Wire wire;
};

// As a connection does: what the reader leaves is given again with more behind it.
Outcome Read(std::string_view bytes, std::size_t piece) {
  RequestReader reader(kLimits);
  std::string buffer;
  while (!reader.done() && !reader.refusal()) {
    const std::size_t before = buffer.size();
    buffer.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    // The reader stops once at the end of the header.
    std::size_t taken = reader.Feed(buffer);
    if (!reader.done() && !reader.refusal()) taken += reader.Feed(std::string_view(buffer).substr(taken));
    if (taken > buffer.size()) __builtin_trap();
    buffer.erase(0, taken);
    if (bytes.empty() && buffer.size() >= before && taken == 0) break;
  }
  Outcome outcome;
  outcome.refused = reader.refusal().has_value();
  outcome.wire = {.keep_alive = reader.keep_alive(), .reads_chunks = reader.reads_chunks()};
  if (reader.done() && !outcome.refused) outcome.request = reader.Take();
  return outcome;
}

bool Equal(const Request& a, const Request& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.body == b.body &&
         std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end());
}

Router MakeRouter() {
  const auto answer = [](const Request& request) { return TextResponse(200, request.path); };
  Router router;
  router.Add(Method::kGet, "/a/{name}", RunOn::kIo, answer);
  router.Add(Method::kPost, "/b/{rest*}", RunOn::kIo, answer);
  router.Add(Method::kGet, "/{path*}", RunOn::kIo, answer);
  return router;
}

void Use(Request request, Wire wire) {
  static const Router router = MakeRouter();
  static const RequestFilter filter = RefuseOtherOrigins({"http://good"});
  filter(request);
  Router::Match match = router.Find(request.method, request.path, false);
  if (match.route != nullptr) request.captures = std::move(match.captures);
  request.QueryParameter("query");
  ReadGraphqlRequest(request);
  WireResponse response = Finish(request, TextResponse(200, std::string(2000, 'x')), {}, wire);
  Seal(response);
  if (!response.head.ends_with("\r\n\r\n")) __builtin_trap();
}

}  // namespace
}  // namespace tidemill::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemill::http;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = Read(bytes, bytes.size() + 1);
  const Outcome pieces = Read(bytes, data[0] % 64 + 1);
  // Beast refuses some malformed trailers only in one of the two ways, so nothing is said of what is not read in both.
  if (whole.request && pieces.request && !Equal(*whole.request, *pieces.request)) __builtin_trap();
  if (whole.request) Use(*whole.request, whole.wire);
  if (pieces.request) Use(*pieces.request, pieces.wire);
  return 0;
}
