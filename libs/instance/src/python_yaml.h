#pragma once

#include <string>

#include <tidemill/base/json.h>

namespace tidemill::instance {

/// Block-style YAML with sorted keys that PyYAML reads back to the same value, as Dagster keeps configurations in an
/// InstanceRef: "base_dir: /srv/home\n", "{}\n".
std::string ToPythonYaml(const json::Value& value);

}  // namespace tidemill::instance
