#pragma once

#include <memory>
#include <string>

#include <tidemill/http/request.h>
#include <tidemill/http/response.h>

#include "webapp_pack.h"

namespace tidemill::webserver {

/// Serves the web UI: its files under their own names, and its page under every other path. Immutable; any thread.
class Webapp final {
 public:
  struct Settings {
    std::string path_prefix;
    std::string instance_id;  ///< The UI keys its browser cache by it.
    int live_data_poll_rate_ms = 2000;
  };

  /// `pack` must outlive the object and have "/index.html" and "/csp-header.txt", else Error(kDataLoss).
  Webapp(const WebappPack& pack, const Settings& settings);

  /// A file's bytes live as long as the pack.
  http::Response Answer(const http::Request& request) const;

 private:
  http::Response Page() const;

  const WebappPack& pack_;
  std::string page_;  ///< Filled in but for the nonce.
  std::string policy_;
};

/// The page of an interactive GraphQL client, whose scripts are files of the web UI.
std::string GraphiqlPage(const std::string& path_prefix);

}  // namespace tidemill::webserver
