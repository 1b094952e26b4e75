#include "permissions.h"

#include <string_view>

#include <tidemill/api/api.h>

namespace tidemill::api {
namespace {

struct Rule {
  std::string_view permission;
  bool by_location;
  bool for_editors;
};

// In Dagster's order.
constexpr Rule kRules[] = {
    {"launch_pipeline_execution", true, true},
    {"launch_pipeline_reexecution", true, true},
    {"start_schedule", true, true},
    {"stop_running_schedule", true, true},
    {"schedule_dry_run", true, true},
    {"edit_sensor", true, true},
    {"sensor_dry_run", true, true},
    {"update_sensor_cursor", true, true},
    {"terminate_pipeline_execution", true, true},
    {"delete_pipeline_run", true, true},
    {"reload_repository_location", true, true},
    {"reload_workspace", false, true},
    {"wipe_assets", true, true},
    {"report_runless_asset_events", true, true},
    {"launch_partition_backfill", true, true},
    {"cancel_partition_backfill", true, true},
    {"edit_dynamic_partitions", true, true},
    {"toggle_auto_materialize", false, true},
    {"edit_concurrency_limit", false, true},
    {"edit_app_managed_components", true, false},
    {"refresh_component_state", true, true},
};

std::vector<Permission> Select(bool read_only, bool only_by_location) {
  std::vector<Permission> permissions;
  for (const Rule& rule : kRules) {
    if (only_by_location && !rule.by_location) continue;
    const bool allowed = rule.for_editors && !read_only;
    permissions.push_back({std::string(rule.permission), allowed,
                           allowed ? std::nullopt : std::optional<std::string>("Disabled by your administrator")});
  }
  return permissions;
}

}  // namespace

std::vector<Permission> PermissionsOf(bool read_only) { return Select(read_only, false); }
std::vector<Permission> LocationPermissionsOf(bool read_only) { return Select(read_only, true); }

void BindPermissions(graphql::Schema& schema) {
  schema.Object<Permission>("Permission")
      .Field("permission", &Permission::permission)
      .Field("value", &Permission::value)
      .Field("disabledReason", &Permission::disabled_reason);
  schema.Query()
      .Field("permissions", [](const RequestContext& context) { return PermissionsOf(context.read_only()); })
      .Field("canBulkTerminate", [](const RequestContext& context) { return !context.read_only(); });
}

}  // namespace tidemill::api
