#include "tidemill/assets/partitions.h"

#include <algorithm>
#include <unordered_map>
#include <variant>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "overloaded.h"
#include "partitions_rep.h"
#include "time_format.h"

namespace tidemill::assets {
namespace {

void CheckKeyText(std::string_view key) {
  constexpr std::string_view kForbidden("\a\b\f\n\r\t\v\0", 8);
  if (key.find("...") != std::string_view::npos || key.find_first_of(kForbidden) != std::string_view::npos) {
    throw Error(Code::kInvalidArgument,
                fmt::format("partition key '{}' must hold neither '...' nor a control character", key));
  }
}

const DynamicPartitionsSource& Source(const PartitionsContext& context, const std::string& name) {
  if (context.dynamic == nullptr) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("the dynamic partitions '{}' can only be listed where the instance is at hand", name));
  }
  return *context.dynamic;
}

/// Every combination of one key of each list, the last list fastest.
std::vector<std::string> Product(const std::vector<std::vector<std::string>>& lists) {
  std::vector<std::string> keys{""};
  for (std::size_t i = 0; i < lists.size(); ++i) {
    std::vector<std::string> longer;
    longer.reserve(keys.size() * lists[i].size());
    for (const auto& key : keys) {
      for (const auto& part : lists[i]) longer.push_back(i == 0 ? part : fmt::format("{}|{}", key, part));
    }
    keys = std::move(longer);
  }
  return keys;
}

/// The keys as far as they exist in the dimension that fails.
std::vector<std::string> ListedRange(const std::vector<std::string>& keys, std::string_view first,
                                     std::string_view last) {
  const auto from = std::find(keys.begin(), keys.end(), first);
  const auto to = std::find(keys.begin(), keys.end(), last);
  if (from == keys.end() || to == keys.end()) {
    throw Error(Code::kInvalidArgument, fmt::format("there is no partition '{}'", from == keys.end() ? first : last));
  }
  return from <= to ? std::vector<std::string>(from, to + 1) : std::vector<std::string>{};
}

}  // namespace

StaticPartitions::StaticPartitions(std::vector<std::string> listed) : keys(std::move(listed)) {
  index.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) index.emplace(keys[i], i);
}

PartitionsDefinition PartitionsDefinition::Static(std::vector<std::string> keys) {
  for (const auto& key : keys) CheckKeyText(key);
  auto rep = std::make_shared<const Rep>(StaticPartitions(std::move(keys)));
  const auto& data = std::get<StaticPartitions>(rep->data);
  for (std::size_t i = 0; i < data.keys.size(); ++i) {
    if (data.index.at(data.keys[i]) != i) {
      throw Error(Code::kInvalidArgument, fmt::format("partition key '{}' is listed twice", data.keys[i]));
    }
  }
  return PartitionsDefinition(std::move(rep));
}

PartitionsDefinition PartitionsDefinition::Dynamic(std::string name) {
  if (name.empty()) throw Error(Code::kInvalidArgument, "dynamic partitions need a name");
  return PartitionsDefinition(std::make_shared<const Rep>(DynamicPartitions{std::move(name)}));
}

PartitionsDefinition PartitionsDefinition::Multi(std::vector<Dimension> dimensions) {
  if (dimensions.size() < 2)
    throw Error(Code::kInvalidArgument, "a product of partitions needs at least two dimensions");
  std::sort(dimensions.begin(), dimensions.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const auto& [name, definition] = dimensions[i];
    if (i > 0 && dimensions[i - 1].first == name) {
      throw Error(Code::kInvalidArgument, fmt::format("two dimensions of partitions are named '{}'", name));
    }
    if (definition.is_multi()) {
      throw Error(Code::kInvalidArgument, fmt::format("dimension '{}' of a product of partitions is a product", name));
    }
    if (!definition.is_static()) continue;
    for (const auto& key : definition.static_keys()) {
      if (key.find_first_of("|,[]") != std::string::npos) {
        throw Error(Code::kInvalidArgument,
                    fmt::format("partition key '{}' of dimension '{}' must not hold any of | , [ ]", key, name));
      }
    }
  }
  return PartitionsDefinition(std::make_shared<const Rep>(MultiPartitions{std::move(dimensions)}));
}

PartitionsDefinition PartitionsDefinition::TimeWindows(TimeWindowPartitions::Spec spec) {
  return PartitionsDefinition(std::make_shared<const Rep>(TimeWindowPartitions(std::move(spec))));
}

std::vector<std::string> PartitionsDefinition::Keys(const PartitionsContext& context) const {
  return std::visit(
      Overloaded{[](const StaticPartitions& data) { return data.keys; },
                 [&](const TimeWindowPartitions& data) { return data.Keys(context.now); },
                 [&](const DynamicPartitions& data) { return Source(context, data.name).Keys(data.name); },
                 [&](const MultiPartitions& data) {
                   std::vector<std::vector<std::string>> lists;
                   for (const auto& [name, definition] : data.dimensions) {
                     lists.push_back(definition.Keys(context));
                     // A dynamic key with '|' would be taken for two.
                     std::erase_if(lists.back(), [](const auto& key) { return key.find('|') != std::string::npos; });
                   }
                   return Product(lists);
                 }},
      rep_->data);
}

std::int64_t PartitionsDefinition::Count(const PartitionsContext& context) const {
  return std::visit(Overloaded{[](const StaticPartitions& data) { return static_cast<std::int64_t>(data.keys.size()); },
                               [&](const TimeWindowPartitions& data) { return data.Count(context.now); },
                               [&](const DynamicPartitions& data) {
                                 return static_cast<std::int64_t>(Source(context, data.name).Keys(data.name).size());
                               },
                               [&](const MultiPartitions& data) {
                                 std::int64_t count = 1;
                                 for (const auto& [name, definition] : data.dimensions)
                                   count *= definition.Count(context);
                                 return count;
                               }},
                    rep_->data);
}

bool PartitionsDefinition::HasKey(std::string_view key, const PartitionsContext& context) const {
  return std::visit(
      Overloaded{[&](const StaticPartitions& data) { return data.index.contains(key); },
                 [&](const TimeWindowPartitions& data) { return data.HasKey(key, context.now); },
                 [&](const DynamicPartitions& data) { return Source(context, data.name).Has(data.name, key); },
                 [&](const MultiPartitions& data) {
                   const auto parts = SplitMultiKey(key);
                   if (parts.size() != data.dimensions.size()) return false;
                   for (std::size_t i = 0; i < parts.size(); ++i) {
                     if (!data.dimensions[i].second.HasKey(parts[i], context)) return false;
                   }
                   return true;
                 }},
      rep_->data);
}

void PartitionsDefinition::CheckKey(std::string_view key, const PartitionsContext& context) const {
  if (HasKey(key, context)) return;
  const auto first = FirstKey(context);
  const auto last = LastKey(context);
  throw Error(Code::kInvalidArgument,
              first && last
                  ? fmt::format("there is no partition `{}`; the first is `{}`, the last `{}`", key, *first, *last)
                  : fmt::format("there is no partition `{}`, nor any other yet", key));
}

std::optional<std::string> PartitionsDefinition::FirstKey(const PartitionsContext& context) const {
  if (const auto* windows = time_windows()) return windows->FirstKey(context.now);
  const auto keys = Keys(context);
  return keys.empty() ? std::nullopt : std::optional(keys.front());
}

std::optional<std::string> PartitionsDefinition::LastKey(const PartitionsContext& context) const {
  if (const auto* windows = time_windows()) return windows->LastKey(context.now);
  const auto keys = Keys(context);
  return keys.empty() ? std::nullopt : std::optional(keys.back());
}

std::vector<std::string> PartitionsDefinition::KeysInRange(std::string_view first, std::string_view last,
                                                           const PartitionsContext& context) const {
  if (const auto* windows = time_windows()) return windows->KeysInRange(first, last);
  if (!is_multi()) return ListedRange(Keys(context), first, last);
  const auto from = SplitKey(first);
  const auto to = SplitKey(last);
  std::vector<std::vector<std::string>> lists;
  for (std::size_t i = 0; i < from.size(); ++i) {
    lists.push_back(dimensions()[i].second.KeysInRange(from[i], to[i], context));
  }
  return Product(lists);
}

model::Tags PartitionsDefinition::TagsForKey(std::string_view key) const {
  constexpr std::string_view kTag = "dagster/partition";
  model::Tags tags;
  tags.emplace_back(std::string(kTag), std::string(key));
  if (!is_multi()) return tags;
  const auto parts = SplitKey(key);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    tags.emplace_back(fmt::format("{}/{}", kTag, dimensions()[i].first), parts[i]);
  }
  return tags;
}

std::optional<TimeWindow> PartitionsDefinition::WindowOf(std::string_view key) const {
  if (const auto* windows = time_windows()) return windows->WindowOf(key);
  if (!is_multi()) return std::nullopt;
  const auto parts = SplitMultiKey(key);
  if (parts.size() != dimensions().size()) return std::nullopt;
  std::optional<TimeWindow> window;
  int time_dimensions = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto* windows = dimensions()[i].second.time_windows();
    if (windows == nullptr) continue;
    ++time_dimensions;
    window = windows->WindowOf(parts[i]);
  }
  return time_dimensions == 1 ? window : std::nullopt;
}

bool PartitionsDefinition::is_static() const { return std::holds_alternative<StaticPartitions>(rep_->data); }
bool PartitionsDefinition::is_dynamic() const { return std::holds_alternative<DynamicPartitions>(rep_->data); }
bool PartitionsDefinition::is_multi() const { return std::holds_alternative<MultiPartitions>(rep_->data); }

const TimeWindowPartitions* PartitionsDefinition::time_windows() const {
  return std::get_if<TimeWindowPartitions>(&rep_->data);
}

const std::string& PartitionsDefinition::dynamic_name() const {
  if (!is_dynamic()) throw Error(Code::kInternal, "asked the name of partitions that are not dynamic");
  return std::get<DynamicPartitions>(rep_->data).name;
}

const std::vector<std::string>& PartitionsDefinition::static_keys() const {
  if (!is_static()) throw Error(Code::kInternal, "asked the list of partitions that are not listed");
  return std::get<StaticPartitions>(rep_->data).keys;
}

const std::vector<PartitionsDefinition::Dimension>& PartitionsDefinition::dimensions() const {
  if (!is_multi()) throw Error(Code::kInternal, "asked the dimensions of partitions that have none");
  return std::get<MultiPartitions>(rep_->data).dimensions;
}

const PartitionsDefinition* PartitionsDefinition::FindDimension(std::string_view name) const {
  if (!is_multi()) return nullptr;
  for (const auto& dimension : dimensions()) {
    if (dimension.first == name) return &dimension.second;
  }
  return nullptr;
}

std::vector<std::string> PartitionsDefinition::SplitKey(std::string_view key) const {
  auto parts = SplitMultiKey(key);
  if (parts.size() != dimensions().size()) {
    throw Error(Code::kInvalidArgument, fmt::format("partition key '{}' has {} parts: {} dimensions are needed", key,
                                                    parts.size(), dimensions().size()));
  }
  return parts;
}

bool PartitionsDefinition::operator==(const PartitionsDefinition& other) const {
  return rep_ == other.rep_ || rep_->data == other.rep_->data;
}

std::vector<std::string> SplitMultiKey(std::string_view key) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('|', begin), key.size());
    parts.emplace_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::optional<std::pair<std::string, std::string>> ParseKeyRange(std::string_view text) {
  const std::size_t dots = text.find("...");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view last = text.substr(dots + 3);
  if (last.find("...") != std::string_view::npos) return std::nullopt;
  return std::pair(std::string(text.substr(0, dots)), std::string(last));
}

}  // namespace tidemill::assets
