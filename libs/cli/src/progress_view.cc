#include "progress_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "text.h"

namespace tidemill::cli {
namespace {

constexpr StepState kCountedStates[] = {StepState::kRunning, StepState::kRetrying,  StepState::kFailed,
                                        StepState::kSkipped, StepState::kSucceeded, StepState::kWaiting};

/// "2 running, 1 failed, 3 succeeded": of all states that have steps.
std::string Counts(const RunProgress& progress) {
  std::vector<std::string> parts;
  for (const StepState state : kCountedStates) {
    if (const std::size_t count = progress.Count(state)) {
      parts.push_back(fmt::format("{} {}", count, StepStateName(state)));
    }
  }
  return Join(parts);
}

/// Lower comes first when room is short.
int Rank(StepState state) {
  switch (state) {
    case StepState::kFailed:
      return 0;
    case StepState::kRunning:
      return 1;
    case StepState::kRetrying:
      return 2;
    case StepState::kSucceeded:
      return 3;
    case StepState::kSkipped:
      return 4;
    case StepState::kWaiting:
      return 5;
  }
  return 6;
}

/// Indexes of the `room` most telling steps, in the order in which steps are shown.
std::vector<std::size_t> Choose(const std::vector<StepProgress>& steps, std::size_t room) {
  std::vector<std::size_t> chosen(steps.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i;
  if (chosen.size() <= room) return chosen;
  const auto middle = chosen.begin() + static_cast<std::ptrdiff_t>(room);
  std::partial_sort(chosen.begin(), middle, chosen.end(), [&](std::size_t a, std::size_t b) {
    const int ranks[] = {Rank(steps[a].state), Rank(steps[b].state)};
    if (ranks[0] != ranks[1]) return ranks[0] < ranks[1];
    if (steps[a].state == StepState::kSucceeded && steps[a].end != steps[b].end) return steps[a].end > steps[b].end;
    return a < b;
  });
  chosen.erase(middle, chosen.end());
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::string TimeOf(const StepProgress& step, double now) {
  if (step.start == 0) return "";
  return Duration((step.end != 0 ? step.end : std::max(now, step.start)) - step.start);
}

/// Cut to the columns before it is coloured.
std::string StepRow(const StepProgress& step, double now, std::size_t name_width, std::size_t columns,
                    const Paint& paint) {
  const std::string state = PadRight(StepStateName(step.state), 9);
  std::string rest = fmt::format("  {}  {}", PadRight(Printable(step.key), name_width), PadLeft(TimeOf(step, now), 7));
  if (step.attempts > 1) rest += fmt::format("  attempt {}", step.attempts);
  rest.erase(rest.find_last_not_of(' ') + 1);
  const std::size_t head = 2 + state.size();
  if (columns <= head) return Truncate("  " + state, columns);
  return "  " + paint(ColorOf(step.state), state) + Truncate(rest, columns - head);
}

std::string_view ResultWord(model::RunStatus status) {
  switch (status) {
    case model::RunStatus::kSuccess:
      return "succeeded";
    case model::RunStatus::kFailure:
      return "failed";
    case model::RunStatus::kCanceled:
      return "was cancelled";
    case model::RunStatus::kCanceling:
      return "is ending";
    default:
      return "is running";
  }
}

}  // namespace

Color ColorOf(StepState state) {
  switch (state) {
    case StepState::kWaiting:
      return Color::kDim;
    case StepState::kRunning:
      return Color::kCyan;
    case StepState::kRetrying:
      return Color::kYellow;
    case StepState::kSucceeded:
      return Color::kGreen;
    case StepState::kFailed:
      return Color::kRed;
    case StepState::kSkipped:
      return Color::kYellow;
  }
  return Color::kPlain;
}

Color ColorOf(model::RunStatus status) {
  switch (status) {
    case model::RunStatus::kSuccess:
      return Color::kGreen;
    case model::RunStatus::kFailure:
      return Color::kRed;
    case model::RunStatus::kCanceled:
    case model::RunStatus::kCanceling:
      return Color::kYellow;
    case model::RunStatus::kStarted:
    case model::RunStatus::kStarting:
      return Color::kCyan;
    default:
      return Color::kPlain;
  }
}

std::vector<std::string> RenderProgress(const RunProgress& progress, double now, Stream::Size size,
                                        const Paint& paint) {
  const std::size_t columns = static_cast<std::size_t>(std::max(size.columns - 1, 1));
  const std::size_t rows = static_cast<std::size_t>(std::max(size.rows - 1, 2));
  const std::vector<StepProgress>& steps = progress.steps();
  std::vector<std::string> lines;
  lines.push_back(
      paint(Color::kBold, Truncate(fmt::format("{}  run {}", progress.job_name(), progress.run_id()), columns)));
  // The first and last line are always there; what is left out takes a line of its own.
  std::size_t room = rows - 2;
  if (steps.size() > room) room = room > 0 ? room - 1 : 0;
  const std::vector<std::size_t> shown = Choose(steps, room);
  std::size_t name_width = 8;
  for (const std::size_t i : shown) name_width = std::max(name_width, DisplayWidth(steps[i].key));
  name_width = std::min(name_width, columns > 24 ? columns - 24 : std::size_t{8});
  for (const std::size_t i : shown) lines.push_back(StepRow(steps[i], now, name_width, columns, paint));
  if (shown.size() < steps.size() && rows > 2) {
    lines.push_back(paint(Color::kDim, Truncate(fmt::format("  and {} more", steps.size() - shown.size()), columns)));
  }
  const double end = progress.end() != 0 ? progress.end() : now;
  const std::string time = progress.start() != 0 ? Duration(std::max(end - progress.start(), 0.0)) : "starting";
  const std::size_t done =
      progress.Count(StepState::kSucceeded) + progress.Count(StepState::kFailed) + progress.Count(StepState::kSkipped);
  lines.push_back(Truncate(
      fmt::format("{} of {}, {}: {}", done, cli::Count(steps.size(), "step"), time, Counts(progress)), columns));
  return lines;
}

std::string StepLine(const StepProgress& step, const Paint& paint) {
  const std::string key = Printable(step.key);
  const std::string state(StepStateName(step.state));
  switch (step.state) {
    case StepState::kWaiting:
      return key + " waits";
    case StepState::kRunning:
      return step.attempts > 1 ? fmt::format("{} started again (attempt {})", key, step.attempts) : key + " started";
    case StepState::kRetrying:
      return fmt::format("{} {}", key, paint(ColorOf(step.state), "failed and will be tried again")) +
             (step.error ? "\n" + ErrorLines(*step.error, "    ") : "");
    case StepState::kSkipped:
      return fmt::format("{} {}", key, paint(ColorOf(step.state), state));
    case StepState::kSucceeded:
    case StepState::kFailed:
      break;
  }
  std::string line = fmt::format("{} {}", key, paint(ColorOf(step.state), state));
  if (step.start != 0) line += fmt::format(" in {}", Duration(step.end - step.start));
  if (step.attempts > 1) line += fmt::format(" after {} attempts", step.attempts);
  return line;
}

std::string ErrorLines(const model::ErrorInfo& error, std::string_view indent) {
  const model::ErrorInfo* inner = &error;
  // The wrapper around what user code threw says only which step it was.
  while (inner->cause && inner->cls_name == "DagsterExecutionStepExecutionError") inner = inner->cause.get();
  std::string out;
  for (std::string_view prefix = ""; inner; inner = inner->cause.get(), prefix = "caused by ") {
    std::string message = Printable(inner->message, false);
    while (!message.empty() && message.back() == '\n') message.pop_back();
    if (!out.empty()) out += "\n";
    out += indent;
    out += prefix;
    for (const char c : message) {
      out += c;
      if (c == '\n') out += std::string(indent) + "  ";
    }
  }
  return out;
}

std::string RenderSummary(const RunProgress& progress, const Paint& paint) {
  std::string out =
      fmt::format("run {} {}", progress.run_id(), paint(ColorOf(progress.status()), ResultWord(progress.status())));
  if (progress.start() != 0 && progress.end() != 0) {
    out += fmt::format(" in {}", Duration(std::max(progress.end() - progress.start(), 0.0)));
  }
  out += fmt::format(": {}\n", progress.steps().empty() ? "no steps" : Counts(progress));
  bool told = false;
  for (const StepProgress& step : progress.steps()) {
    if (step.state != StepState::kFailed || !step.error) continue;
    out += fmt::format("  {} failed:\n{}\n", Printable(step.key), ErrorLines(*step.error, "    "));
    told = true;
  }
  if (!told && progress.error()) out += ErrorLines(*progress.error(), "  ") + "\n";
  for (const CheckOutcome& check : progress.checks()) {
    if (check.passed) continue;
    const bool is_error = check.severity == model::CheckSeverity::kError;
    out += fmt::format("  check {} {} ({})\n", Printable(check.key.ToUserString()),
                       paint(is_error ? Color::kRed : Color::kYellow, "did not pass"), is_error ? "ERROR" : "WARN");
  }
  if (progress.status() == model::RunStatus::kFailure) {
    out += fmt::format("  see `tidemill run logs {}`; `tidemill run reexecute {} --from-failure` goes on from there\n",
                       progress.run_id(), progress.run_id());
  }
  return out;
}

}  // namespace tidemill::cli
