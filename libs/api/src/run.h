#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/model/runs.h>

#include "errors.h"

namespace tidemill::api {

/// A stored run, bound to the schema's type Run. Cheap to copy.
struct Run {
  std::shared_ptr<const model::RunRecord> record;

  const model::Run& run() const { return record->run; }
};

/// The union RunOrError, as far as it is expected.
using RunOrError = std::variant<Run, NamedError>;

std::optional<Run> FindRun(const RequestContext& context, std::string_view run_id);

/// The runs among `run_ids` that are stored, by id, in one question to the storage.
std::unordered_map<std::string, Run> RunsById(const RequestContext& context, std::vector<std::string> run_ids);

/// The runs that pass the filter, in one question to the storage.
std::vector<Run> ListRuns(const RequestContext& context, const storage::RunFilter& filter,
                          const storage::RunPage& page);

NamedError RunNotFound(std::string_view run_id);
RunOrError RunOrNotFound(std::optional<Run> run, std::string_view run_id);

/// Whether a tag is shown: Dagster hides those that it writes for itself.
bool IsVisibleTag(std::string_view key);

/// What a run's row tells: identity, state, selection, configuration.
void BindRun(graphql::Schema& schema);

}  // namespace tidemill::api
