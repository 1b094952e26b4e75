#include "run_filter.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/base/clock.h>

namespace tidemill::api {
namespace {

/// As in Dagster the beginning of 1970 stands for no bound.
std::optional<Timestamp> TimeOf(const graphql::Input& input, std::string_view name) {
  const auto seconds = input.Get<std::optional<double>>(name);
  return seconds && *seconds != 0 ? std::optional(FromUnixSeconds(*seconds)) : std::nullopt;
}

/// Of several values for one key the last counts.
void SetTag(storage::RunFilter& filter, std::string key, std::string value) {
  for (auto& [known, values] : filter.tags) {
    if (known != key) continue;
    values = {std::move(value)};
    return;
  }
  filter.tags.push_back({std::move(key), {std::move(value)}});
}

storage::RunFilter FilterOf(const graphql::Input& input) {
  storage::RunFilter filter;
  const auto run_ids = input.Get<std::optional<std::vector<std::optional<std::string>>>>("runIds");
  if (run_ids && !run_ids->empty()) {
    filter.run_ids.emplace();
    for (const auto& id : *run_ids) {
      if (id) filter.run_ids->push_back(*id);
    }
  }
  filter.job_name = input.Get<std::optional<std::string>>("pipelineName");
  if (filter.job_name && filter.job_name->empty()) filter.job_name.reset();
  for (const graphql::Input& tag : input.Get("tags", std::vector<graphql::Input>())) {
    SetTag(filter, tag.Get<std::string>("key"), tag.Get<std::string>("value"));
  }
  for (const std::string& status : input.Get("statuses", std::vector<std::string>())) {
    if (const auto parsed = model::ParseRunStatus(status)) filter.statuses.push_back(*parsed);
  }
  filter.snapshot_id = input.Get<std::optional<std::string>>("snapshotId");
  if (filter.snapshot_id && filter.snapshot_id->empty()) filter.snapshot_id.reset();
  filter.updated_after = TimeOf(input, "updatedAfter");
  filter.updated_before = TimeOf(input, "updatedBefore");
  filter.created_after = TimeOf(input, "createdAfter");
  filter.created_before = TimeOf(input, "createdBefore");
  return filter;
}

}  // namespace

storage::RunFilter RunFilterOf(const graphql::Arguments& arguments) {
  const auto input = arguments.Get<std::optional<graphql::Input>>("filter");
  return input ? FilterOf(*input) : storage::RunFilter();
}

std::pair<std::string, std::vector<std::string>> RepositoryTag(const workspace::RepositoryHandle& repository) {
  return {".dagster/repository", {repository.repository_name + "@" + repository.location_name}};
}

}  // namespace tidemill::api
