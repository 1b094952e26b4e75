#include "instance_routes.h"

#include <span>

#include <fmt/format.h>

#include <tidemill/base/compress.h>
#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/contract/contract.h>
#include <tidemill/locations/grpc_location.h>
#include <tidemill/locations/location_snapshot.h>
#include <tidemill/serdes/serdes.h>

#include "asset_report.h"
#include "notebook.h"

namespace tidemill::webserver {

namespace {

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

// /logs/<parts of the key>/<out or err>
http::Response CapturedLog(const http::Request& request, const instance::Instance& instance) {
  std::vector<std::string> key = Split(request.Capture("path"));
  const std::string extension = std::move(key.back());
  key.pop_back();
  if (key.empty() || (extension != "out" && extension != "err")) {
    return http::TextResponse(404, "a log is named by its key and out or err");
  }
  std::string name;
  for (const std::string& part : key) name += (name.empty() ? "" : "__") + part;
  return http::FileResponse(instance.CapturedLogPath(key, extension).string(), name + "." + extension,
                            "application/octet-stream");
}

std::string SnapshotOf(storage::RunStorage& runs, const std::optional<std::string>& id, std::string_view what) {
  std::optional<std::string> text = id ? runs.SnapshotText(*id) : std::nullopt;
  if (!text) throw Error(Code::kNotFound, fmt::format("the run's {} is not stored", what));
  return *std::move(text);
}

http::Response DebugFile(const http::Request& request, const instance::Instance& instance) {
  http::Response response;
  response.content_type = "application/gzip";
  // The gzip format; the request's own encoding is another matter.
  response.body = Compress(DebugText(instance, std::string(request.Capture("run"))), Packing::kGzip, 6);
  return response;
}

std::string ReadNotebook(const api::Services& services, const std::string& location, const std::string& path) {
  const std::shared_ptr<const workspace::Workspace> current = services.workspace.current();
  const workspace::Location* found = current->FindLocation(location);
  if (found == nullptr) throw Error(Code::kNotFound, fmt::format("there is no code location {}", location));
  auto* loaded = dynamic_cast<locations::SnapshotLocation*>(found->client.get());
  if (loaded == nullptr) throw Error(Code::kUnavailable, fmt::format("the code location {} is not loaded", location));
  return loaded->server().Notebook(path);
}

http::Response ErrorResponse(int status, std::string_view text) {
  std::string body = R"({"error": )";
  json::AppendQuoted(body, text);
  return http::JsonResponse(status, body + "}");
}

http::Response Report(ReportKind kind, const http::Request& request, const api::Services& services) {
  if (services.read_only) return ErrorResponse(401, "Not authorized to report runless asset events.");
  model::EventLogEntry entry;
  entry.timestamp = ToUnixSeconds(services.clock.Now());
  entry.level = model::level::kInfo;
  model::DagsterEvent& event = entry.dagster_event.emplace();
  event.type = TypeOf(kind);
  try {
    event.data = ReadAssetReport(kind, request);
  } catch (const Error& error) {
    return ErrorResponse(400, error.what());
  }
  const storage::NewEvent stored(std::move(entry));
  services.instance.storage().events().Append({&stored, 1});
  return http::JsonResponse(200, "{}");
}

}  // namespace

std::string DebugText(const instance::Instance& instance, const std::string& run_id) {
  const auto record = instance.storage().runs().GetRun(run_id);
  if (!record) throw Error(Code::kNotFound, fmt::format("there is no run {}", run_id));
  std::string text = R"({"__class__": "DebugRunPayload", "event_list": [)";
  std::string_view between;
  for (const storage::StoredEvent& event : instance.storage().events().RunEvents(run_id, {})) {
    text += between;
    serdes::EncodeTo(text, event.entry);
    between = ", ";
  }
  text += R"(], "execution_plan_snapshot": )";
  storage::RunStorage& runs = instance.storage().runs();
  text += SnapshotOf(runs, record->run.execution_plan_snapshot_id, "execution plan");
  text += R"(, "pipeline_run": )";
  serdes::EncodeTo(text, record->run);
  text += R"(, "pipeline_snapshot": )";
  text += SnapshotOf(runs, record->run.job_snapshot_id, "job snapshot");
  text += R"(, "version": ")" + contract::Contract::Get().dagster_version() + "\"}";
  return text;
}

void AddInstanceRoutes(http::Router& router, const api::Services& services) {
  using http::Method;
  using http::Request;
  using http::RunOn;
  router.Add(Method::kGet, "/logs/{path*}", RunOn::kWorkers,
             [&services](const Request& request) { return CapturedLog(request, services.instance); });
  router.Add(Method::kGet, "/download_debug/{run}", RunOn::kWorkers,
             [&services](const Request& request) { return DebugFile(request, services.instance); });
  for (const char* path : {"/notebook", "/dagit/notebook"}) {
    router.Add(Method::kGet, path, RunOn::kWorkers, [&services](const Request& request) {
      return AnswerNotebook(request, [&services](const std::string& location, const std::string& file) {
        return ReadNotebook(services, location, file);
      });
    });
  }
  constexpr std::pair<std::string_view, ReportKind> kReports[] = {{"materialization", ReportKind::kMaterialization},
                                                                  {"observation", ReportKind::kObservation},
                                                                  {"check", ReportKind::kCheck}};
  for (const auto& [name, kind] : kReports) {
    router.Add(Method::kPost, fmt::format("/report_asset_{}/{{key*}}", name), RunOn::kWorkers,
               [&services, kind = kind](const Request& request) { return Report(kind, request, services); });
  }
}

}  // namespace tidemill::webserver
