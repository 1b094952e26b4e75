#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <tidemill/model/plan_snap.h>
#include <tidemill/model/runs.h>

namespace tidemill::engine {

/// What a run's worker asks one process to do: everything that the process cannot know without opening the instance.
struct StepTask {
  model::Run run;
  std::string step_key;
  model::KnownState known_state;
  bool retries_enabled = true;
  std::filesystem::path storage_root;
  std::filesystem::path compute_log_root;
};

std::string EncodeTask(const StepTask& task);
/// Throws Error(kInvalidArgument) if the text is none.
StepTask DecodeTask(std::string_view text);

/// What differs from step to step: the step's key and its known state.
std::string EncodeStep(const StepTask& task);
/// Puts it into the task. Throws Error(kInvalidArgument) if the text is none.
void DecodeStep(std::string_view text, StepTask& task);

/// Keys of the run so far: how often the step was tried.
std::int64_t AttemptsOf(const model::KnownState& state, std::string_view step_key);

}  // namespace tidemill::engine
