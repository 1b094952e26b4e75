#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/http/request.h>
#include <tidemill/model/events.h>

namespace tidemill::webserver {

enum class ReportKind { kMaterialization, kObservation, kCheck };

/// What a request to /report_asset_materialization/, …observation/ or …check/ reports: the event's data, ready to be
/// stored without a run.
///
/// Each parameter is taken from the JSON body, else from the query; the key from the path, "a/b", else from
/// "asset_key". Throws Error(kInvalidArgument) that names the parameter.
model::EventData ReadAssetReport(ReportKind kind, const http::Request& request);

/// The event's type.
model::EventType TypeOf(ReportKind kind);

}  // namespace tidemill::webserver
