#include "required_resources.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>

namespace tidemill::sdk::snapshots {
namespace {

constexpr std::string_view kIoManagerKey = "io_manager";

void AddWithNeeds(const engine::JobDefinition& job, const std::string& key, const std::string& user,
                  std::set<std::string>& keys) {
  if (!keys.insert(key).second) return;
  auto found = job.resources.find(key);
  if (found == job.resources.end()) {
    if (key == kIoManagerKey) return;
    std::string known;
    for (const auto& [name, resource] : job.resources) known += " " + name;
    throw Error(Code::kInvalidArgument,
                fmt::format("job \"{}\": {} needs the resource \"{}\", which is not defined; there are:{}", job.name,
                            user, key, known));
  }
  for (const std::string& needed : found->second.required_resource_keys) {
    AddWithNeeds(job, needed, fmt::format("resource \"{}\"", key), keys);
  }
}

}  // namespace

std::vector<std::string> ResourceKeys(const engine::OpDefinition& op) {
  std::vector<std::string> keys = op.required_resource_keys;
  std::sort(keys.begin(), keys.end());
  for (const engine::InputDefinition& input : op.inputs) {
    if (input.input_manager_key) keys.push_back(*input.input_manager_key);
  }
  for (const engine::OutputDefinition& output : op.outputs) keys.push_back(output.io_manager_key);
  return keys;
}

std::set<std::string> RequiredResources(const engine::JobDefinition& job, const NodeDefinitions& nodes) {
  std::set<std::string> keys;
  nodes.ForEach(job.structure.dependencies, [&](const NodePlace& place) {
    if (place.op == nullptr) return;
    const std::string user = fmt::format("node \"{}\"", place.handle);
    for (const std::string& key : ResourceKeys(*place.op)) AddWithNeeds(job, key, user, keys);
    for (const engine::InputDefinition& input : place.op->inputs) {
      const auto asset = job.asset_inputs.find({place.handle, input.name});
      if (asset == job.asset_inputs.end() || input.input_manager_key) continue;
      AddWithNeeds(job, asset->second.io_manager_key, user, keys);
    }
  });
  return keys;
}

}  // namespace tidemill::sdk::snapshots
