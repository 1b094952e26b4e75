#pragma once

#include <memory>
#include <string>
#include <vector>

#include "paint.h"
#include "run_progress.h"

namespace tidemill::cli {

/// Shows a run to the user while it goes on.
class ProgressOutput {
 public:
  virtual ~ProgressOutput() = default;
  /// After `entry` was applied to `progress`. May wait for Flush to be seen.
  virtual void Show(const model::EventLogEntry& entry, const RunProgress& progress) = 0;
  /// All that has happened for now was shown.
  virtual void Flush() {}
  /// A word of tidemill's own, e.g. that it forwards a signal.
  virtual void Note(std::string_view line) = 0;
  /// Time went by, or the terminal changed its size. `now` in seconds since the epoch.
  virtual void Refresh(const RunProgress& progress, double now) = 0;
  /// How often Refresh is wanted, in milliseconds; 0: never.
  virtual int refresh_interval() const = 0;
  /// The run has ended: the last picture and the summary.
  virtual void Finish(const RunProgress& progress) = 0;
};

/// A line for each thing that happened.
class PlainProgress final : public ProgressOutput {
 public:
  PlainProgress(Stream& stream, const Environment& environment) : stream_(stream), paint_(stream, environment) {}
  void Show(const model::EventLogEntry& entry, const RunProgress& progress) override;
  void Flush() override;
  void Note(std::string_view line) override;
  void Refresh(const RunProgress&, double) override {}
  int refresh_interval() const override { return 0; }
  void Finish(const RunProgress& progress) override;

 private:
  Stream& stream_;
  const Paint paint_;
  std::string lines_;  ///< Shown, but not written yet.
};

/// A picture of all steps that is redrawn in place, below the log lines of user code. Each frame is one write, so that
/// nothing flickers; lines never reach the terminal's edge, so that a new width cannot break them.
class LiveProgress final : public ProgressOutput {
 public:
  LiveProgress(Stream& stream, const Environment& environment) : stream_(stream), paint_(stream, environment) {}
  void Show(const model::EventLogEntry& entry, const RunProgress& progress) override;
  void Note(std::string_view line) override;
  void Refresh(const RunProgress& progress, double now) override;
  int refresh_interval() const override { return 50; }
  void Finish(const RunProgress& progress) override;

 private:
  void Draw(const RunProgress& progress, double now, std::string_view last_words);

  Stream& stream_;
  const Paint paint_;
  std::string above_;                      ///< Lines to print before the next frame.
  std::vector<std::size_t> frame_widths_;  ///< Of the frame on the screen.
};

/// Shows nothing: for programs, which read the result.
class SilentProgress final : public ProgressOutput {
 public:
  void Show(const model::EventLogEntry&, const RunProgress&) override {}
  void Note(std::string_view) override {}
  void Refresh(const RunProgress&, double) override {}
  int refresh_interval() const override { return 0; }
  void Finish(const RunProgress&) override {}
};

/// Live on a terminal, plain lines elsewhere. With `json`, standard output is the result's, so the view goes to
/// standard error if that is a terminal.
std::unique_ptr<ProgressOutput> MakeProgressOutput(Environment& environment, bool json);

/// The line that an event is worth while the run goes on; empty for most. Steps' lines only if `steps`.
std::string ProgressLine(const model::EventLogEntry& entry, const RunProgress& progress, bool steps,
                         const Paint& paint);

}  // namespace tidemill::cli
