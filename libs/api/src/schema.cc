#include <tidemill/api/api.h>
#include <tidemill/contract/contract.h>
#include <tidemill/contract/graphql_schema.h>

#include "asset_jobs.h"
#include "asset_manifest.h"
#include "asset_mutations.h"
#include "asset_node.h"
#include "asset_partitions.h"
#include "asset_policies.h"
#include "asset_staleness.h"
#include "assets.h"
#include "automation.h"
#include "config_types.h"
#include "dagster_types.h"
#include "errors.h"
#include "jobs.h"
#include "keys.h"
#include "locations.h"
#include "modes.h"
#include "nodes.h"
#include "owners.h"
#include "partition_statuses.h"
#include "permissions.h"

namespace tidemill::api {

graphql::Schema MakeSchema() {
  graphql::Schema schema(contract::GraphqlSchema());
  BindErrors(schema);
  BindKeys(schema);
  BindPermissions(schema);
  BindLocations(schema);
  BindOwners(schema);
  BindJobs(schema);
  BindNodes(schema);
  BindModes(schema);
  BindConfigTypes(schema);
  BindDagsterTypes(schema);
  BindAssets(schema);
  BindAssetNodes(schema);
  BindAssetManifest(schema);
  BindAssetMutations(schema);
  BindAssetPartitionStatus(schema);
  BindAssetJobs(schema);
  BindAssetPartitions(schema);
  BindAssetPolicies(schema);
  BindAssetStaleness(schema);
  BindAutomation(schema);
  BindPartitionStatuses(schema);
  schema.Query().Field("version", [] { return contract::Contract::Get().dagster_version(); });
  return schema;
}

}  // namespace tidemill::api
