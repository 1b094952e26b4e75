#pragma once

#include <string>

#include <tidemill/base/json.h>
#include <tidemill/model/config_snap.h>

namespace tidemill::api {

/// The defaults of a job's root configuration, as the launchpad offers them: empty scaffolding left out, secrets
/// masked, `ops` and `resources` first. `root_key` names the root's type in `schema`.
json::Value DefaultConfig(const model::ConfigSchemaSnap& schema, const std::string& root_key);

}  // namespace tidemill::api
