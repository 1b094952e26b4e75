#pragma once

#include <tidemill/graphql/input.h>
#include <tidemill/storage/run_storage.h>

namespace tidemill::api {

/// The argument `filter` of type RunsFilter, if it was given; else the filter that lets every run through.
storage::RunFilter RunFilterOf(const graphql::Arguments& arguments);

}  // namespace tidemill::api
