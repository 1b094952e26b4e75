#pragma once

#include <string>

#include <tidemill/instance/instance.h>

namespace tidemill::api {

/// What the instance is made of, as the YAML that the UI shows: its parts by class and configuration, then the settings
/// of dagster.yaml.
std::string InstanceConfigYaml(const instance::Instance& instance);

}  // namespace tidemill::api
