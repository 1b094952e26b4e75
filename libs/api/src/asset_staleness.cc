#include "asset_staleness.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <tidemill/assets/partition_mapping.h>
#include <tidemill/assets/partitions_subset.h>
#include <tidemill/base/error.h>

#include "asset_partitions.h"

namespace tidemill::api {
namespace {

using model::EventType;

// Assets that read more partitions of another one are not compared with them.
constexpr std::int64_t kMaxPartitionsRead = 100;

const model::Tags& TagsOf(const model::EventLogEntry& entry) {
  static const model::Tags kNone;
  const model::EventData& data = entry.dagster_event->data;
  if (const auto* made = std::get_if<model::event::StepMaterialization>(&data)) return made->materialization.tags;
  if (const auto* seen = std::get_if<model::event::AssetObserved>(&data)) return seen->asset_observation.tags;
  return kNone;
}

std::optional<std::string> VersionIn(const model::EventLogEntry& entry) {
  for (const std::string_view tag : {"dagster/data_version", "dagster/logical_version"}) {
    if (const std::string* version = model::FindTag(TagsOf(entry), tag)) return *version;
  }
  return std::nullopt;
}

/// The rest of a text behind one of the prefixes.
std::optional<std::string> Behind(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (text.starts_with(prefix)) return std::string(text.substr(prefix.size()));
  }
  return std::nullopt;
}

bool IsExternal(const model::AssetNodeSnap& snap) {
  return snap.execution_type != model::AssetExecutionType::kMaterialization;
}

bool IsVirtual(const model::AssetNodeSnap& snap) { return snap.is_virtual.value_or(false); }

/// An asset that nothing made yet counts as unchanged for who took it for an external one.
bool VersionsDiffer(const std::optional<std::string>& before, const std::optional<std::string>& now) {
  return before != now && !(before == "INITIAL" && now == "NULL");
}

std::vector<model::AssetKey> WithParents(const RequestContext& context, const std::vector<AssetNode>& subjects) {
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  std::set<assets::AssetId> ids;
  for (const AssetNode& subject : subjects) {
    ids.insert(subject.id);
    for (const assets::AssetId parent : graph.parents(subject.id)) ids.insert(parent);
  }
  std::vector<model::AssetKey> keys;
  for (const assets::AssetId id : ids) keys.push_back(graph.key(id));
  return keys;
}

}  // namespace

Staleness::Staleness(const RequestContext& context, const std::vector<AssetNode>& subjects)
    : context_(context), status_(context, WithParents(context, subjects)) {}

const model::AssetNodeSnap& Staleness::SnapOf(const model::AssetKey& key) const {
  const assets::AssetGraph& graph = context_.workspace().asset_graph();
  return graph.node(graph.Get(key));
}

const Staleness::Event& Staleness::Latest(const AssetPartition& subject) {
  auto found = latest_.find(subject);
  if (found == latest_.end()) found = latest_.emplace(subject, ReadLatest(subject)).first;
  return found->second;
}

Staleness::Event Staleness::ReadLatest(const AssetPartition& subject) {
  const bool external = IsExternal(SnapOf(subject.key));
  if (external) return LatestEvent(context_, subject.key, EventType::kAssetObservation, subject.partition);
  if (subject.partition) return LatestEvent(context_, subject.key, EventType::kAssetMaterialization, subject.partition);
  const storage::StoredEvent* last = status_.LastMaterialization(subject.key);
  if (last != nullptr) return *last;
  if (status_.Record(subject.key) != nullptr) return std::nullopt;
  const AssetStatus late(context_, {subject.key});  // An asset behind virtual ones: not read with the others.
  const storage::StoredEvent* event = late.LastMaterialization(subject.key);
  return event == nullptr ? std::nullopt : Event(*event);
}

std::optional<std::string> Staleness::DataVersionOf(const AssetPartition& subject) {
  const Event& latest = Latest(subject);
  if (latest) return VersionIn(latest->entry).value_or("INITIAL");
  return IsExternal(SnapOf(subject.key)) ? std::optional<std::string>("INITIAL") : std::nullopt;
}

bool Staleness::IsMissing(const AssetPartition& subject) { return !DataVersionOf(subject).has_value(); }

std::string_view Staleness::StatusOf(const AssetPartition& subject) {
  const model::AssetNodeSnap& snap = SnapOf(subject.key);
  if (snap.partitions && !subject.partition) return "FRESH";
  if (IsMissing(subject)) {
    if (!IsVirtual(snap)) return "MISSING";
    const bool has_data = std::ranges::any_of(DataBehind(subject.key), [&](const model::AssetKey& key) {
      return !IsMissing({key, std::nullopt});
    });
    if (!has_data) return "MISSING";
  } else if (IsExternal(snap)) {
    return "FRESH";
  }
  return CausesOf(subject).empty() ? "FRESH" : "STALE";
}

std::vector<StaleCause> Staleness::RootCausesOf(const AssetPartition& subject) {
  std::vector<StaleCause> roots;
  std::vector<StaleCause> candidates = CausesOf(subject);
  std::set<std::tuple<AssetPartition, std::string_view, std::string, std::optional<AssetPartition>>> visited;
  while (!candidates.empty()) {
    std::vector<StaleCause> next;
    for (StaleCause& cause : candidates) {
      if (!visited.emplace(cause.subject, cause.category, cause.reason, cause.dependency).second) continue;
      std::ranges::move(cause.children, std::back_inserter(next));
      if (cause.children.empty()) roots.push_back(std::move(cause));
    }
    candidates = std::move(next);
  }
  return roots;
}

std::optional<StaleCause> Staleness::CodeCause(const AssetPartition& subject) {
  const std::optional<std::string>& version = SnapOf(subject.key).code_version;
  const auto provenance = ProvenanceOf(subject);
  if (!version || version->empty() || !provenance || *version == provenance->code_version) return std::nullopt;
  return StaleCause{subject, "CODE", "has a new code version", std::nullopt, {}};
}

std::vector<StaleCause> Staleness::CausesOf(const AssetPartition& subject) {
  const model::AssetNodeSnap& snap = SnapOf(subject.key);
  std::vector<StaleCause> causes;
  if ((snap.partitions && !subject.partition) || IsExternal(snap) || IsMissing(subject)) return causes;
  if (auto cause = CodeCause(subject)) causes.push_back(std::move(*cause));
  if (IsVirtual(snap)) return causes;
  const auto provenance = ProvenanceOf(subject);
  const double made_at = Latest(subject)->entry.timestamp;
  const assets::AssetGraph& graph = context_.workspace().asset_graph();
  if (provenance) {
    for (const auto& [key, version] : provenance->input_versions) {
      const auto id = graph.Find(key);
      const auto parents = graph.parents(graph.Get(subject.key));
      if (id && std::ranges::count(parents, *id) > 0) continue;
      causes.push_back({subject,
                        "DEPENDENCIES",
                        "removed dependency on " + key.ToUserString(),
                        AssetPartition{key, std::nullopt},
                        {}});
    }
  }
  for (const AssetPartition& dependency : DependenciesOf(subject)) {
    CompareWith(subject, dependency, provenance, made_at, causes);
  }
  AddCausesBehindVirtual(subject, made_at, causes);
  std::ranges::stable_sort(causes, {}, [](const StaleCause& cause) {
    return cause.dependency ? cause.dependency->key.ToColumn() + cause.dependency->partition.value_or("") : "";
  });
  return causes;
}

void Staleness::CompareWith(const AssetPartition& subject, const AssetPartition& dependency,
                            const std::optional<Provenance>& provenance, double made_at,
                            std::vector<StaleCause>& causes) {
  const auto add = [&](bool says_version) {
    const std::string what = says_version ? "data version" : "materialization";
    causes.push_back({subject,
                      "DATA",
                      "has a new dependency " + what,
                      dependency,
                      {{dependency, "DATA", "has a new " + what, std::nullopt, {}}}});
  };
  if (provenance) {
    if (!provenance->input_versions.contains(dependency.key)) {
      causes.push_back(
          {subject, "DEPENDENCIES", "has a new dependency on " + dependency.key.ToUserString(), dependency, {}});
    } else if (IsUpdated(*provenance, dependency)) {
      add(SaysDataVersion(dependency));
    }
    return;
  }
  // Without provenance, times are compared; external assets tell none.
  if (IsExternal(SnapOf(dependency.key))) return;
  const Event& latest = Latest(dependency);
  if (!latest) {
    causes.push_back({subject, "DATA", "has a new input", dependency, {}});
  } else if (latest->entry.timestamp > made_at) {
    add(false);
  }
}

std::optional<Staleness::Provenance> Staleness::ProvenanceOf(const AssetPartition& subject) {
  const Event& latest = Latest(subject);
  if (!latest) return std::nullopt;
  const model::Tags& tags = TagsOf(latest->entry);
  const std::string* code_version = model::FindTag(tags, "dagster/code_version");
  if (code_version == nullptr) return std::nullopt;
  Provenance provenance{*code_version, {}, {}, false};
  const std::string* user_provided = model::FindTag(tags, "dagster/data_version_is_user_provided");
  provenance.is_user_provided = user_provided != nullptr && *user_provided == "true";
  for (const auto& [tag, value] : tags) {
    if (auto key = Behind(tag, {"dagster/input_data_version/", "dagster/input_logical_version/"})) {
      provenance.input_versions.emplace(model::AssetKey::FromUserString(*key), value);
    } else if (auto pointer = Behind(tag, {"dagster/input_event_pointer/"})) {
      std::int64_t id = 0;
      std::from_chars(value.data(), value.data() + value.size(), id);  // "NULL" is none, as 0 is.
      provenance.input_storage_ids.emplace(model::AssetKey::FromUserString(*pointer), id);
    }
  }
  return provenance;
}

bool Staleness::IsUpdated(const Provenance& provenance, const AssetPartition& dependency) {
  if (!dependency.partition) {
    return VersionsDiffer(provenance.input_versions.at(dependency.key), DataVersionOf(dependency).value_or("NULL"));
  }
  const auto pointer = provenance.input_storage_ids.find(dependency.key);
  const std::int64_t read = pointer == provenance.input_storage_ids.end() ? 0 : pointer->second;
  const Event& latest = Latest(dependency);
  if (!latest || latest->storage_id <= read) return false;
  storage::EventQuery query;
  query.type = IsExternal(SnapOf(dependency.key)) ? EventType::kAssetObservation : EventType::kAssetMaterialization;
  query.asset_key = dependency.key;
  query.partitions = std::vector<std::string>{*dependency.partition};
  if (read > 0) query.before_cursor = read + 1;
  query.limit = 1;
  const std::vector<storage::StoredEvent> before = context_.storage().events().Events(query);
  return VersionsDiffer(before.empty() ? std::nullopt : VersionIn(before[0].entry), VersionIn(latest->entry));
}

bool Staleness::SaysDataVersion(const AssetPartition& dependency) {
  const model::AssetNodeSnap& snap = SnapOf(dependency.key);
  if (snap.code_version || IsExternal(snap)) return true;
  const auto provenance = ProvenanceOf(dependency);
  return provenance && provenance->is_user_provided;
}

std::vector<AssetPartition> Staleness::DependenciesOf(const AssetPartition& subject) {
  const assets::AssetGraph& graph = context_.workspace().asset_graph();
  std::vector<AssetPartition> dependencies;
  for (const assets::AssetId parent : graph.parents(graph.Get(subject.key))) {
    const model::AssetKey& key = graph.key(parent);
    if (graph.node(parent).partitions) {
      std::ranges::move(PartitionsRead(subject, key), std::back_inserter(dependencies));
    } else {
      dependencies.push_back({key, std::nullopt});
    }
  }
  std::ranges::sort(dependencies);
  return dependencies;
}

std::vector<AssetPartition> Staleness::PartitionsRead(const AssetPartition& subject, const model::AssetKey& upstream) {
  const assets::AssetGraph& graph = context_.workspace().asset_graph();
  const model::AssetNodeSnap& snap = SnapOf(subject.key);
  const auto above = assets::PartitionsDefinition::FromSnap(*SnapOf(upstream).partitions);
  const auto& dynamic = context_.Local<StoredDynamicPartitions>();
  const assets::PartitionsContext partitions{context_.now(), &dynamic};
  if (upstream == subject.key && above.Count(partitions) >= kMaxPartitionsRead) return {};
  std::optional<assets::PartitionsDefinition> below;
  if (snap.partitions) below = assets::PartitionsDefinition::FromSnap(*snap.partitions);
  const auto* edge = graph.dependency(graph.Get(subject.key), graph.Get(upstream));
  const auto mapping = assets::PartitionMapping::Of(edge->partition_mapping, below ? &*below : nullptr, &above);
  if (above.time_windows() != nullptr && mapping.ClassName() == "AllPartitionMapping") return {};
  std::optional<assets::PartitionsSubset> read;
  if (below) read = assets::PartitionsSubset::OfKeys(*below, {*subject.partition}, partitions);
  const assets::PartitionsSubset wanted = mapping.Upstream(read ? &*read : nullptr, above, partitions).subset;
  std::vector<AssetPartition> dependencies;
  if (wanted.Count() >= kMaxPartitionsRead) return dependencies;
  for (std::string& key : wanted.Keys()) dependencies.push_back({upstream, std::move(key)});
  return dependencies;
}

std::vector<model::AssetKey> Staleness::DataBehind(const model::AssetKey& key) const {
  const assets::AssetGraph& graph = context_.workspace().asset_graph();
  std::set<model::AssetKey> found;
  std::set<assets::AssetId> seen;
  std::vector<assets::AssetId> open{graph.Get(key)};
  while (!open.empty()) {
    const assets::AssetId id = open.back();
    open.pop_back();
    for (const assets::AssetId parent : graph.parents(id)) {
      if (!seen.insert(parent).second) continue;
      if (IsVirtual(graph.node(parent))) {
        open.push_back(parent);
      } else {
        found.insert(graph.key(parent));
      }
    }
  }
  return {found.begin(), found.end()};
}

void Staleness::AddCausesBehindVirtual(const AssetPartition& subject, double made_at, std::vector<StaleCause>& causes) {
  const assets::AssetGraph& graph = context_.workspace().asset_graph();
  for (const assets::AssetId parent : graph.parents(graph.Get(subject.key))) {
    if (!IsVirtual(graph.node(parent))) continue;
    for (const model::AssetKey& key : DataBehind(graph.key(parent))) {
      const AssetPartition ancestor{key, std::nullopt};
      const Event& latest = Latest(ancestor);
      if (!latest || latest->entry.timestamp <= made_at) continue;
      causes.push_back({subject,
                        "DATA",
                        "has a new dependency materialization",
                        ancestor,
                        {{ancestor, "DATA", "has a new materialization", std::nullopt, {}}}});
    }
  }
}

}  // namespace tidemill::api
