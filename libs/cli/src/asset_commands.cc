#include <map>

#include <fmt/format.h>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/assets/selection.h>

#include "commands.h"
#include "event_text.h"
#include "home.h"
#include "job_text.h"
#include "load_location.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// Names of the tags "dagster/kind/…", without the prefix; else the compute kind.
std::vector<std::string> KindsOf(const model::AssetNodeSnap& node) {
  std::vector<std::string> kinds;
  for (const auto& [key, value] : node.tags) {
    if (key.starts_with(model::tag::kKindPrefix)) kinds.push_back(key.substr(model::tag::kKindPrefix.size()));
  }
  if (kinds.empty() && node.compute_kind) kinds.push_back(*node.compute_kind);
  return kinds;
}

std::vector<std::string> NamesOf(const assets::AssetGraph& graph, std::span<const assets::AssetId> ids) {
  std::vector<std::string> names;
  for (const assets::AssetId id : ids) names.push_back(graph.name(id));
  return names;
}

using Records = std::map<model::AssetKey, storage::AssetRecord>;

/// What the instance knows of the assets; nothing where there is no instance.
Records ReadRecords(const AssetList& command, const std::vector<model::AssetKey>& keys, Environment& environment) {
  Records records;
  std::optional<Home> home = Home::OpenIfGiven(command.home, environment);
  if (!home) return records;
  for (storage::AssetRecord& record : home->storage().events().AssetRecords(keys)) {
    records.emplace(record.asset_key, std::move(record));
  }
  return records;
}

/// When the asset was last materialized; 0: never, or wiped since.
double LastMaterialization(const Records& records, const model::AssetKey& key) {
  const auto found = records.find(key);
  if (found == records.end() || !found->second.last_materialization) return 0;
  return found->second.last_materialization->entry.timestamp;
}

json::Value AssetJson(const assets::AssetGraph& graph, assets::AssetId id, const Records& records) {
  const model::AssetNodeSnap& node = graph.node(id);
  const std::vector<std::string> kinds = KindsOf(node);
  json::Array dependencies;
  for (const assets::AssetId parent : graph.parents(id)) dependencies.push_back(AssetKeyJson(graph.key(parent)));
  json::Array checks;
  for (const model::AssetCheckSnap* check : graph.checks(id)) checks.push_back(check->name);
  json::Object last;
  const auto found = records.find(node.asset_key);
  if (const double time = LastMaterialization(records, node.asset_key); time != 0) {
    const model::EventLogEntry& entry = found->second.last_materialization->entry;
    const std::string* partition = entry.dagster_event ? entry.dagster_event->partition() : nullptr;
    last = json::Object{{"timestamp", time},
                        {"run_id", entry.run_id},
                        {"partition", partition ? json::Value(*partition) : json::Value()}};
  }
  return json::Object{{"key", AssetKeyJson(node.asset_key)},
                      {"group", OptionalJson(node.group_name)},
                      {"kinds", json::Array(kinds.begin(), kinds.end())},
                      {"description", OptionalJson(node.description)},
                      {"dependencies", std::move(dependencies)},
                      {"partitions", node.partitions ? json::Value(PartitionsText(*node.partitions)) : json::Value()},
                      {"jobs", json::Array(node.job_names.begin(), node.job_names.end())},
                      {"checks", std::move(checks)},
                      {"is_executable", graph.IsExecutable(id)},
                      {"last_materialization", last.empty() ? json::Value() : json::Value(std::move(last))}};
}

std::vector<std::string> AssetRow(const assets::AssetGraph& graph, assets::AssetId id, const Records& records) {
  const model::AssetNodeSnap& node = graph.node(id);
  const auto or_dash = [](std::string text) { return text.empty() ? std::string("-") : Printable(text); };
  const double last = LastMaterialization(records, node.asset_key);
  return {Printable(graph.name(id)),
          or_dash(node.group_name.value_or("")),
          or_dash(Join(KindsOf(node))),
          last != 0                ? LocalTime(last)
          : graph.IsExecutable(id) ? "never"
                                   : "external",
          node.partitions ? Printable(PartitionsText(*node.partitions)) : "-",
          or_dash(Join(NamesOf(graph, graph.parents(id))))};
}

/// "a/b" or ["a", "b"].
model::AssetKey ParseKey(const std::string& text) {
  if (!text.starts_with('[')) return model::AssetKey::FromUserString(text);
  const auto key = model::AssetKey::FromColumn(text);
  if (!key) ThrowUsage(fmt::format("'{}' is no asset key: give a/b or [\"a\", \"b\"]", text));
  return *key;
}

}  // namespace

ExitCode Run(const AssetList& command, Environment& environment) {
  json::Array all;
  std::vector<std::vector<std::string>> rows;
  for (auto& started : StartLocations(command.location, environment)) {
    const LoadedLocation location = Load(std::move(started), command.location);
    const assets::AssetGraph graph(location.repository);
    std::vector<assets::AssetId> chosen;
    if (command.select) {
      chosen = assets::AssetSelection::ParseCommaSeparated(*command.select, {true}).Resolve(graph);
    } else {
      for (assets::AssetId id = 0; id < graph.size(); ++id) chosen.push_back(id);
    }
    std::sort(chosen.begin(), chosen.end(),
              [&](assets::AssetId a, assets::AssetId b) { return graph.key(a) < graph.key(b); });
    std::vector<model::AssetKey> keys;
    for (const assets::AssetId id : chosen) keys.push_back(graph.key(id));
    const Records records = ReadRecords(command, keys, environment);
    for (const assets::AssetId id : chosen) {
      rows.push_back(AssetRow(graph, id, records));
      if (command.json) all.push_back(AssetJson(graph, id, records));
    }
  }
  environment.out.Write(
      command.json ? json::DumpPretty(all) + "\n"
                   : Table({"ASSET", "GROUP", "KINDS", "LAST MATERIALIZED", "PARTITIONS", "DEPENDS ON"}, rows));
  return ExitCode::kOk;
}

ExitCode Run(const AssetWipe& command, Environment& environment) {
  if (command.all == !command.keys.empty()) ThrowUsage("give asset keys, or --all");
  Home home = Home::Open(command.home, Home::Use::kRead, environment);
  storage::EventStorage& events = home.storage().events();
  const std::vector<model::AssetKey> known = events.AssetKeys();
  std::vector<model::AssetKey> keys = known;
  if (!command.all) {
    keys.clear();
    for (const std::string& text : command.keys) {
      keys.push_back(ParseKey(text));
      if (std::find(known.begin(), known.end(), keys.back()) == known.end()) {
        ThrowUsage(fmt::format("this instance knows no asset {}; nothing was wiped", keys.back().ToUserString()));
      }
    }
  }
  if (!command.no_prompt && !keys.empty()) {
    std::vector<std::string> names;
    for (const model::AssetKey& key : keys) names.push_back(Printable(key.ToUserString()));
    const auto answer = environment.ask(fmt::format(
        "Forget every materialization of {}? It cannot be undone. Type DELETE: ", Truncate(Join(names), 200)));
    if (answer != "DELETE") ThrowUsage("nothing was wiped");
  }
  json::Array wiped;
  for (const model::AssetKey& key : keys) {
    events.WipeAsset(key);
    wiped.push_back(AssetKeyJson(key));
    if (!command.json) environment.out.Write(fmt::format("wiped {}\n", Printable(key.ToUserString())));
  }
  if (command.json) environment.out.Write(json::DumpPretty(json::Object{{"wiped", std::move(wiped)}}) + "\n");
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
