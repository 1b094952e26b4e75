#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <tidemill/http/request.h>
#include <tidemill/http/response.h>

namespace tidemill::webserver {

using ReadNotebook = std::function<std::string(const std::string& location, const std::string& path)>;

/// /notebook?path=…&repoLocName=…: a notebook of a code location as a page. `read` may be empty: 501.
http::Response AnswerNotebook(const http::Request& request, const ReadNotebook& read);

/// A page of a notebook's cells: sources as they are written, outputs as text or PNG. Scripts and HTML of outputs are
/// left out: the page is of the server's own origin. Throws Error(kInvalidArgument) if `ipynb` is no notebook (nbformat
/// 4).
std::string NotebookPage(std::string_view ipynb);

}  // namespace tidemill::webserver
