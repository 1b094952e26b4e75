#include "tidemill/assets/partition_mapping.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "overloaded.h"
#include "partition_mapping_rep.h"

namespace tidemill::assets {
namespace {

using Keys = std::vector<std::string>;

[[noreturn]] void FailFit(std::string_view what) { throw Error(Code::kInvalidArgument, std::string(what)); }

const PartitionsSubset& Partitioned(const PartitionsSubset* downstream) {
  if (downstream == nullptr) FailFit("this partition mapping needs partitions downstream: use AllPartitionMapping");
  return *downstream;
}

UpstreamPartitions Existing(PartitionsSubset subset) {
  auto nothing = PartitionsSubset::Empty(subset.definition());
  return {std::move(subset), std::move(nothing)};
}

/// Whether the definition lists the key; Dagster's test of a daily or hourly key also takes those in between.
bool Lists(const PartitionsDefinition& definition, const std::string& key, const PartitionsContext& context) {
  if (!definition.HasKey(key, context)) return false;
  const auto* windows = definition.time_windows();
  return windows == nullptr || windows->WindowOf(key)->start == windows->StartOf(key);
}

UpstreamPartitions IdentityUpstream(const PartitionsSubset& downstream, const PartitionsDefinition& upstream,
                                    const PartitionsContext& context) {
  if (downstream.definition() == upstream) return Existing(downstream);
  Keys kept, lost;
  for (auto& key : downstream.Keys()) (Lists(upstream, key, context) ? kept : lost).push_back(std::move(key));
  return {PartitionsSubset::OfKeys(upstream, kept, context), PartitionsSubset::OfLooseKeys(upstream, std::move(lost))};
}

PartitionsSubset IdentityDownstream(const PartitionsSubset& upstream, const PartitionsDefinition& downstream,
                                    const PartitionsContext& context) {
  if (upstream.definition() == downstream) return upstream;
  Keys kept;
  for (auto& key : upstream.Keys()) {
    if (Lists(downstream, key, context)) kept.push_back(std::move(key));
  }
  return PartitionsSubset::OfKeys(downstream, kept, context);
}

void CheckListed(const StaticMapping& mapping, const PartitionsDefinition& definition, bool upstream) {
  if (!definition.is_static()) FailFit("a StaticPartitionMapping needs listed partitions on both sides");
  const auto check = [&](const std::string& key) {
    if (!definition.HasKey(key, {})) {
      FailFit(fmt::format("the StaticPartitionMapping names '{}', which is no partition of the {} asset", key,
                          upstream ? "upstream" : "downstream"));
    }
  };
  for (const auto& [key, targets] : mapping.downstream_by_upstream) {
    if (upstream) check(key);
    if (!upstream) std::for_each(targets.begin(), targets.end(), check);
  }
}

UpstreamPartitions StaticUpstream(const StaticMapping& mapping, const PartitionsSubset* downstream,
                                  const PartitionsDefinition& upstream, const PartitionsContext& context) {
  CheckListed(mapping, upstream, true);
  Keys keys;
  for (const auto& [key, targets] : mapping.downstream_by_upstream) {
    if (downstream != nullptr &&
        std::any_of(targets.begin(), targets.end(), [&](const auto& target) { return downstream->Contains(target); })) {
      keys.push_back(key);
    }
  }
  return Existing(PartitionsSubset::OfKeys(upstream, keys, context));
}

PartitionsSubset StaticDownstream(const StaticMapping& mapping, const PartitionsSubset& upstream,
                                  const PartitionsDefinition& downstream, const PartitionsContext& context) {
  CheckListed(mapping, downstream, false);
  Keys keys;
  for (const auto& key : upstream.Keys()) {
    const auto it = mapping.downstream_by_upstream.find(key);
    if (it != mapping.downstream_by_upstream.end()) keys.insert(keys.end(), it->second.begin(), it->second.end());
  }
  return PartitionsSubset::OfKeys(downstream, keys, context);
}

/// All of `downstream`, or nothing.
PartitionsSubset AllIf(bool condition, const PartitionsDefinition& downstream, const PartitionsContext& context) {
  return condition ? PartitionsSubset::All(downstream, context) : PartitionsSubset::Empty(downstream);
}

}  // namespace

PartitionMapping PartitionMapping::Identity() {
  return PartitionMapping(std::make_shared<const Rep>(Rep{IdentityMapping{}}));
}
PartitionMapping PartitionMapping::All() { return PartitionMapping(std::make_shared<const Rep>(Rep{AllMapping{}})); }
PartitionMapping PartitionMapping::Last() { return PartitionMapping(std::make_shared<const Rep>(Rep{LastMapping{}})); }

PartitionMapping PartitionMapping::Specific(std::vector<std::string> keys) {
  return PartitionMapping(std::make_shared<const Rep>(Rep{SpecificMapping{std::move(keys)}}));
}

PartitionMapping PartitionMapping::TimeWindows(std::int64_t start_offset, std::int64_t end_offset,
                                               bool allow_nonexistent_upstream) {
  return PartitionMapping(
      std::make_shared<const Rep>(Rep{TimeWindowMapping{start_offset, end_offset, allow_nonexistent_upstream}}));
}

PartitionMapping PartitionMapping::Static(std::map<std::string, std::set<std::string>> downstream_by_upstream) {
  return PartitionMapping(std::make_shared<const Rep>(Rep{StaticMapping{std::move(downstream_by_upstream)}}));
}

PartitionMapping PartitionMapping::MultiToSingle(std::optional<std::string> dimension) {
  return PartitionMapping(std::make_shared<const Rep>(Rep{MultiToSingleMapping{std::move(dimension)}}));
}

PartitionMapping PartitionMapping::Multi(std::vector<Dimension> dimensions) {
  return PartitionMapping(std::make_shared<const Rep>(Rep{MultiMapping{std::move(dimensions)}}));
}

PartitionMapping PartitionMapping::Default(const PartitionsDefinition* downstream,
                                           const PartitionsDefinition* upstream) {
  if (downstream == nullptr || upstream == nullptr) return All();
  if (FindLink(*upstream, *downstream, std::nullopt)) return MultiToSingle();
  const bool both_windows = upstream->time_windows() != nullptr && downstream->time_windows() != nullptr;
  return both_windows ? TimeWindows() : Identity();
}

PartitionMapping PartitionMapping::Of(const json::Value& declared, const PartitionsDefinition* downstream,
                                      const PartitionsDefinition* upstream) {
  return declared.is_null() ? Default(downstream, upstream) : FromJson(declared);
}

void PartitionMapping::Validate(const PartitionsDefinition& upstream, const PartitionsDefinition* downstream) const {
  const auto need = [&]() -> const PartitionsDefinition& {
    if (downstream == nullptr) FailFit(fmt::format("a {} needs partitions downstream", ClassName()));
    return *downstream;
  };
  std::visit(
      Overloaded{[](const auto&) {},
                 [&](const IdentityMapping&) {
                   const auto kind = [](const PartitionsDefinition& definition) {
                     return definition.is_static() ? 0 : definition.is_dynamic() ? 1 : definition.is_multi() ? 2 : 3;
                   };
                   if (kind(upstream) != kind(need())) {
                     FailFit(
                         "an IdentityPartitionMapping needs partitions of one kind on both sides: name "
                         "another mapping");
                   }
                 },
                 [&](const TimeWindowMapping& mapping) {
                   MapWindows(mapping, PartitionsSubset::Empty(need()), upstream, true, {});
                 },
                 [&](const StaticMapping& mapping) {
                   CheckListed(mapping, upstream, true);
                   CheckListed(mapping, need(), false);
                 },
                 [&](const MultiToSingleMapping& mapping) { Links(mapping, upstream, need()); },
                 [&](const MultiMapping& mapping) { Links(mapping, upstream, need()); }},
      rep_->data);
}

UpstreamPartitions PartitionMapping::Upstream(const PartitionsSubset* downstream, const PartitionsDefinition& upstream,
                                              const PartitionsContext& context) const {
  return std::visit(
      Overloaded{[&](const IdentityMapping&) { return IdentityUpstream(Partitioned(downstream), upstream, context); },
                 [&](const AllMapping&) { return Existing(PartitionsSubset::All(upstream, context)); },
                 [&](const LastMapping&) {
                   const auto last = upstream.LastKey(context);
                   return Existing(PartitionsSubset::OfKeys(upstream, last ? Keys{*last} : Keys(), context));
                 },
                 [&](const SpecificMapping& mapping) {
                   return Existing(PartitionsSubset::OfKeys(upstream, mapping.keys, context));
                 },
                 [&](const TimeWindowMapping& mapping) {
                   return MapWindows(mapping, Partitioned(downstream), upstream, true, context);
                 },
                 [&](const StaticMapping& mapping) { return StaticUpstream(mapping, downstream, upstream, context); },
                 [&](const MultiToSingleMapping& mapping) {
                   const auto links = Links(mapping, upstream, Partitioned(downstream).definition());
                   return MapDimensions(links, *downstream, upstream, true, context);
                 },
                 [&](const MultiMapping& mapping) {
                   const auto links = Links(mapping, upstream, Partitioned(downstream).definition());
                   return MapDimensions(links, *downstream, upstream, true, context);
                 }},
      rep_->data);
}

PartitionsSubset PartitionMapping::Downstream(const PartitionsSubset& upstream, const PartitionsDefinition& downstream,
                                              const PartitionsContext& context) const {
  return std::visit(
      Overloaded{[&](const IdentityMapping&) { return IdentityDownstream(upstream, downstream, context); },
                 [&](const AllMapping&) { return AllIf(!upstream.empty(), downstream, context); },
                 [&](const LastMapping&) {
                   const auto last = upstream.definition().LastKey(context);
                   return AllIf(last && upstream.Contains(*last), downstream, context);
                 },
                 [&](const SpecificMapping& mapping) {
                   const bool any = std::any_of(mapping.keys.begin(), mapping.keys.end(),
                                                [&](const std::string& key) { return upstream.Contains(key); });
                   return AllIf(any, downstream, context);
                 },
                 [&](const TimeWindowMapping& mapping) {
                   return MapWindows(mapping, upstream, downstream, false, context).subset;
                 },
                 [&](const StaticMapping& mapping) { return StaticDownstream(mapping, upstream, downstream, context); },
                 [&](const MultiToSingleMapping& mapping) {
                   const auto links = Links(mapping, upstream.definition(), downstream);
                   return MapDimensions(links, upstream, downstream, false, context).subset;
                 },
                 [&](const MultiMapping& mapping) {
                   const auto links = Links(mapping, upstream.definition(), downstream);
                   return MapDimensions(links, upstream, downstream, false, context).subset;
                 }},
      rep_->data);
}

}  // namespace tidemill::assets
