#include "job_text.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include <tidemill/plan/execution_plan.h>

#include "text.h"

namespace tidemill::cli {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// A nested graph's definition, or null if the node is an op.
const model::GraphDefSnap* FindGraph(const model::JobSnap& job, const std::string& name) {
  for (const model::GraphDefSnap& graph : job.graph_defs) {
    if (graph.name == name) return &graph;
  }
  return nullptr;
}

const model::OpDefSnap* FindOp(const model::JobSnap& job, const std::string& name) {
  for (const model::OpDefSnap& op : job.op_defs) {
    if (op.name == name) return &op;
  }
  return nullptr;
}

/// Nodes of one graph, each behind those it depends on.
std::vector<const model::NodeInvocationSnap*> InOrder(const model::DependencyStructureSnap& graph) {
  std::map<std::string, std::set<std::string>> dependencies;
  std::map<std::string, const model::NodeInvocationSnap*> nodes;
  for (const model::NodeInvocationSnap& node : graph.node_invocations) {
    nodes[node.node_name] = &node;
    std::set<std::string>& needed = dependencies[node.node_name];
    for (const model::InputDependencySnap& input : node.input_dependencies) {
      for (const model::OutputHandleSnap& output : input.upstream_outputs) needed.insert(output.node_name);
    }
  }
  std::vector<const model::NodeInvocationSnap*> ordered;
  for (const auto& level : plan::TopologicalLevels(dependencies)) {
    for (const std::string& name : level) {
      if (const auto found = nodes.find(name); found != nodes.end()) ordered.push_back(found->second);
    }
  }
  return ordered;
}

std::string TypeName(const model::JobSnap& job, const std::string& key) {
  const auto found = job.dagster_types.find(key);
  return found == job.dagster_types.end() ? key : found->second.display_name;
}

std::string SourceText(const model::InputDependencySnap& input) {
  std::vector<std::string> sources;
  for (const model::OutputHandleSnap& output : input.upstream_outputs) {
    sources.push_back(output.output_name == "result" ? output.node_name : output.node_name + "." + output.output_name);
  }
  return Join(sources);
}

void AppendGraph(std::string& out, const model::JobSnap& job, const model::DependencyStructureSnap& graph,
                 std::size_t indent);

void AppendNode(std::string& out, const model::JobSnap& job, const model::NodeInvocationSnap& node,
                std::size_t indent) {
  const std::string blanks(indent, ' ');
  const model::GraphDefSnap* graph = FindGraph(job, node.node_def_name);
  const model::OpDefSnap* op = graph ? nullptr : FindOp(job, node.node_def_name);
  std::string line = blanks + node.node_name;
  if (node.node_name != node.node_def_name) line += fmt::format(" ({})", node.node_def_name);
  if (graph) line += " (graph)";
  const std::optional<std::string> description = graph ? graph->description : op ? op->description : std::nullopt;
  if (description) line += "  " + Truncate(Printable(*description), 80);
  out += line + "\n";
  std::map<std::string, std::string> sources;
  for (const model::InputDependencySnap& input : node.input_dependencies) sources[input.input_name] = SourceText(input);
  for (const model::InputDefSnap& input : graph ? graph->inputs
                                          : op  ? op->inputs
                                                : std::vector<model::InputDefSnap>{}) {
    const std::string& source = sources[input.name];
    out += fmt::format("{}    in  {}: {}{}\n", blanks, input.name, TypeName(job, input.dagster_type_key),
                       source.empty() ? "" : " from " + source);
  }
  for (const model::OutputDefSnap& output : graph ? graph->outputs
                                            : op  ? op->outputs
                                                  : std::vector<model::OutputDefSnap>{}) {
    out += fmt::format("{}    out {}: {}{}{}\n", blanks, output.name, TypeName(job, output.dagster_type_key),
                       output.is_required ? "" : " (optional)", output.is_dynamic ? " (dynamic)" : "");
  }
  if (op && !op->required_resource_keys.empty()) {
    out += fmt::format("{}    needs {}\n", blanks, Join(op->required_resource_keys));
  }
  if (graph) AppendGraph(out, job, graph->dependencies, indent + 4);
}

void AppendGraph(std::string& out, const model::JobSnap& job, const model::DependencyStructureSnap& graph,
                 std::size_t indent) {
  for (const model::NodeInvocationSnap* node : InOrder(graph)) AppendNode(out, job, *node, indent);
}

json::Value GraphJson(const model::JobSnap& job, const model::DependencyStructureSnap& graph) {
  json::Array nodes;
  for (const model::NodeInvocationSnap* node : InOrder(graph)) {
    const model::GraphDefSnap* nested = FindGraph(job, node->node_def_name);
    const model::OpDefSnap* op = FindOp(job, node->node_def_name);
    json::Object inputs;
    for (const model::InputDependencySnap& input : node->input_dependencies) {
      json::Array sources;
      for (const model::OutputHandleSnap& output : input.upstream_outputs) {
        sources.push_back(json::Object{{"node", output.node_name}, {"output", output.output_name}});
      }
      inputs.Set(input.input_name, std::move(sources));
    }
    json::Array outputs;
    for (const model::OutputDefSnap& output : nested ? nested->outputs
                                              : op   ? op->outputs
                                                     : std::vector<model::OutputDefSnap>{}) {
      outputs.push_back(json::Object{{"name", output.name}, {"type", TypeName(job, output.dagster_type_key)}});
    }
    nodes.push_back(
        json::Object{{"name", node->node_name},
                     {"definition", node->node_def_name},
                     {"is_graph", nested != nullptr},
                     {"inputs", std::move(inputs)},
                     {"outputs", std::move(outputs)},
                     {"nodes", nested ? GraphJson(job, nested->dependencies) : json::Value(json::Array{})}});
  }
  return nodes;
}

std::string CronText(const model::TimeWindowPartitionsSnap& windows) {
  std::string every = "on '" + windows.cron_schedule + "'";
  if (windows.cron_schedule == "0 0 * * *") every = "daily";
  if (windows.cron_schedule == "0 * * * *") every = "hourly";
  if (windows.cron_schedule == "0 0 * * 0") every = "weekly";
  if (windows.cron_schedule == "0 0 1 * *") every = "monthly";
  const auto day = std::chrono::floor<std::chrono::days>(FromUnixSeconds(windows.start));
  const std::chrono::year_month_day date(day);
  return fmt::format("{} from {:04}-{:02}-{:02}", every, static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace

std::string PartitionsText(const model::PartitionsSnap& partitions) {
  return std::visit(Overloaded{[](const model::StaticPartitionsSnap& fixed) {
                                 return "static: " + Truncate(Join(fixed.partition_keys), 40);
                               },
                               [](const model::TimeWindowPartitionsSnap& windows) { return CronText(windows); },
                               [](const model::DynamicPartitionsSnap& dynamic) {
                                 return "dynamic: " + dynamic.name.value_or("by code");
                               },
                               [](const model::MultiPartitionsSnap& multi) {
                                 std::vector<std::string> names;
                                 for (const auto& [name, dimension] : multi.dimensions) names.push_back(name);
                                 return Join(names, " x ");
                               }},
                    partitions);
}

JobSummary SummarizeJob(const model::RepositorySnap& repository, const std::string& job_name) {
  JobSummary summary;
  for (const model::PartitionSetSnap& set : repository.partition_sets) {
    if (set.job_name == job_name) summary.partitions = set.partitions ? PartitionsText(*set.partitions) : "by code";
  }
  for (const model::ScheduleSnap& schedule : repository.schedules) {
    if (schedule.job_name == job_name) summary.schedules.push_back(schedule.name);
  }
  for (const model::SensorSnap& sensor : repository.sensors) {
    const bool targets = std::any_of(sensor.targets.begin(), sensor.targets.end(),
                                     [&](const auto& target) { return target.second.job_name == job_name; });
    if (targets || sensor.job_name == job_name) summary.sensors.push_back(sensor.name);
  }
  return summary;
}

std::string JobText(const model::JobSnap& job) {
  std::string out = fmt::format("Job: {}\n", job.name);
  if (job.description) out += fmt::format("  {}\n", Printable(*job.description));
  for (const auto& [key, value] : job.run_tags ? *job.run_tags : job.tags) {
    out += fmt::format("  tag {} = {}\n", Printable(key), Printable(value));
  }
  out += "Ops, in execution order:\n";
  AppendGraph(out, job, job.dependencies, 2);
  std::vector<std::string> resources;
  for (const model::ResourceDefSnap& resource : job.mode.resources) resources.push_back(resource.name);
  std::sort(resources.begin(), resources.end());
  if (!resources.empty()) out += fmt::format("Resources: {}\n", Join(resources));
  if (job.mode.root_config_key) {
    out += "Run configuration:\n" + ConfigText(job.config_schema, *job.mode.root_config_key, 2);
  }
  return out;
}

json::Value JobJson(const model::JobSnap& job) {
  json::Object tags;
  for (const auto& [key, value] : job.run_tags ? *job.run_tags : job.tags) tags.Set(key, value);
  json::Array resources;
  for (const model::ResourceDefSnap& resource : job.mode.resources) resources.push_back(resource.name);
  return json::Object{{"name", job.name},
                      {"description", job.description ? json::Value(*job.description) : json::Value()},
                      {"tags", std::move(tags)},
                      {"nodes", GraphJson(job, job.dependencies)},
                      {"resources", std::move(resources)}};
}

}  // namespace tidemill::cli
