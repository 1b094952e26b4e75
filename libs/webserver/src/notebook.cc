#include "notebook.h"

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

namespace tidemill::webserver {

namespace {

void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out.push_back(c);
    }
  }
}

// Notebooks keep a text as one string or as a list of lines.
std::string TextOf(const json::Value* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return value->AsString();
  std::string text;
  for (const json::Value& line : value->AsArray()) text += line.AsString();
  return text;
}

void AppendBlock(std::string& out, std::string_view kind, std::string_view text) {
  if (text.empty()) return;
  out += fmt::format("<pre class=\"{}\">", kind);
  AppendEscaped(out, text);
  out += "</pre>\n";
}

bool IsBase64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n";
  return text.find_first_not_of(kDigits) == std::string_view::npos;
}

void AppendOutput(std::string& out, const json::Value& output) {
  AppendBlock(out, "output", TextOf(output.Find("text")));
  AppendBlock(out, "error", TextOf(output.Find("traceback")));
  const json::Value* data = output.Find("data");
  if (data == nullptr) return;
  const std::string image = TextOf(data->Find("image/png"));
  if (!image.empty() && IsBase64(image)) {
    out += "<img alt=\"output\" src=\"data:image/png;base64," + image + "\">\n";
  } else {
    AppendBlock(out, "output", TextOf(data->Find("text/plain")));
  }
}

}  // namespace

std::string NotebookPage(std::string_view ipynb) {
  const json::Value notebook = json::Parse(ipynb);
  const json::Value* cells = notebook.Find("cells");
  if (cells == nullptr) throw Error(Code::kInvalidArgument, "the file is no notebook of nbformat 4: it has no cells");
  std::string out = R"(<!doctype html>
<meta charset="utf-8">
<title>Notebook</title>
<style>
body { font-family: sans-serif; max-width: 60rem; margin: 1rem auto; }
pre { white-space: pre-wrap; padding: 0.5rem; margin: 0.25rem 0; }
.code { background: #f4f4f6; border-left: 3px solid #5b6ee1; }
.error { color: #a11; }
img { max-width: 100%; }
</style>
)";
  for (const json::Value& cell : cells->AsArray()) {
    const std::string kind = TextOf(cell.Find("cell_type"));
    AppendBlock(out, kind == "code" ? "code" : "text", TextOf(cell.Find("source")));
    const json::Value* outputs = cell.Find("outputs");
    if (outputs == nullptr) continue;
    for (const json::Value& output : outputs->AsArray()) AppendOutput(out, output);
  }
  return out;
}

http::Response AnswerNotebook(const http::Request& request, const NotebookSource& read) {
  const auto path = request.QueryParameter("path");
  const auto location = request.QueryParameter("repoLocName");
  if (!path || !location) return http::TextResponse(400, "the parameters path and repoLocName are needed");
  if (!path->ends_with(".ipynb")) return http::TextResponse(400, "Invalid Path");
  http::Response response = http::HtmlResponse(NotebookPage(read(*location, *path)));
  response.headers.Add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace tidemill::webserver
