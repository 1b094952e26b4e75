#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tidemill/graphql/input.h>
#include <tidemill/storage/run_storage.h>
#include <tidemill/workspace/repository.h>

namespace tidemill::api {

/// The argument `filter` of type RunsFilter, if it was given; else the filter that lets every run through.
storage::RunFilter RunFilterOf(const graphql::Arguments& arguments);

/// The tag, as a RunFilter takes it, of runs of what this repository defines.
std::pair<std::string, std::vector<std::string>> RepositoryTag(const workspace::RepositoryHandle& repository);

}  // namespace tidemill::api
