#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr EnumNames<10> kEnum<RunStatus>{"PipelineRunStatus",
                                         {"QUEUED", "NOT_STARTED", "MANAGED", "STARTING", "STARTED", "SUSPENDED",
                                          "SUCCESS", "FAILURE", "CANCELING", "CANCELED"}};

template <>
constexpr auto kClass<RunOpConcurrency> = Class<RunOpConcurrency, "RunOpConcurrency">(
    Field<"all_pools", &RunOpConcurrency::all_pools, AsSet>,
    Field<"has_unconstrained_root_nodes", &RunOpConcurrency::has_unconstrained_root_nodes>,
    Field<"root_key_counts", &RunOpConcurrency::root_key_counts>);

template <>
constexpr auto kClass<Run> = Class<Run, "PipelineRun">(
    Field<"asset_check_selection", &Run::asset_check_selection, AsFrozenSet>,
    Field<"asset_selection", &Run::asset_selection, AsFrozenSet>,
    Field<"execution_plan_snapshot_id", &Run::execution_plan_snapshot_id>,
    Field<"external_pipeline_origin", &Run::remote_job_origin>,
    Field<"has_repository_load_data", &Run::has_repository_load_data>, Constant<"mode", Run, "null">,
    Field<"parent_run_id", &Run::parent_run_id>, Field<"partitions_subset", &Run::partitions_subset>,
    Field<"pipeline_code_origin", &Run::job_code_origin>, Field<"pipeline_name", &Run::job_name>,
    Field<"pipeline_snapshot_id", &Run::job_snapshot_id>, Field<"root_run_id", &Run::root_run_id>,
    Field<"run_config", &Run::run_config>, Field<"run_id", &Run::run_id>,
    Field<"run_op_concurrency", &Run::run_op_concurrency>, Field<"solid_selection", &Run::op_selection>,
    Field<"solids_to_execute", &Run::resolved_op_selection, AsFrozenSet>, Field<"status", &Run::status>,
    Field<"step_keys_to_execute", &Run::step_keys_to_execute>, Field<"tags", &Run::tags>);
template struct External<Run>;

TIDEMILL_SERDES_INSTANTIATE(Run);

}  // namespace tidemill::serdes
