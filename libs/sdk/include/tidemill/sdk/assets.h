#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/sdk/records.h>
#include <tidemill/sdk/signature.h>

namespace tidemill::sdk {

using assets::PartitionMapping;
using assets::PartitionsDefinition;
using assets::TimeWindowOptions;
using engine::Backoff;
using engine::Jitter;
using engine::RetryPolicy;
using model::BackfillPolicy;

/// Names an asset of some Definitions. Cheap to copy; valid as long as the Definitions.
class AnyAsset {
 public:
  explicit AnyAsset(const detail::AssetRecord& record) : record_(&record) {}

  const AssetKey& key() const { return record_->key; }
  const detail::AssetRecord& record() const { return *record_; }

 protected:
  const detail::AssetRecord* record_;
};

template <class T>
struct AssetEdge;

/// An asset whose value is a T.
template <class T>
class AssetHandle : public AnyAsset {
 public:
  using AnyAsset::AnyAsset;

  /// The edge from this asset with a partition mapping of its own, for From() and Deps().
  AssetEdge<T> Mapped(PartitionMapping mapping) const { return {*this, std::move(mapping)}; }
};

template <class T>
struct AssetEdge {
  AssetHandle<T> asset;
  PartitionMapping mapping;
};

/// A dependency without a value.
class AssetDep final {
 public:
  AssetDep(const AnyAsset& asset) : edge_{&asset.record(), {}, {}} {}  // NOLINT(google-explicit-constructor)
  AssetDep(AssetKey key) : edge_{nullptr, std::move(key), {}} {}       // NOLINT(google-explicit-constructor)
  AssetDep(const char* key) : edge_{nullptr, AssetKey(key), {}} {}     // NOLINT(google-explicit-constructor)
  AssetDep(AssetKey key, PartitionMapping mapping) : edge_{nullptr, std::move(key), std::move(mapping)} {}
  template <class T>
  AssetDep(const AssetEdge<T>& edge)  // NOLINT(google-explicit-constructor)
      : edge_{&edge.asset.record(), {}, edge.mapping} {}

  const detail::Edge& edge() const { return edge_; }

 private:
  detail::Edge edge_;
};

/// A check that an asset's own function runs.
struct CheckOptions {
  std::optional<std::string> description = {};
  bool blocking = false;  ///< Its failure holds back what is downstream of the asset.
};

namespace detail {

/// Whether an asset of type `Upstream` can be what a parameter of type `Parameter` takes.
template <class Upstream, class Parameter>
inline constexpr bool kFeeds = std::same_as<Upstream, Parameter> || std::same_as<PartitionMap<Upstream>, Parameter>;

/// One edge of the asset graph: the input at `Position` (0 is the first) of the downstream function.
template <std::size_t Position, class Upstream, class Parameter>
struct EdgeOf {
  static_assert(
      kFeeds<Upstream, Parameter>,
      "tidemill: wrong type on an edge: the upstream asset's type is not the type of the input parameter that "
      "it feeds; the template arguments name the edge: position, upstream type, parameter type");
};

template <class T>
T UpstreamOf(const AssetHandle<T>&);
template <class T>
T UpstreamOf(const AssetEdge<T>&);

/// The options that single assets, multi-assets and specs share; they apply to each asset of `Self`.
template <class Self>
class AssetOptions {
 public:
  Self& Group(std::string name) {
    return ForEach([&](AssetRecord& asset) { asset.group = name; });
  }
  /// What the catalogue shows; Markdown.
  Self& Description(std::string text) {
    return ForEach([&](AssetRecord& asset) { asset.description = text; });
  }
  /// E-mail addresses, or "team:<name>".
  Self& Owners(std::vector<std::string> owners) {
    return ForEach([&](AssetRecord& asset) { asset.owners = owners; });
  }
  Self& Tags(const model::Tags& tags) {
    return ForEach([&](AssetRecord& asset) {
      for (const auto& [key, value] : tags) model::SetTag(asset.tags, key, value);
    });
  }
  /// Technologies, shown as badges: "duckdb", "kafka".
  Self& Kinds(const std::vector<std::string>& kinds) {
    return ForEach([&](AssetRecord& asset) {
      for (const auto& kind : kinds) model::SetTag(asset.tags, std::string(model::tag::kKindPrefix) + kind, "");
    });
  }
  /// Changes with the function's logic, so that the catalogue can show what is out of date.
  Self& CodeVersion(std::string version) {
    return ForEach([&](AssetRecord& asset) { asset.code_version = version; });
  }
  Self& Metadata(const sdk::Metadata& metadata) {
    return ForEach([&](AssetRecord& asset) { asset.metadata = metadata.entries(); });
  }
  Self& Partitions(PartitionsDefinition partitions) {
    return ForEach([&](AssetRecord& asset) { asset.partitions = partitions; });
  }
  /// The key of the resource that stores the value; "io_manager" by default.
  Self& IoManager(std::string key) {
    return ForEach([&](AssetRecord& asset) { asset.io_manager_key = key; });
  }
  Self& BackfillPolicy(model::BackfillPolicy policy) {
    return ForEach([&](AssetRecord& asset) { asset.backfill_policy = policy; });
  }
  /// Assets that must be there first, but hand no value over.
  Self& Deps(std::initializer_list<AssetDep> deps) {
    return ForEach([&](AssetRecord& asset) {
      for (const auto& dep : deps) asset.deps.push_back(dep.edge());
      asset.has_own_deps = true;
    });
  }
  /// Components in front of the key: "raw" makes "orders" the asset raw/orders.
  Self& KeyPrefix(const std::vector<std::string>& prefix) {
    return ForEach(
        [&](AssetRecord& asset) { asset.key.path.insert(asset.key.path.begin(), prefix.begin(), prefix.end()); });
  }
  /// Dagster's serialised AutomationCondition and FreshnessPolicy.
  Self& AutomationCondition(json::Value condition) {
    return ForEach([&](AssetRecord& asset) { asset.automation_condition = condition; });
  }
  Self& FreshnessPolicy(json::Value policy) {
    return ForEach([&](AssetRecord& asset) { asset.freshness_policy = policy; });
  }

 private:
  template <class Apply>
  Self& ForEach(const Apply& apply) {
    Self& self = static_cast<Self&>(*this);
    self.ForEachAsset(apply);
    return self;
  }
};

/// The options of one op, whatever it makes.
template <class Self>
class NodeOptions {
 public:
  Self& Retry(RetryPolicy policy) {
    return Apply([&](NodeRecord& node) { node.retry = policy; });
  }
  /// Limits how many steps of the pool run at once, over all runs.
  Self& Pool(std::string name) {
    return Apply([&](NodeRecord& node) { node.pool = std::move(name); });
  }
  Self& OpTags(const model::Tags& tags) {
    return Apply([&](NodeRecord& node) {
      for (const auto& [key, value] : tags) model::SetTag(node.op_tags, key, value);
    });
  }

 protected:
  explicit NodeOptions(NodeRecord& node) : node_(&node) {}
  NodeRecord& node() { return *node_; }

 private:
  template <class Change>
  Self& Apply(const Change& change) {
    change(*node_);
    return static_cast<Self&>(*this);
  }

  NodeRecord* node_;
};

void AddInlineCheck(NodeRecord& node, const AssetRecord& asset, std::string name, CheckOptions options);

/// `From` of assets and checks, for a function with the inputs `In`.
template <class... In, class... Upstream>
void Connect(NodeRecord& node, TypeList<In...>, const Upstream&... upstream) {
  static_assert(sizeof...(Upstream) == sizeof...(In),
                "tidemill: From() takes exactly one asset for each input parameter of the function");
  if constexpr (sizeof...(Upstream) == sizeof...(In)) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (static_cast<void>(EdgeOf<I, decltype(UpstreamOf(upstream)), In>()), ...);
    }
    (std::index_sequence_for<In...>());
    node.from = {AssetDep(upstream).edge()...};
  }
}

}  // namespace detail

/// An asset made by a function; also its handle. Its options change the asset in the Definitions that made it.
template <class Out, class Inputs>
class AssetBuilder final : public AssetHandle<Out>,
                           public detail::AssetOptions<AssetBuilder<Out, Inputs>>,
                           public detail::NodeOptions<AssetBuilder<Out, Inputs>> {
 public:
  explicit AssetBuilder(detail::NodeRecord& node)
      : AssetHandle<Out>(*node.assets.front()), detail::NodeOptions<AssetBuilder>(node) {}

  /// The assets that feed the input parameters, in order. A wrong type on an edge does not compile.
  template <class... Upstream>
  AssetBuilder& From(const Upstream&... upstream) {
    detail::Connect(this->node(), Inputs(), upstream...);
    return *this;
  }
  /// Another key than the name.
  AssetBuilder& Key(AssetKey key) {
    this->node().assets.front()->key = std::move(key);
    return *this;
  }
  /// A check that the function itself reports, by `checks` of its result or by context.Yield.
  AssetBuilder& Check(std::string name, CheckOptions options = {}) {
    detail::AddInlineCheck(this->node(), this->record(), std::move(name), std::move(options));
    return *this;
  }

 private:
  friend class detail::AssetOptions<AssetBuilder>;
  template <class Apply>
  void ForEachAsset(const Apply& apply) {
    apply(*this->node().assets.front());
  }
};

/// An asset by itself: one of a multi-asset whose function yields, or one that is made elsewhere.
class AssetSpec final : public detail::AssetOptions<AssetSpec> {
 public:
  AssetSpec(const char* name);  // NOLINT(google-explicit-constructor): specs are written as literals
  AssetSpec(AssetKey key);      // NOLINT(google-explicit-constructor)

  /// The type of the value that the function yields for it; Nothing by default.
  template <class T>
  AssetSpec& Type() {
    record_.type = &ValueTypeOf<T>();
    return *this;
  }
  /// The function may leave it out.
  AssetSpec& Skippable() {
    record_.is_required = false;
    return *this;
  }
  const detail::AssetRecord& record() const { return record_; }

 private:
  friend class detail::AssetOptions<AssetSpec>;
  template <class Apply>
  void ForEachAsset(const Apply& apply) {
    apply(record_);
  }

  detail::AssetRecord record_;
};

/// One asset of a multi-asset, to set its options.
class AssetPart final : public AnyAsset, public detail::AssetOptions<AssetPart> {
 public:
  AssetPart(detail::NodeRecord& node, detail::AssetRecord& record) : AnyAsset(record), node_(&node), part_(&record) {}

  AssetPart& Check(std::string name, CheckOptions options = {}) {
    detail::AddInlineCheck(*node_, *part_, std::move(name), std::move(options));
    return *this;
  }
  AssetPart& Key(AssetKey key) {
    part_->key = std::move(key);
    return *this;
  }

 private:
  friend class detail::AssetOptions<AssetPart>;
  template <class Apply>
  void ForEachAsset(const Apply& apply) {
    apply(*part_);
  }

  detail::NodeRecord* node_;
  detail::AssetRecord* part_;
};

namespace detail {

/// Throws Error(kInvalidArgument) that lists the names there are, or that names both types.
AssetRecord& FindPart(NodeRecord& node, std::string_view name, const engine::ValueType* type);

template <std::size_t I, class List>
struct TypeAt;
template <std::size_t I, class... T>
struct TypeAt<I, TypeList<T...>> {
  using Type = std::tuple_element_t<I, std::tuple<T...>>;
};

template <class M>
struct MemberType;
template <class T, class C>
struct MemberType<T C::*> {
  using Class = C;
  using Type = typename Returned<T>::Type;
};

/// The position of a described member.
template <auto Member>
constexpr std::size_t MemberIndex() {
  std::size_t index = 0;
  std::size_t found = static_cast<std::size_t>(-1);
  boost::mp11::mp_for_each<MembersOf<typename MemberType<decltype(Member)>::Class>>([&](auto member) {
    if constexpr (std::same_as<std::remove_cv_t<decltype(member.pointer)>, std::remove_cv_t<decltype(Member)>>) {
      if (member.pointer == Member) found = index;
    }
    ++index;
  });
  return found;
}

}  // namespace detail

/// Several assets made by one function; options apply to all of them, Asset("name") gives one.
template <class Outputs, class Inputs>
class MultiAssetBuilder final : public detail::AssetOptions<MultiAssetBuilder<Outputs, Inputs>>,
                                public detail::NodeOptions<MultiAssetBuilder<Outputs, Inputs>> {
 public:
  explicit MultiAssetBuilder(detail::NodeRecord& node) : detail::NodeOptions<MultiAssetBuilder>(node) {}

  template <class... Upstream>
  MultiAssetBuilder& From(const Upstream&... upstream) {
    detail::Connect(this->node(), Inputs(), upstream...);
    return *this;
  }
  /// A run may make some of the assets and checks: the function looks at selected_asset_keys().
  MultiAssetBuilder& CanSubset() {
    this->node().can_subset = true;
    for (auto& asset : this->node().assets) asset->is_required = false;
    return *this;
  }

  /// The I-th element of the returned tuple.
  template <std::size_t I>
  auto Output() {
    return AssetHandle<typename detail::TypeAt<I, Outputs>::Type>(*this->node().assets.at(I));
  }
  /// A member of the returned struct: Output<&Tables::users>().
  template <auto Member>
  requires(std::is_member_object_pointer_v<decltype(Member)>) auto Output() {
    return AssetHandle<typename detail::MemberType<decltype(Member)>::Type>(
        *this->node().assets.at(detail::MemberIndex<Member>()));
  }
  /// By name; throws Error(kInvalidArgument) if there is none, or if it has another type.
  template <class T>
  AssetHandle<T> Output(std::string_view name) {
    return AssetHandle<T>(detail::FindPart(this->node(), name, &ValueTypeOf<T>()));
  }
  /// One of the assets, to set its options.
  AssetPart Asset(std::string_view name) {
    return AssetPart(this->node(), detail::FindPart(this->node(), name, nullptr));
  }

 private:
  friend class detail::AssetOptions<MultiAssetBuilder>;
  template <class Apply>
  void ForEachAsset(const Apply& apply) {
    for (auto& asset : this->node().assets) apply(*asset);
  }
};

/// A function that checks an asset.
class CheckBuilder final : public detail::NodeOptions<CheckBuilder> {
 public:
  explicit CheckBuilder(detail::NodeRecord& node) : NodeOptions(node) {}

  CheckBuilder& Blocking(bool blocking = true);
  CheckBuilder& Description(std::string text);
  CheckBuilder& Partitions(PartitionsDefinition partitions);
  CheckBuilder& AutomationCondition(json::Value condition);
  /// Assets that the check reads by itself.
  CheckBuilder& AdditionalDeps(std::initializer_list<AnyAsset> assets);
};

}  // namespace tidemill::sdk
