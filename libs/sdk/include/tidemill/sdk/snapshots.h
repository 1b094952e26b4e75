#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/engine/definitions.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/repository_snap.h>

/// Pure functions from definitions to what Dagster's user interface, launchpad and daemons read of them. No I/O, no
/// clock, no threads of their own; each may be called from several threads at once.
namespace tidemill::sdk {

// ---- Jobs ----------------------------------------------------------------------------------------------------------

/// Fills what follows from the rest of a job of ops; called once, before the job is run or shown.
///
/// The caller gives name, ops, resources, executor, policies, asset maps, and of `structure`: name, description, tags,
/// run_tags, metadata, owners, graph_def_name (empty: the name), dependencies, and graph_defs without their config.
/// This adds structure.op_defs, structure.dagster_types, structure.mode, and run_config_type, and sorts as Dagster
/// does. A default_run_config becomes the defaults of run_config_type, part by part and section by section: Process
/// alone applies it. `resources` are all of the location and the job's own, which `own_resources` names: as in Dagster,
/// a job that needs none of the location's keeps its own alone, others keep all. A job without a resource "io_manager"
/// shows Dagster's default one (the engine has one built in). Throws Error(kInvalidArgument) that names the node for a
/// dependency on an op, graph, input or output that is not there, and for an op that needs a resource that the job has
/// not.
void CompleteJob(engine::JobDefinition& job, const std::set<std::string, std::less<>>& own_resources = {});

/// The snapshot of a completed job: its structure with the whole configuration schema. Costs about as much as the
/// text of the snapshot; a run worker does not need it.
model::JobSnap FullSnapshot(const engine::JobDefinition& job);
/// The same of a part of a job, with the snapshot id of the whole one in its lineage.
model::JobSnap FullSnapshot(const engine::JobDefinition& job, const std::string& parent_snapshot_id);

/// The part of a completed op job that `op_selection` names: Dagster's queries ("op", "*op", "op+", "++op*") over the
/// top-level nodes, or handles of nested nodes ("graph.op"). Carries lineage (without the parent's id, which costs its
/// whole snapshot: give it to FullSnapshot); configuration of the ops left out is
/// accepted and not used. Throws Error(kInvalidArgument) if a query matches nothing.
engine::JobDefinition SubsetByOps(const engine::JobDefinition& job, const std::vector<std::string>& op_selection);

// ---- Asset jobs ----------------------------------------------------------------------------------------------------

/// An op that makes assets, runs checks, or both: one node of an asset job.
struct AssetOp {
  std::shared_ptr<const engine::OpDefinition> op;
  std::map<std::string, engine::AssetOutput> asset_outputs;  ///< By output name.
  std::map<std::string, engine::CheckOutput> check_outputs;  ///< By output name.
  std::map<std::string, engine::AssetInput> asset_inputs;    ///< By input name; Nothing inputs too.
  /// Whether a run may make a part of its assets and checks; if not, they are one execution unit.
  bool can_subset = false;
};

/// What an asset job is made of. `ops` are all of the location: those that make nothing of the selection are left out.
struct AssetJobSpec {
  std::string name;
  std::optional<std::string> description;
  model::Tags tags;
  std::optional<model::Tags> run_tags;
  model::Metadata metadata;
  std::optional<std::vector<std::string>> owners;
  std::vector<std::shared_ptr<const AssetOp>> ops;
  /// Assets to make. Checks of selected assets are selected with them unless `checks` is set.
  std::set<model::AssetKey> assets;
  std::optional<std::set<model::AssetCheckKey>> checks;
  /// All of the location: Dagster shows them in every job.
  std::map<std::string, engine::ResourceDefinition, std::less<>> resources;
  engine::ExecutorDefinition executor;
  json::Value default_run_config = json::Object{};
  std::optional<engine::RetryPolicy> op_retry_policy;
};

inline constexpr std::string_view kImplicitAssetJobName = "__ASSET_JOB";

/// A completed job that makes the selected assets: one node for each op, edges where an input's asset is made by
/// another node (with blocking checks between), loadable inputs elsewhere. The job's partitions are those of its
/// assets. Throws Error(kInvalidArgument) for an unknown key, a partial selection of an op that has no can_subset, a
/// cycle, and different partitions in a job that is not the implicit one.
engine::JobDefinition BuildAssetJob(const AssetJobSpec& spec);

/// The part of the asset job `full` (built from `spec`) that makes these assets and checks; carries lineage as above.
engine::JobDefinition SubsetByAssets(const engine::JobDefinition& full, const AssetJobSpec& spec,
                                     const std::set<model::AssetKey>& assets,
                                     const std::optional<std::set<model::AssetCheckKey>>& checks);

// ---- Repository ----------------------------------------------------------------------------------------------------

/// What the catalogue shows of an asset beside what its op says. One for each asset, external ones included.
struct AssetDescription {
  model::AssetKey key;
  std::optional<std::string> description;
  std::string group_name = "default";
  model::Metadata metadata;
  model::Tags tags;  ///< A kind is the tag "dagster/kind/<kind>" with an empty value.
  std::vector<std::string> owners;
  std::optional<std::string> code_version;
  std::vector<engine::AssetInput> dependencies;
  std::optional<assets::PartitionsDefinition> partitions;
  model::AssetExecutionType execution_type = model::AssetExecutionType::kMaterialization;
  json::Value automation_condition;  ///< Serdes JSON of a condition, or null.
  json::Value freshness_policy;      ///< Serdes JSON of a policy, or null.
  std::optional<model::BackfillPolicy> backfill_policy;
  std::optional<double> auto_observe_interval_minutes;
};

struct CheckDescription {
  model::AssetCheckKey key;
  std::optional<std::string> description;
  bool blocking = false;
  std::vector<model::AssetKey> additional_assets;
  std::optional<assets::PartitionsDefinition> partitions;
  json::Value automation_condition;
};

/// A schedule or sensor as it is shown, and the resources that its function uses.
struct ScheduleDescription {
  model::ScheduleSnap snap;
  std::set<std::string> required_resource_keys;
};
struct SensorDescription {
  model::SensorSnap snap;
  std::set<std::string> required_resource_keys;
};

/// A resource given to the whole location.
struct ResourceDescription {
  engine::ResourceDefinition definition;
  /// The configuration that the user fixed in code; {"env": NAME} is shown as such, other values as JSON.
  json::Value configured = json::Object{};
  std::string type_name;  ///< "module.Class" of Python, here a C++ type's name.
};

/// All that one repository shows.
struct RepositoryDescription {
  std::string name = "__repository__";
  std::vector<const engine::JobDefinition*> jobs;  ///< Completed, the implicit asset job included.
  std::vector<std::shared_ptr<const AssetOp>> ops;
  std::vector<AssetDescription> assets;
  std::vector<CheckDescription> checks;
  std::vector<ScheduleDescription> schedules;
  std::vector<SensorDescription> sensors;
  std::map<std::string, ResourceDescription> resources;
  /// By job name, where not what the job's assets say.
  std::map<std::string, model::BackfillPolicy> job_backfill_policies;
  model::Metadata metadata;
};

/// With references to the jobs (by snapshot id) or, if not deferred, with their snapshots. Adds the sensor
/// "default_automation_condition_sensor" if an asset or check has a condition that no sensor of type AUTO_MATERIALIZE
/// or AUTOMATION covers.
model::RepositorySnap BuildRepositorySnap(const RepositoryDescription& description, bool defer_snapshots);

/// The first 8 digits of the MD5 over the members, so that equal units of two loads have equal ids.
std::string AtomicExecutionUnitId(const std::set<model::AssetKey>& assets,
                                  const std::set<model::AssetCheckKey>& checks);

}  // namespace tidemill::sdk
