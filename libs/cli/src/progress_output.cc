#include "progress_output.h"

#include <fmt/format.h>

#include "progress_view.h"
#include "text.h"

namespace tidemill::cli {
namespace {

// DEC private mode 2026, synchronized output: terminals that know it show a frame at once, others ignore it.
constexpr std::string_view kBeginFrame = "\x1b[?2026h";
constexpr std::string_view kEndFrame = "\x1b[?2026l";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

/// Width on the screen of a line that may hold colours.
std::size_t WidthWithoutColours(std::string_view line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = line.find('m', i);
      if (i == std::string_view::npos) break;
    } else {
      plain += line[i];
    }
  }
  return DisplayWidth(plain);
}

std::string LogLine(const model::EventLogEntry& entry, const Paint& paint) {
  const Color color = entry.level >= model::level::kError     ? Color::kRed
                      : entry.level >= model::level::kWarning ? Color::kYellow
                                                              : Color::kPlain;
  std::string line = paint(color, Printable(entry.user_message, false));
  if (entry.step_key) line = Printable(*entry.step_key) + ": " + line;
  if (entry.error_info) line += "\n" + ErrorLines(*entry.error_info, "    ");
  return line;
}

std::string PartitionSuffix(const std::optional<std::string>& partition) {
  return partition ? fmt::format(" [{}]", Printable(*partition)) : "";
}

}  // namespace

std::string ProgressLine(const model::EventLogEntry& entry, const RunProgress& progress, bool steps,
                         const Paint& paint) {
  using model::EventType;
  if (!entry.dagster_event) return entry.level >= model::level::kInfo ? LogLine(entry, paint) : "";
  const model::DagsterEvent& event = *entry.dagster_event;
  switch (event.type) {
    case EventType::kRunStart:
      return steps ? fmt::format("run {} of {} started", progress.run_id(), Printable(progress.job_name())) : "";
    case EventType::kStepStart:
    case EventType::kStepRestarted:
    case EventType::kStepUpForRetry:
    case EventType::kStepSuccess:
    case EventType::kStepFailure:
    case EventType::kStepSkipped: {
      const StepProgress* step = steps && event.step_key ? progress.Find(*event.step_key) : nullptr;
      return step ? StepLine(*step, paint) : "";
    }
    case EventType::kAssetMaterialization: {
      const auto* made = std::get_if<model::event::StepMaterialization>(&event.data);
      if (!steps || !made) return "";
      return fmt::format("{} materialized{}", Printable(made->materialization.asset_key.ToUserString()),
                         PartitionSuffix(made->materialization.partition));
    }
    case EventType::kAssetCheckEvaluation: {
      const auto* check = std::get_if<model::event::CheckEvaluation>(&event.data);
      if (!check) return "";
      const bool is_error = check->severity == model::CheckSeverity::kError;
      const std::string key = model::AssetCheckKey{check->asset_key, check->check_name}.ToUserString();
      const std::string outcome = check->passed ? paint(Color::kGreen, "passed")
                                                : paint(is_error ? Color::kRed : Color::kYellow, "did not pass") +
                                                      (is_error ? " (ERROR)" : " (WARN)");
      return fmt::format("check {} {}{}", Printable(key), outcome, PartitionSuffix(check->partition));
    }
    default:
      return "";
  }
}

void PlainProgress::Show(const model::EventLogEntry& entry, const RunProgress& progress) {
  const std::string line = ProgressLine(entry, progress, true, paint_);
  if (!line.empty()) lines_ += fmt::format("{} {}\n", LocalClockTime(entry.timestamp), line);
}

void PlainProgress::Flush() {
  if (!lines_.empty()) stream_.Write(lines_);
  lines_.clear();
}

void PlainProgress::Note(std::string_view line) {
  lines_ += fmt::format("{}\n", line);
  Flush();
}

void PlainProgress::Finish(const RunProgress& progress) {
  lines_ += RenderSummary(progress, paint_);
  Flush();
}

void LiveProgress::Show(const model::EventLogEntry& entry, const RunProgress& progress) {
  const std::string line = ProgressLine(entry, progress, false, paint_);
  if (!line.empty()) above_ += fmt::format("{} {}\n", LocalClockTime(entry.timestamp), line);
}

void LiveProgress::Note(std::string_view line) { above_ += fmt::format("{}\n", line); }

void LiveProgress::Refresh(const RunProgress& progress, double now) { Draw(progress, now, ""); }

void LiveProgress::Finish(const RunProgress& progress) {
  Draw(progress, progress.end(), RenderSummary(progress, paint_));
}

void LiveProgress::Draw(const RunProgress& progress, double now, std::string_view last_words) {
  const Stream::Size size = stream_.size();
  const std::size_t columns = static_cast<std::size_t>(std::max(size.columns, 1));
  std::string out(kBeginFrame);
  // A terminal that became narrower has wrapped the old frame's lines.
  std::size_t rows = 0;
  for (const std::size_t width : frame_widths_) rows += width == 0 ? 1 : (width + columns - 1) / columns;
  if (rows > 0) out += fmt::format("\x1b[{}A\r", rows);
  if (!above_.empty()) {
    out += kClearBelow;
    out += above_;
    above_.clear();
  }
  std::vector<std::string> lines = RenderProgress(progress, now, size, paint_);
  // The summary says it again.
  if (!last_words.empty()) lines.pop_back();
  frame_widths_.clear();
  for (const std::string& line : lines) {
    frame_widths_.push_back(WidthWithoutColours(line));
    out += line;
    out += kClearLine;
    out += '\n';
  }
  out += kClearBelow;
  out += last_words;
  out += kEndFrame;
  stream_.Write(out);
}

std::unique_ptr<ProgressOutput> MakeProgressOutput(Environment& environment, bool json) {
  Stream& stream = json ? environment.err : environment.out;
  const bool dumb = environment.variable("TERM").value_or("") == "dumb";
  if (stream.is_terminal() && !dumb) return std::make_unique<LiveProgress>(stream, environment);
  if (json) return std::make_unique<SilentProgress>();
  return std::make_unique<PlainProgress>(stream, environment);
}

}  // namespace tidemill::cli
