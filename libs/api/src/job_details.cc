#include "job_details.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/python_yaml.h>

#include "automation.h"
#include "jobs.h"
#include "metadata.h"
#include "run.h"
#include "run_filter.h"

namespace tidemill::api {
namespace {

/// PipelinePreset: serdes JSON of an ExternalPresetData.
struct Preset {
  json::Value snap;

  const json::Object& fields() const { return snap.AsObject(); }
};

std::vector<Preset> PresetsOf(const Job& job) {
  std::vector<Preset> presets;
  for (const json::Value& snap : job.ref->active_presets) presets.push_back({snap});
  std::ranges::sort(presets, {}, [](const Preset& preset) { return preset.fields().At("name").AsString(); });
  return presets;
}

std::optional<std::vector<std::string>> SelectionOf(const Preset& preset) {
  const json::Value& selection = preset.fields().At("solid_selection");
  if (selection.is_null()) return std::nullopt;
  std::vector<std::string> names;
  for (const json::Value& name : selection.AsArray()) names.push_back(name.AsString());
  return names;
}

model::Tags TagsOf(const Preset& preset) {
  model::Tags tags;
  for (const auto& [key, value] : preset.fields().At("tags").AsObject()) tags.emplace_back(key, value.AsString());
  return tags;
}

std::vector<MetadataEntry> EntriesOf(const JobStructure& structure) {
  return MetadataEntries(structure.job().metadata);
}

storage::RunPage PageOf(const graphql::Arguments& arguments) {
  storage::RunPage page;
  page.cursor = arguments.Get<std::optional<std::string>>("cursor");
  page.limit = arguments.Get<std::optional<std::int64_t>>("limit");
  return page;
}

/// Newest first, of this repository's job only.
std::vector<Run> RunsOf(const Job& job, const graphql::Arguments& arguments, const RequestContext& context) {
  storage::RunFilter filter;
  filter.job_name = job.ref->name;
  filter.tags = {RepositoryTag(job.repository->handle())};
  return ListRuns(context, filter, PageOf(arguments));
}

/// Newest first, of all jobs of the name.
std::vector<Run> RunsOfName(const JobSnapshot& snapshot, const graphql::Arguments& arguments,
                            const RequestContext& context) {
  storage::RunFilter filter;
  filter.job_name = snapshot.structure->job().name;
  return ListRuns(context, filter, PageOf(arguments));
}

}  // namespace

void BindJobDetails(graphql::Schema& schema) {
  schema.Object<Preset>("PipelinePreset")
      .Field("name", [](const Preset& preset) { return preset.fields().At("name").AsString(); })
      .Field("solidSelection", SelectionOf)
      .Field(
          "runConfigYaml",
          [](const Preset& preset) { return ToPythonYaml(preset.fields().At("run_config"), {.is_run_config = true}); })
      .Field("mode", [](const Preset& preset) { return preset.fields().At("mode").AsString(); })
      .Field("tags", TagsOf);
  for (const char* type : {"Job", "Pipeline"}) {
    schema.Object<Job>(type)
        .Field("presets", PresetsOf)
        .Field("runs", RunsOf)
        .Field("automationCondition", [](const Job& job) { return AutomationOf({}, job.ref->automation_condition); })
        .Field("metadataEntries",
               [](const Job& job, const RequestContext& context) { return EntriesOf(job.Structure(context)); });
  }
  schema.Object<JobSnapshot>("PipelineSnapshot")
      .Field("runs", RunsOfName)
      .Field("metadataEntries", [](const JobSnapshot& snapshot) { return EntriesOf(*snapshot.structure); });
}

}  // namespace tidemill::api
