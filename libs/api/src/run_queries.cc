#include "run_queries.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "run.h"
#include "run_filter.h"

namespace tidemill::api {
namespace {

/// The type Runs: what was asked for; the fields look it up.
struct Runs {
  storage::RunFilter filter;
  storage::RunPage page;
};
struct RunIds {
  Runs runs;
};
struct RunGroup {
  std::string root_run_id;
  std::vector<Run> runs;
};
struct TagKeys {
  std::vector<std::string> keys;
};
struct TagValues {
  std::string key;
  std::vector<std::string> values;
};
struct TagsAndValues {
  std::vector<TagValues> tags;
};

Runs RunsOf(const graphql::Arguments& arguments) {
  Runs runs{RunFilterOf(arguments), {}};
  runs.page.cursor = arguments.Get<std::optional<std::string>>("cursor");
  if (runs.page.cursor && runs.page.cursor->empty()) runs.page.cursor.reset();
  runs.page.limit = arguments.Get<std::optional<std::int64_t>>("limit");
  if (runs.page.limit == 0) runs.page.limit.reset();  // As in Dagster.
  return runs;
}

std::vector<Run> ResultsOf(const Runs& runs, const RequestContext& context) {
  return ListRuns(context, runs.filter, runs.page);
}

std::vector<std::string> IdsOf(const RunIds& ids, const RequestContext& context) {
  std::vector<std::string> result;
  for (const Run& run : ResultsOf(ids.runs, context)) result.push_back(run.run().run_id);
  return result;
}

/// The root of a run's group, and all that were executed again from it, oldest first.
std::variant<RunGroup, NamedError> GroupOf(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto run_id = arguments.Get<std::string>("runId");
  const NamedError not_found =
      NamedError("RunGroupNotFoundError", "Run group of run " + run_id + " could not be found.").With("runId", run_id);
  const std::optional<Run> run = FindRun(context, run_id);
  if (!run) return not_found;
  const std::string root_id = run->run().root_run_id.value_or(run_id);
  const std::optional<Run> root = root_id == run_id ? run : FindRun(context, root_id);
  if (!root) return not_found;
  storage::RunFilter filter;
  filter.tags = {{std::string(model::tag::kRootRunId), {root_id}}};
  storage::RunPage page;
  page.ascending = true;
  RunGroup group{root_id, {*root}};
  for (Run& member : ListRuns(context, filter, page)) group.runs.push_back(std::move(member));
  return group;
}

TagKeys VisibleTagKeys(const RequestContext& context) {
  TagKeys result{context.storage().runs().RunTagKeys()};
  std::erase_if(result.keys, [](const std::string& key) { return !IsVisibleTag(key); });
  return result;
}

TagsAndValues FindTags(const graphql::Arguments& arguments, const RequestContext& context) {
  TagsAndValues result;
  auto limit = arguments.Get<std::optional<std::int64_t>>("limit");
  if (limit == 0) limit.reset();  // As in Dagster.
  for (auto& [key, values] : context.storage().runs().RunTags(arguments.Get("tagKeys", std::vector<std::string>()),
                                                              arguments.Get("valuePrefix", std::string()), limit)) {
    if (IsVisibleTag(key)) result.tags.push_back({key, std::move(values)});
  }
  return result;
}

RunOrError FindRunOrError(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto run_id = arguments.Get<std::string>("runId");
  return RunOrNotFound(FindRun(context, run_id), run_id);
}

}  // namespace

void BindRunQueries(graphql::Schema& schema) {
  schema.Object<Runs>("Runs")
      .Field("results", ResultsOf)
      .Field("count", [](const Runs& runs, const RequestContext& context) {
        return context.storage().runs().CountRuns(runs.filter);
      });
  schema.Object<RunIds>("RunIds").Field("results", IdsOf);
  schema.Object<RunGroup>("RunGroup").Field("rootRunId", &RunGroup::root_run_id).Field("runs", &RunGroup::runs);
  schema.Object<TagKeys>("RunTagKeys").Field("keys", &TagKeys::keys);
  schema.Object<TagsAndValues>("RunTags").Field("tags", &TagsAndValues::tags);
  schema.Object<TagValues>("PipelineTagAndValues").Field("key", &TagValues::key).Field("values", &TagValues::values);
  schema.Query()
      .Field("runsOrError", RunsOf)
      .Field("pipelineRunsOrError", RunsOf)
      .Field("runIdsOrError", [](const graphql::Arguments& arguments) { return RunIds{RunsOf(arguments)}; })
      .Field("runOrError", FindRunOrError)
      .Field("pipelineRunOrError", FindRunOrError)
      .Field("runGroupOrError", GroupOf)
      .Field("runTagKeysOrError", VisibleTagKeys)
      .Field("runTagsOrError", FindTags);
}

}  // namespace tidemill::api
