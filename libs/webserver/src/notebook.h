#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <tidemill/http/request.h>
#include <tidemill/http/response.h>

namespace tidemill::webserver {

/// Gives the content of a location's file, or throws Error.
using NotebookSource = std::function<std::string(const std::string& location, const std::string& path)>;

/// /notebook?path=…&repoLocName=…: a notebook of a code location as a page.
http::Response AnswerNotebook(const http::Request& request, const NotebookSource& read);

/// A page of a notebook's cells: sources as they are written, outputs as text or PNG. Scripts and HTML of outputs are
/// left out: the page is of the server's own origin. Throws Error(kInvalidArgument) if `ipynb` is no notebook (nbformat
/// 4).
std::string NotebookPage(std::string_view ipynb);

}  // namespace tidemill::webserver
