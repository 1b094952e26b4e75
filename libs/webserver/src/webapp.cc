#include "webapp.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/uuid.h>

namespace tidemill::webserver {

namespace {

constexpr std::string_view kNonce = "NONCE-PLACEHOLDER";
// Their names hold a hash of their content.
constexpr std::string_view kHashedFolder = "/_next/static/";

std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  while (true) {
    const std::size_t at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

std::string TemplateOf(const WebappPack& pack, std::string_view path) {
  const WebappPack::File* file = pack.Find(path);
  if (file == nullptr || file->gzip) {
    throw Error(Code::kDataLoss, fmt::format("the pack of the web UI has no plain {}; build it again", path));
  }
  return std::string(file->bytes);
}

}  // namespace

Webapp::Webapp(const WebappPack& pack, const Settings& settings)
    : pack_(pack), page_(TemplateOf(pack, "/index.html")), policy_(TemplateOf(pack, "/csp-header.txt")) {
  page_ = Replaced(page_, "BUILDTIME_ASSETPREFIX_REPLACE_ME", settings.path_prefix);
  page_ = Replaced(page_, "__PATH_PREFIX__", settings.path_prefix);
  page_ = Replaced(page_, "__INSTANCE_ID__", settings.instance_id);
  page_ = Replaced(page_, "\"__TELEMETRY_ENABLED__\"", "false");
  page_ = Replaced(page_, "__LIVE_DATA_POLL_RATE__", std::to_string(settings.live_data_poll_rate_ms));
  policy_.erase(policy_.find_last_not_of("\r\n") + 1);
}

http::Response Webapp::Answer(const http::Request& request) const {
  const WebappPack::File* file = pack_.Find(request.path);
  if (file == nullptr) {
    if (pack_.HasFolderOf(request.path)) return http::TextResponse(404, "the web UI has no such file");
    return Page();
  }
  http::Response response;
  response.content_type = file->content_type;
  response.etag = file->etag;
  if (file->gzip) response.content_encoding = "gzip";
  response.body = file->bytes;
  const bool hashed = file->path.compare(0, kHashedFolder.size(), kHashedFolder) == 0;
  response.headers.Add("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  return response;
}

http::Response Webapp::Page() const {
  std::string nonce = NewUuid();
  std::erase(nonce, '-');
  http::Response response = http::HtmlResponse(Replaced(page_, kNonce, nonce));
  response.headers.Add("Content-Security-Policy", Replaced(policy_, kNonce, nonce));
  response.headers.Add("Cache-Control", "no-store");
  response.headers.Add("Feature-Policy", "microphone 'none'; camera 'none'");
  response.headers.Add("Referrer-Policy", "strict-origin-when-cross-origin");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  return response;
}

std::string GraphiqlPage(const std::string& path_prefix) {
  constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>GraphQL on Tidemill</title>
<style>body { margin: 0 } #client { height: 100vh }</style>
<link rel="stylesheet" href="PREFIX/vendor/graphiql/graphiql.min.css">
<link rel="stylesheet" href="PREFIX/vendor/graphiql/graphiql-plugin-explorer-style.css">
<script src="PREFIX/vendor/graphiql/react.production.min.js"></script>
<script src="PREFIX/vendor/graphiql/react-dom.production.min.js"></script>
<script src="PREFIX/vendor/graphiql/graphiql.min.js"></script>
<script src="PREFIX/vendor/graphiql/graphiql-plugin-explorer.umd.js"></script>
</head>
<body>
<div id="client"></div>
<script>
const url = new URL("PREFIX/graphql", location);
const socket = new URL(url);
socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";
const fetcher = GraphiQL.createFetcher({ url: url.href, subscriptionUrl: socket.href });
const plugins = [GraphiQLPluginExplorer.explorerPlugin()];
ReactDOM.createRoot(document.getElementById("client"))
  .render(React.createElement(GraphiQL, { fetcher, plugins, defaultEditorToolsVisibility: true }));
</script>
</body>
</html>
)";
  return Replaced(kPage, "PREFIX", path_prefix);
}

}  // namespace tidemill::webserver
