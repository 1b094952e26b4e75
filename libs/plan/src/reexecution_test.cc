#include <gmock/gmock.h>

#include <tidemill/plan/reexecution.h>

namespace tidemill::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointee;

/// a, b: a, c: b, d
model::PlanSnap Plan() {
  model::PlanSnap plan;
  const auto step = [&](const std::string& key, const std::string& need) {
    model::StepSnap snap;
    snap.key = key;
    snap.node_handle = model::NodeHandle{{key}};
    if (!need.empty()) {
      const model::StepOutputHandle handle{need, "result", {}};
      snap.inputs.push_back({"in", "Any", model::input_source::StepOutput{handle, false}, {handle}});
    }
    plan.steps.push_back(std::move(snap));
    plan.step_keys_to_execute.push_back(key);
  };
  step("a", "");
  step("b", "a");
  step("c", "b");
  step("d", "");
  return plan;
}

model::EventLogEntry Event(model::EventType type, const std::string& step) {
  model::EventLogEntry entry;
  entry.dagster_event.emplace();
  entry.dagster_event->type = type;
  entry.dagster_event->step_handle = model::StepHandle{model::NodeHandle{{step}}, step};
  if (type == model::EventType::kStepOutput) {
    entry.dagster_event->data = model::event::StepOutput{{step, "result", {}}, {}, {}, {}};
  }
  return entry;
}

using model::EventType;

TEST(ReexecutionTest, FailedInterruptedAndUnstartedStepsAreRetriedWithAllBehindThem) {
  const std::vector<model::EventLogEntry> events = {
      Event(EventType::kStepWorkerStarting, "a"), Event(EventType::kStepStart, "a"),
      Event(EventType::kStepOutput, "a"),         Event(EventType::kStepSuccess, "a"),
      Event(EventType::kStepStart, "b"),          Event(EventType::kStepFailure, "b"),
      Event(EventType::kStepWorkerStarting, "d")};

  const PastRun past = ReadPastRun("parent", Plan(), std::nullopt, events);

  EXPECT_THAT(past.steps_to_retry, ElementsAre("d", "b", "c"));
  EXPECT_THAT(past.produced_outputs, ElementsAre(model::StepOutputHandle{"a", "result", {}}));
}

TEST(ReexecutionTest, ASkippedStepStaysSkippedAndAnInterruptedOneRunsAgain) {
  const std::vector<model::EventLogEntry> events = {
      Event(EventType::kStepStart, "a"), Event(EventType::kStepSuccess, "a"), Event(EventType::kStepSkipped, "b"),
      Event(EventType::kStepSkipped, "c"), Event(EventType::kStepStart, "d")};
  EXPECT_THAT(ReadPastRun("parent", Plan(), std::nullopt, events).steps_to_retry, ElementsAre("d"));
}

TEST(ReexecutionTest, ARunOfChosenStepsRetriesOnlyThose) {
  const std::vector<std::string> chosen = {"a", "b"};
  EXPECT_THAT(ReadPastRun("parent", Plan(), chosen, {}).steps_to_retry, ElementsAre("a", "b"));
}

TEST(ReexecutionTest, OutputsComeFromTheNearestAncestorThatMadeThem) {
  const model::StepOutputHandle a{"a", "result", {}};
  const model::StepOutputHandle b{"b", "result", {}};
  const PastRun lineage[] = {{"parent", {}, {b}}, {"grandparent", {}, {a, b}}};

  const model::KnownState state = KnownStateOf(lineage);
  const Ancestry ancestry(state);

  EXPECT_THAT(ancestry.SourceRunOf(b), Pointee(std::string("parent")));
  EXPECT_THAT(ancestry.SourceRunOf(a), Pointee(std::string("grandparent")));
  EXPECT_EQ(ancestry.SourceRunOf({"c", "result", {}}), nullptr);
  EXPECT_TRUE(KnownStateOf({}).parent_state.is_null());
  model::KnownState reduced;
  reduced.parent_state = ancestry.ParentStateFor(std::vector{a});
  EXPECT_THAT(Ancestry(reduced).SourceRunOf(a), Pointee(std::string("grandparent")));
  EXPECT_EQ(Ancestry(reduced).SourceRunOf(b), nullptr);
  EXPECT_EQ(json::Dump(state.parent_state.Find("produced_outputs")->AsObject().At("__set__"), json::Order::kSorted),
            R"([{"__class__": "StepOutputHandle", "mapping_key": null, "output_name": "result", "step_key": "b"}])");
}

}  // namespace
}  // namespace tidemill::plan
