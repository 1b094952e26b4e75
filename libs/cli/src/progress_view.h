#pragma once

#include <string>
#include <vector>

#include "paint.h"
#include "run_progress.h"

namespace tidemill::cli {

/// The live view of a run: at most `size.rows - 1` lines of at most `size.columns - 1` columns, so that the terminal
/// neither wraps nor scrolls. Steps that do not fit give way in this order: waiting, skipped, succeeded (old before
/// new). `now` in seconds since the epoch.
std::vector<std::string> RenderProgress(const RunProgress& progress, double now, Stream::Size size, const Paint& paint);

/// One line for a step that changed, for output that is not redrawn: "raw_data succeeded in 12ms".
std::string StepLine(const StepProgress& step, const Paint& paint);

/// The last words on a run: its result, counts, duration; failed steps' and the run's errors below, with the remedy.
std::string RenderSummary(const RunProgress& progress, const Paint& paint);

/// An error without its frames: its message and those of its causes, one a line, each prefixed by `indent`. The
/// outermost layers that only say in which step it happened are left out.
std::string ErrorLines(const model::ErrorInfo& error, std::string_view indent);

Color ColorOf(StepState state);
Color ColorOf(model::RunStatus status);

}  // namespace tidemill::cli
