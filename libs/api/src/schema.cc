#include <tidemill/api/api.h>
#include <tidemill/contract/contract.h>
#include <tidemill/contract/graphql_schema.h>

#include "asset_checks.h"
#include "asset_event.h"
#include "asset_freshness.h"
#include "asset_history.h"
#include "asset_jobs.h"
#include "asset_manifest.h"
#include "asset_mutations.h"
#include "asset_node.h"
#include "asset_partitions.h"
#include "asset_policies.h"
#include "asset_selections.h"
#include "asset_staleness.h"
#include "assets.h"
#include "auto_materialize.h"
#include "automation.h"
#include "backfill.h"
#include "backfill_changes.h"
#include "backfills.h"
#include "captured_logs.h"
#include "config_types.h"
#include "dagster_types.h"
#include "dry_run.h"
#include "errors.h"
#include "evaluations.h"
#include "event.h"
#include "event_runs.h"
#include "execution_plan.h"
#include "instance_info.h"
#include "instigator_changes.h"
#include "instigators.h"
#include "job_details.h"
#include "jobs.h"
#include "keys.h"
#include "live_run_logs.h"
#include "location_changes.h"
#include "locations.h"
#include "metadata.h"
#include "modes.h"
#include "nodes.h"
#include "owners.h"
#include "partition_sets.h"
#include "partition_statuses.h"
#include "permissions.h"
#include "repository_origin.h"
#include "resources.h"
#include "run.h"
#include "run_config.h"
#include "run_events.h"
#include "run_launch.h"
#include "run_mutations.h"
#include "run_queries.h"
#include "run_stats.h"
#include "run_termination.h"
#include "runs_feed.h"
#include "schedules.h"
#include "sensors.h"
#include "targeting.h"
#include "ticks.h"
#include "used_nodes.h"

namespace tidemill::api {

graphql::Schema MakeSchema() {
  graphql::Schema schema(contract::GraphqlSchema());
  BindErrors(schema);
  BindKeys(schema);
  BindPermissions(schema);
  BindMetadata(schema);
  BindRepositoryOrigin(schema);
  BindLocations(schema);
  BindOwners(schema);
  BindJobs(schema);
  BindNodes(schema);
  BindUsedNodes(schema);
  BindModes(schema);
  BindConfigTypes(schema);
  BindDagsterTypes(schema);
  BindAssets(schema);
  BindAssetNodes(schema);
  BindAssetChecks(schema);
  BindAssetFreshness(schema);
  BindAssetHistory(schema);
  BindAssetManifest(schema);
  BindAssetMutations(schema);
  BindAssetPartitionStatus(schema);
  BindAssetJobs(schema);
  BindAssetPartitions(schema);
  BindAssetPolicies(schema);
  BindAssetSelections(schema);
  BindAssetStaleness(schema);
  BindAutoMaterializePolicies(schema);
  BindAutomation(schema);
  BindPartitionStatuses(schema);
  BindEvents(schema);
  BindAssetEvents(schema);
  BindEventRuns(schema);
  BindRun(schema);
  BindRunStats(schema);
  BindRunEvents(schema);
  BindRunQueries(schema);
  BindExecutionPlan(schema);
  BindInstance(schema);
  BindRunMutations(schema);
  BindCapturedLogs(schema);
  BindBackfillInFeed(schema);
  BindRunsFeed(schema);
  BindInstigators(schema);
  BindInstigatorChanges(schema);
  BindTicks(schema);
  BindDryRuns(schema);
  BindSchedules(schema);
  BindSensors(schema);
  BindPartitionSets(schema);
  BindBackfills(schema);
  BindBackfillChanges(schema);
  BindEvaluations(schema);
  BindJobDetails(schema);
  BindTargeting(schema);
  BindLiveRunLogs(schema);
  BindLocationChanges(schema);
  BindResources(schema);
  BindRunConfig(schema);
  BindRunLaunch(schema);
  BindRunTermination(schema);
  schema.Query().Field("version", [] { return contract::Contract::Get().dagster_version(); });
  return schema;
}

}  // namespace tidemill::api
