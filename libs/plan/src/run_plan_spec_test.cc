// Runs the texts in spec/: each says a plan, what happens to its steps, and what the plan must decide.
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>

#include <tidemill/base/file.h>
#include <tidemill/plan/run_plan.h>

namespace tidemill::plan {
namespace {

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// "step: need need.output [need need] ?check#output": brackets fan in, '#' marks a check's output.
PlanStep ParseStep(const std::string& line) {
  const auto colon = line.find(':');
  PlanStep step;
  step.snap.key = Words(line.substr(0, colon)).at(0);
  step.op_name = step.snap.key;
  step.snap.node_handle = model::NodeHandle{{step.snap.key}};
  std::string rest = colon == std::string::npos ? "" : line.substr(colon + 1);
  std::optional<model::input_source::MultipleSources> fan_in;
  std::vector<model::StepOutputHandle> handles;
  for (std::string word : Words(rest)) {
    if (word[0] == '[') {
      fan_in.emplace();
      handles.clear();
      word.erase(0, 1);
    }
    const bool closes = word.back() == ']';
    if (closes) word.pop_back();
    const auto dot = word.find('.');
    const model::StepOutputHandle handle{
        word.substr(0, dot), dot == std::string::npos ? "result" : word.substr(dot + 1), {}};
    const model::input_source::StepOutput source{handle, fan_in.has_value()};
    if (!fan_in) {
      step.snap.inputs.push_back({word, "Any", source, {handle}});
      continue;
    }
    fan_in->sources.emplace_back(source);
    handles.push_back(handle);
    if (closes) {
      step.snap.inputs.push_back({"all", "Any", *fan_in, handles});
      fan_in.reset();
    }
  }
  return step;
}

class Spec {
 public:
  explicit Spec(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      line = line.substr(0, line.find('#'));
      if (Words(line).empty()) continue;
      line[0] == ' ' ? steps_.push_back(ParseStep(line)) : actions_.push_back(line);
    }
    AddOutputs();
    plan_.emplace(std::move(steps_), "multiprocess");
    run_.emplace(*plan_);
  }

  void Run() {
    for (const std::string& line : actions_) {
      const auto arrow = line.find("->");
      const std::vector<std::string> words = Words(line.substr(0, arrow));
      const std::string decided = Do(words);
      if (arrow != std::string::npos) {
        EXPECT_EQ(decided, Join(Words(line.substr(arrow + 2)))) << "at: " << line;
      } else {
        EXPECT_EQ(decided, "") << "at: " << line;
      }
    }
    EXPECT_TRUE(run_->done());
  }

 private:
  /// Each step has the outputs that others name, and "result".
  void AddOutputs() {
    std::map<std::string, std::set<std::string>> outputs;
    for (const PlanStep& step : steps_) {
      outputs[step.snap.key].insert("result");
      for (const auto& input : step.snap.inputs) {
        for (const auto& handle : input.upstream_output_handles) outputs[handle.step_key].insert(handle.output_name);
      }
    }
    for (PlanStep& step : steps_) {
      for (const std::string& name : outputs[step.snap.key]) {
        step.snap.outputs.push_back({name, "Any", step.snap.node_handle, {}});
        if (name.rfind("check", 0) == 0) {
          step.snap.outputs.back().properties.asset_check_key = model::AssetCheckKey{"asset", name};
        }
      }
    }
  }

  std::string Do(const std::vector<std::string>& words) {
    const std::string& verb = words.at(0);
    if (verb == "ready") {
      std::vector<std::string> keys;
      for (const StepId id : run_->TakeReady(now_)) keys.push_back(plan_->step(id).snap.key);
      return Join(keys);
    }
    if (verb == "wait") {
      now_ += std::chrono::seconds(std::stoi(words.at(1)));
      return "";
    }
    const StepId step = plan_->Find(words.at(1)).value();
    if (verb == "succeed") {  // succeed STEP OUTPUT…; without outputs: "result"
      if (words.size() == 2) run_->ReportOutput(step, "result");
      for (std::size_t i = 2; i < words.size(); ++i) run_->ReportOutput(step, words[i]);
      run_->Report(step, StepOutcome::kSucceeded);
    } else if (verb == "fail") {
      run_->Report(step, StepOutcome::kFailed);
    } else if (verb == "retry") {  // retry STEP [SECONDS]
      std::optional<Timestamp> at;
      if (words.size() > 2) at = now_ + std::chrono::seconds(std::stoi(words[2]));
      run_->Report(step, StepOutcome::kUpForRetry, at);
    } else {
      ADD_FAILURE() << "unknown action " << verb;
    }
    return Decided();
  }

  std::string Decided() {
    std::vector<std::string> words;
    for (const auto& skip : run_->TakeSkipped()) {
      words.push_back("skip " + plan_->step(skip.step).snap.key + " (" + Join(skip.missing_outputs) + ")");
    }
    for (const auto& abandoned : run_->TakeAbandoned()) {
      std::vector<std::string> why = abandoned.failed;
      why.insert(why.end(), abandoned.not_executed.begin(), abandoned.not_executed.end());
      words.push_back("abandon " + plan_->step(abandoned.step).snap.key + " (" + Join(why) + ")");
    }
    return Join(words);
  }

  std::vector<PlanStep> steps_;
  std::vector<std::string> actions_;
  std::optional<ExecutionPlan> plan_;
  std::optional<RunPlan> run_;
  Timestamp now_{};
};

class RunPlanSpecTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(RunPlanSpecTest, Decides) { Spec(ReadFile(GetParam())).Run(); }

std::vector<std::filesystem::path> SpecFiles() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TIDEMILL_SOURCE_DIR "/spec"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Files, RunPlanSpecTest, testing::ValuesIn(SpecFiles()), [](const auto& file) {
  std::string name = file.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace tidemill::plan
