#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

#include "partition_mapping_rep.h"

namespace tidemill::assets {
namespace {

[[noreturn]] void FailFit(std::string_view what) { throw Error(Code::kInvalidArgument, std::string(what)); }

const PartitionsDefinition& Part(const PartitionsDefinition& definition, const std::optional<std::string>& dimension) {
  const auto* part = dimension ? definition.FindDimension(*dimension) : &definition;
  if (part == nullptr) FailFit(fmt::format("the partitions have no dimension '{}'", *dimension));
  return *part;
}

std::size_t IndexOf(const PartitionsDefinition& definition, const std::optional<std::string>& dimension) {
  if (!dimension) return 0;
  const auto& dimensions = definition.dimensions();
  const auto it = std::find_if(dimensions.begin(), dimensions.end(),
                               [&](const auto& candidate) { return candidate.first == *dimension; });
  return static_cast<std::size_t>(it - dimensions.begin());
}

/// One link seen from the side that is mapped, with what each key of that side gives.
struct Route {
  const DimensionLink* link;
  std::size_t from_index;
  std::size_t to_index;
  const PartitionsDefinition* from;
  const PartitionsDefinition* to;
  std::map<std::string, std::vector<std::string>> mapped;
};

class DimensionMapper {
 public:
  DimensionMapper(const std::vector<DimensionLink>& links, const PartitionsDefinition& from,
                  const PartitionsDefinition& to, bool upstream, const PartitionsContext& context)
      : from_(from), to_(to), upstream_(upstream), context_(context) {
    for (const auto& link : links) {
      const auto& here = upstream ? link.downstream : link.upstream;
      const auto& there = upstream ? link.upstream : link.downstream;
      routes_.push_back({&link, IndexOf(from, here), IndexOf(to, there), &Part(from, here), &Part(to, there), {}});
    }
    const std::size_t count = to.is_multi() ? to.dimensions().size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      if (std::any_of(routes_.begin(), routes_.end(), [i](const Route& route) { return route.to_index == i; }))
        continue;
      free_[i] = to.is_multi() ? to.dimensions()[i].second.Keys(context) : to.Keys(context);
    }
  }

  UpstreamPartitions Run(const PartitionsSubset& subset) {
    std::set<std::string> keys;
    std::vector<std::string> parts(routes_.size() + free_.size());
    for (const auto& key : subset.Keys()) {
      const auto from_parts = from_.is_multi() ? from_.SplitKey(key) : std::vector<std::string>{key};
      AddProducts(from_parts, 0, parts, keys);
    }
    return {PartitionsSubset::OfKeys(to_, {keys.begin(), keys.end()}, context_),
            PartitionsSubset::OfLooseKeys(to_, {missing_.begin(), missing_.end()})};
  }

 private:
  const std::vector<std::string>& Mapped(Route& route, const std::string& key) {
    const auto found = route.mapped.find(key);
    if (found != route.mapped.end()) return found->second;
    const auto subset = PartitionsSubset::OfKeys(*route.from, {key}, context_);
    std::vector<std::string> keys;
    if (upstream_) {
      const auto result = route.link->mapping.Upstream(&subset, *route.to, context_);
      keys = result.subset.Keys();
      for (auto& lost : result.required_but_nonexistent.Keys()) missing_.insert(std::move(lost));
    } else {
      keys = route.link->mapping.Downstream(subset, *route.to, context_).Keys();
    }
    return route.mapped.emplace(key, std::move(keys)).first->second;
  }

  /// Fills `parts` from the `depth`-th list on, and keeps each complete key.
  void AddProducts(const std::vector<std::string>& from_parts, std::size_t depth, std::vector<std::string>& parts,
                   std::set<std::string>& keys) {
    if (depth == parts.size()) {
      keys.insert(fmt::format("{}", fmt::join(parts, "|")));
      return;
    }
    if (depth < routes_.size()) {
      Route& route = routes_[depth];
      for (const auto& part : Mapped(route, from_parts[route.from_index])) {
        parts[route.to_index] = part;
        AddProducts(from_parts, depth + 1, parts, keys);
      }
      return;
    }
    const auto list = std::next(free_.begin(), static_cast<std::ptrdiff_t>(depth - routes_.size()));
    for (const auto& part : list->second) {
      parts[list->first] = part;
      AddProducts(from_parts, depth + 1, parts, keys);
    }
  }

  const PartitionsDefinition& from_;
  const PartitionsDefinition& to_;
  bool upstream_;
  const PartitionsContext& context_;
  std::vector<Route> routes_;
  std::map<std::size_t, std::vector<std::string>> free_;  // All keys of each dimension without a link.
  std::set<std::string> missing_;
};

}  // namespace

std::optional<DimensionLink> FindLink(const PartitionsDefinition& upstream, const PartitionsDefinition& downstream,
                                      const std::optional<std::string>& dimension) {
  if (upstream.is_multi() == downstream.is_multi()) return std::nullopt;
  const auto& product = upstream.is_multi() ? upstream : downstream;
  const auto& single = upstream.is_multi() ? downstream : upstream;
  const auto link = [&](const std::string& name, PartitionMapping mapping) {
    return upstream.is_multi() ? DimensionLink{name, std::nullopt, std::move(mapping)}
                               : DimensionLink{std::nullopt, name, std::move(mapping)};
  };
  std::vector<const PartitionsDefinition::Dimension*> equal, timed;
  for (const auto& candidate : product.dimensions()) {
    if (dimension && candidate.first != *dimension) continue;
    if (candidate.second == single) equal.push_back(&candidate);
    if (candidate.second.time_windows() != nullptr) timed.push_back(&candidate);
  }
  if (equal.size() == 1) return link(equal[0]->first, PartitionMapping::Identity());
  if (equal.empty() && timed.size() == 1 && single.time_windows() != nullptr) {
    return link(timed[0]->first, PartitionMapping::TimeWindows());
  }
  return std::nullopt;
}

std::vector<DimensionLink> Links(const MultiToSingleMapping& mapping, const PartitionsDefinition& upstream,
                                 const PartitionsDefinition& downstream) {
  // Dagster leaves the name aside; we need it only where the definitions alone do not tell.
  auto link = FindLink(upstream, downstream, std::nullopt);
  if (!link && mapping.dimension) link = FindLink(upstream, downstream, mapping.dimension);
  if (link) return {*std::move(link)};
  FailFit(
      "a MultiToSingleDimensionPartitionMapping needs a product of partitions on one side and on the other one of its "
      "dimensions, or time windows where the product has one dimension of them");
}

std::vector<DimensionLink> Links(const MultiMapping& mapping, const PartitionsDefinition& upstream,
                                 const PartitionsDefinition& downstream) {
  if (!upstream.is_multi() || !downstream.is_multi()) {
    FailFit("a MultiPartitionMapping needs a product of partitions on both sides");
  }
  std::vector<DimensionLink> links;
  std::set<std::string> used;
  for (const auto& dimension : mapping.dimensions) {
    Part(upstream, dimension.upstream);
    Part(downstream, dimension.downstream);
    if (!used.insert(dimension.downstream).second) {
      FailFit(fmt::format("two dimensions are mapped to '{}'", dimension.downstream));
    }
    links.push_back({dimension.upstream, dimension.downstream, dimension.mapping});
  }
  return links;
}

UpstreamPartitions MapDimensions(const std::vector<DimensionLink>& links, const PartitionsSubset& from,
                                 const PartitionsDefinition& to, bool upstream, const PartitionsContext& context) {
  return DimensionMapper(links, from.definition(), to, upstream, context).Run(from);
}

}  // namespace tidemill::assets
