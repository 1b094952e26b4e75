#pragma once

#include <string>
#include <vector>

#include <tidemill/http/router.h>

namespace tidemill::http {

/// Refuses with 403 what a page of another site may make a browser send: WebSockets, requests that may change
/// something, and reads that are no navigation. Who sends no Origin and no Sec-Fetch-Site, as programs do, passes.
///
/// The server's own origins are those of the request's Host and X-Forwarded-Host. `also_allowed` names others, e.g.
/// "https://tools.example.com"; "*" allows all.
RequestFilter RefuseOtherOrigins(std::vector<std::string> also_allowed);

}  // namespace tidemill::http
