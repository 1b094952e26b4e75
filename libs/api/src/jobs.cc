#include "jobs.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/hash.h>
#include <tidemill/serdes/serdes.h>

#include "dagster_types.h"
#include "modes.h"
#include "nodes.h"
#include "owners.h"

namespace tidemill::api {
namespace {

constexpr std::string_view kImplicitAssetJobPrefix = "__ASSET_JOB";
constexpr std::string_view kHiddenTagPrefix = ".dagster/";
constexpr std::string_view kExternalJobSourceTag = "dagster/external-job-source";

/// Graph: the graph of a job, or one that it nests.
struct GraphView {
  Job job;
  std::string handle_id;  ///< Of the node that uses it; empty for the job's own.
};

/// The id of a job in the workspace: a hash of where it comes from.
std::string OriginId(const Job& job, const RequestContext& context) {
  const workspace::Location& location = *context.workspace().FindLocation(job.repository->location_name());
  return Sha1Hex(
      json::Dump(locations::JobOrigin(location.origin, job.repository->name(), job.ref->name), json::Order::kSorted));
}

const JobStructure& StructureOfJob(const Job& job, const RequestContext& context) { return job.Structure(context); }
const JobStructure& StructureOfSnapshot(const JobSnapshot& snapshot, const RequestContext&) {
  return *snapshot.structure;
}

/// Without those that Dagster keeps for itself.
model::Tags VisibleTags(model::Tags tags) {
  std::erase_if(tags, [](const auto& tag) { return tag.first.starts_with(kHiddenTagPrefix); });
  return tags;
}

/// The fields that jobs and snapshots of jobs share, of the type that `structure_of` reads.
template <class T, class F>
void BindShared(graphql::ObjectBinding<T> binding, F structure_of) {
  BindNodeContainer(binding, structure_of);
  binding
      .Field("solids",
             [=](const T& job, const RequestContext& context) {
               const JobStructure& structure = structure_of(job, context);
               return NodesOf(structure, structure.root());
             })
      .Field("description",
             [=](const T& job, const RequestContext& context) { return structure_of(job, context).job().description; })
      .Field("dagsterTypes",
             [=](const T& job, const RequestContext& context) {
               return NamedDagsterTypes(structure_of(job, context).job());
             })
      .Field("dagsterTypeOrError",
             [=](const T& job, const graphql::Arguments& arguments, const RequestContext& context) {
               return FindNamedType(structure_of(job, context).job(), arguments.Get<std::string>("dagsterTypeName"));
             })
      .Field("modes",
             [=](const T& job, const RequestContext& context) {
               const JobStructure& structure = structure_of(job, context);
               return std::vector<Mode>{{&structure.job(), structure.snapshot_id()}};
             })
      .Field("tags", [=](const T& job,
                         const RequestContext& context) { return VisibleTags(structure_of(job, context).job().tags); })
      .Field("runTags",
             [=](const T& job, const RequestContext& context) {
               return structure_of(job, context).job().run_tags.value_or(model::Tags());
             })
      .Field(
          "graphName",
          [=](const T& job, const RequestContext& context) { return structure_of(job, context).job().graph_def_name; })
      .Field("parentSnapshotId", [=](const T& job, const RequestContext& context) -> std::optional<std::string> {
        const auto& lineage = structure_of(job, context).job().lineage;
        return lineage ? lineage->parent_snapshot_id : std::nullopt;
      });
}

std::optional<std::string> SourceIn(const model::Tags& tags) {
  const auto found = std::ranges::find(tags, kExternalJobSourceTag, &model::Tags::value_type::first);
  return found == tags.end() ? std::nullopt : std::optional<std::string>(found->second);
}

std::string SnapshotId(const Job& job) { return job.subset ? job.subset->snapshot_id() : job.ref->snapshot_id; }

std::vector<std::string> NodeNames(const Job& job, const RequestContext& context) {
  std::vector<std::string> names;
  for (const auto& node : job.Structure(context).root().snap->node_invocations) names.push_back(node.node_name);
  return names;
}

bool MayLaunch(const Job&, const RequestContext& context) { return !context.read_only(); }

void BindJob(graphql::ObjectBinding<Job> binding) {
  BindShared(binding, StructureOfJob);
  binding.Field("id", OriginId)
      .Field("name", [](const Job& job) { return job.ref->name; })
      .Field("owners", [](const Job& job) { return OwnersOf(job.ref->owners.value_or(std::vector<std::string>())); })
      .Field("pipelineSnapshotId", SnapshotId)
      .Field("isJob", [] { return true; })
      .Field("isAssetJob", IsAssetJob)
      .Field("externalJobSource", [](const Job& job) { return SourceIn(job.ref->preview_tags); })
      .Field("repository", [](const Job& job) { return job.repository; })
      .Field("nodeNames", NodeNames)
      .Field("hasLaunchExecutionPermission", MayLaunch)
      .Field("hasLaunchReexecutionPermission", MayLaunch);
}

void BindSnapshot(graphql::ObjectBinding<JobSnapshot> binding) {
  BindShared(binding, StructureOfSnapshot);
  binding.Field("id", [](const JobSnapshot& snapshot) { return snapshot.structure->snapshot_id(); })
      .Field("name", [](const JobSnapshot& snapshot) { return snapshot.structure->job().name; })
      .Field("owners",
             [](const JobSnapshot& snapshot) {
               return OwnersOf(snapshot.structure->job().owners.value_or(std::vector<std::string>()));
             })
      .Field("pipelineSnapshotId", [](const JobSnapshot& snapshot) { return snapshot.structure->snapshot_id(); })
      .Field("externalJobSource", [](const JobSnapshot& snapshot) { return SourceIn(snapshot.structure->job().tags); })
      .Field("solidSelection", [](const JobSnapshot& snapshot) -> std::optional<std::vector<std::string>> {
        const auto& lineage = snapshot.structure->job().lineage;
        return lineage ? lineage->op_selection : std::nullopt;
      });
}

const JobStructure& StructureOfGraph(const GraphView& graph, const RequestContext& context) {
  return graph.job.Structure(context);
}

std::string GraphId(const GraphView& graph, const RequestContext& context) {
  const std::string origin = OriginId(graph.job, context);
  return graph.handle_id.empty() ? "graph:" + origin : fmt::format("{}:solid:{}", origin, graph.handle_id);
}

void BindGraph(graphql::ObjectBinding<GraphView> binding) {
  BindNodeContainer(binding, StructureOfGraph);
  binding.Field("id", GraphId)
      .Field("solids",
             [](const GraphView& graph, const RequestContext& context) {
               const JobStructure& structure = graph.job.Structure(context);
               return NodesOf(structure, structure.root());
             })
      .Field("name", [](const GraphView& graph,
                        const RequestContext& context) { return graph.job.Structure(context).job().graph_def_name; })
      .Field("description",
             [](const GraphView& graph, const RequestContext& context) {
               return graph.job.Structure(context).job().description;
             })
      .Field("modes", [] { return std::vector<Mode>(); });
}

/// The first job of the repository that is of this graph or nests it.
std::variant<GraphView, NamedError> FindGraph(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto selector = arguments.Get<graphql::Input>("selector");
  const auto name = selector.Get<std::string>("graphName");
  const workspace::RepositoryHandle handle{selector.Get<std::string>("repositoryLocationName"),
                                           selector.Get<std::string>("repositoryName")};
  if (const workspace::Repository* repository = context.workspace().FindRepository(handle)) {
    for (const Job& job : JobsOf(*repository)) {
      const JobStructure& structure = job.Structure(context);
      if (structure.job().graph_def_name == name) return GraphView{job, ""};
      for (const NodeHandleView& node : NodeHandles(structure, std::nullopt)) {
        if (NameOf(DefinitionOf(node.node)) == name) return GraphView{job, node.id};
      }
    }
  }
  return NamedError("GraphNotFoundError",
                    fmt::format("Could not find Graph {}.{}.{}", handle.location_name, handle.repository_name, name))
      .With("graphName", name)
      .With("repositoryName", handle.repository_name)
      .With("repositoryLocationName", handle.location_name);
}

std::optional<JobSnapshot> StoredSnapshot(const std::string& id, const RequestContext& context) {
  const JobStructure* structure = context.Local<JobStructures>().Historical(id);
  return structure == nullptr ? std::nullopt : std::optional(JobSnapshot{structure});
}

/// By its id, by the job that has it now, or by either.
std::variant<JobSnapshot, NamedError> FindSnapshot(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto id = arguments.Get<std::optional<std::string>>("snapshotId");
  const auto selector = arguments.Get<std::optional<JobSelector>>("activePipelineSelector");
  if (id) {
    if (auto snapshot = StoredSnapshot(*id, context)) return *snapshot;
    if (!selector) {
      return NamedError("PipelineSnapshotNotFoundError",
                        fmt::format("Pipeline snapshot {} is not present in the current instance.", *id))
          .With("snapshotId", *id);
    }
  }
  if (!selector) throw Error(Code::kInvalidArgument, "give snapshotId or activePipelineSelector");
  const auto job = FindWholeJob(*selector, context);
  if (!job) return JobNotFound(*selector);
  return JobSnapshot{&job->Structure(context), job->repository};
}

std::vector<Job> SortedJobs(const workspace::Repository& repository) {
  std::vector<Job> jobs = JobsOf(repository);
  std::ranges::sort(jobs, {}, [](const Job& job) -> const std::string& { return job.ref->name; });
  return jobs;
}

}  // namespace

const JobStructure& Job::Structure(const RequestContext& context) const {
  return subset ? *subset : context.Local<JobStructures>().Of(*repository, *ref);
}

JobSelector JobSelector::FromInput(const graphql::Input& input) {
  JobSelector selector;
  selector.repository = {input.Get<std::string>("repositoryLocationName"), input.Get<std::string>("repositoryName")};
  selector.target.repository_name = selector.repository.repository_name;
  const auto job_name = input.Get<std::optional<std::string>>("jobName");
  selector.target.job_name = job_name ? *job_name : input.Get<std::string>("pipelineName");
  selector.target.op_selection = input.Get<std::optional<std::vector<std::string>>>("solidSelection");
  if (const auto keys = input.Get<std::optional<std::vector<graphql::Input>>>("assetSelection")) {
    selector.target.asset_selection.emplace();
    for (const graphql::Input& key : *keys) {
      selector.target.asset_selection->emplace_back(key.Get<std::vector<std::string>>("path"));
    }
  }
  if (const auto checks = input.Get<std::optional<std::vector<graphql::Input>>>("assetCheckSelection")) {
    selector.target.asset_check_selection.emplace();
    for (const graphql::Input& check : *checks) {
      selector.target.asset_check_selection->push_back(
          {model::AssetKey(check.Get<graphql::Input>("assetKey").Get<std::vector<std::string>>("path")),
           check.Get<std::string>("name")});
    }
  }
  return selector;
}

std::vector<Job> JobsOf(const workspace::Repository& repository) {
  std::vector<Job> jobs;
  for (const model::JobRefSnap& ref : repository.snap().job_refs.value_or(std::vector<model::JobRefSnap>())) {
    jobs.push_back({&repository, repository.FindJob(ref.name), nullptr});
  }
  return jobs;
}

std::optional<Job> FindWholeJob(const JobSelector& selector, const RequestContext& context) {
  const workspace::Repository* repository = context.workspace().FindRepository(selector.repository);
  const model::JobRefSnap* ref = repository == nullptr ? nullptr : repository->FindJob(selector.target.job_name);
  if (ref == nullptr) return std::nullopt;
  return Job{repository, ref, nullptr};
}

NamedError JobNotFound(const JobSelector& selector) {
  const workspace::RepositoryHandle& handle = selector.repository;
  return NamedError("PipelineNotFoundError", fmt::format("Could not find Pipeline {}.{}.{}", handle.location_name,
                                                         handle.repository_name, selector.target.job_name))
      .With("pipelineName", selector.target.job_name)
      .With("repositoryName", handle.repository_name)
      .With("repositoryLocationName", handle.location_name);
}

JobOrError FindJob(const JobSelector& selector, const RequestContext& context) {
  std::optional<Job> job = FindWholeJob(selector, context);
  if (!job) return JobNotFound(selector);
  if (!selector.selects_part()) return *job;
  try {
    model::JobDataSnap part = job->repository->client().JobSubset(selector.target, false);
    const std::string id = serdes::SnapshotId(part.job);
    job->subset = std::make_shared<const JobStructure>(id, std::make_shared<const model::JobSnap>(std::move(part.job)),
                                                       job->repository);
    return *job;
  } catch (const Error& error) {
    if (job->ref->name.starts_with(kImplicitAssetJobPrefix)) job.reset();
    return InvalidSubset{error.what(), job};
  }
}

bool IsAssetJob(const Job& job) {
  return job.ref->name.starts_with(kImplicitAssetJobPrefix) || !job.repository->AssetsOfJob(job.ref->name).empty();
}

void BindJobs(graphql::Schema& schema) {
  BindJob(schema.Object<Job>("Pipeline"));
  BindJob(schema.Object<Job>("Job"));
  schema.TypeOf<Job>([](const Job&) { return "Pipeline"; });
  BindSnapshot(schema.Object<JobSnapshot>("PipelineSnapshot"));
  BindGraph(schema.Object<GraphView>("Graph"));
  schema.Object<InvalidSubset>("InvalidSubsetError")
      .Field("message", &InvalidSubset::message)
      .Field("pipeline", &InvalidSubset::pipeline);
  schema.Object<workspace::Repository>("Repository").Field("pipelines", SortedJobs).Field("jobs", SortedJobs);
  schema.Query()
      .Field("pipelineOrError",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return FindJob(arguments.Get<JobSelector>("params"), context);
             })
      .Field("pipelineSnapshotOrError", FindSnapshot)
      .Field("graphOrError", FindGraph);
}

}  // namespace tidemill::api
