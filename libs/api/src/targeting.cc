#include "targeting.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "asset_node.h"
#include "asset_selections.h"
#include "automation.h"
#include "instigators.h"

namespace tidemill::api {
namespace {

using workspace::Repository;
using Target = std::variant<Schedule, Sensor>;

constexpr std::string_view kImplicitAssetJobPrefix = "__ASSET_JOB";

/// The assets that each sensor selects, found once a request.
class SelectedAssets final {
 public:
  explicit SelectedAssets(const RequestContext& context) : context_(context) {}

  bool Selects(const Sensor& sensor, const model::AssetKey& key) {
    auto found = keys_.find(sensor.sensor);
    if (found == keys_.end()) found = keys_.emplace(sensor.sensor, KeysOfSensor(sensor)).first;
    return found->second.contains(key);
  }

 private:
  /// None where the selection names what does not exist.
  std::set<model::AssetKey> KeysOfSensor(const Sensor& sensor) const {
    try {
      const auto targeted = TargetedAssetsOf(sensor.sensor->asset_selection, *sensor.repository);
      if (!targeted) return {};
      const std::vector<model::AssetKey> keys = KeysOf(*targeted, context_);
      return {keys.begin(), keys.end()};
    } catch (const Error&) {
      return {};
    }
  }

  const RequestContext& context_;
  std::map<const model::SensorSnap*, std::set<model::AssetKey>> keys_;
};

bool RunsJobOf(const model::AssetNodeSnap& asset, std::string_view job_name) {
  return !job_name.starts_with(kImplicitAssetJobPrefix) &&
         std::ranges::find(asset.job_names, job_name) != asset.job_names.end();
}

/// Sensors of automation target only the assets that have a condition.
bool Targets(const Sensor& sensor, const model::AssetNodeSnap& asset, const RequestContext& context) {
  for (const auto& [name, target] : sensor.sensor->targets) {
    if (RunsJobOf(asset, target.job_name)) return true;
  }
  const std::string type = sensor.SensorType();
  if ((type == "AUTOMATION" || type == "AUTO_MATERIALIZE") && !HasAutomation(asset)) return false;
  return context.Local<SelectedAssets>().Selects(sensor, asset.asset_key);
}

/// Sensors first; of every repository that declares the asset.
std::vector<Target> TargetsOf(const AssetNode& node, const RequestContext& context) {
  std::vector<Target> sensors;
  std::vector<Target> schedules;
  for (const workspace::AssetRef& declared : context.workspace().DeclarationsOf(node.key())) {
    for (const Sensor& sensor : SensorsOf(*declared.repository)) {
      if (Targets(sensor, *declared.node, context)) sensors.emplace_back(sensor);
    }
    for (const Schedule& schedule : SchedulesOf(*declared.repository)) {
      if (RunsJobOf(*declared.node, schedule.schedule->job_name)) schedules.emplace_back(schedule);
    }
  }
  sensors.insert(sensors.end(), schedules.begin(), schedules.end());
  return sensors;
}

}  // namespace

void BindTargeting(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode").Field("targetingInstigators", TargetsOf);
}

}  // namespace tidemill::api
