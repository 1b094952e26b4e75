#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/sdk/assets.h>
#include <tidemill/sdk/io_managers.h>
#include <tidemill/sdk/jobs.h>
#include <tidemill/sdk/ops.h>
#include <tidemill/sdk/resources.h>
#include <tidemill/sdk/schedules.h>

namespace tidemill::sdk {

/// All that one code location defines. The user's function fills it; then it is frozen by the first question to it.
///
///   auto raw = defs.Asset("raw_data", FetchReadings).Group("ingest");
///   auto clean = defs.Asset("clean_data", Clean).From(raw);
///   defs.Job("pipeline", {raw, clean});
///
/// Parameters of functions, in any number: the inputs, by value or const&; beside them at most one AssetContext&, at
/// most one struct derived from Config, any number of Resource<T>. Builders and handles are valid as long as the
/// Definitions, also after it was moved. Filling is for one thread; the questions are safe from any.
///
/// The questions throw Error(kInvalidArgument) that names the definition and the remedy if the definitions do not fit
/// together: duplicate names, unknown upstreams, cycles, missing resources, wrong cron strings.
class Definitions final : public engine::CodeLocation {
 public:
  Definitions();
  Definitions(Definitions&&) noexcept;
  Definitions& operator=(Definitions&&) noexcept;
  ~Definitions() override;

  // ---- Assets

  template <class F>
  auto Asset(std::string name, F function) {
    using Out = typename detail::Returned<detail::ReturnOf<F>>::Type;
    return AssetBuilder<Out, detail::InputsOf<F>>(
        AddAsset(std::move(name), detail::MakeFunction<detail::SingleReturn>(std::move(function))));
  }

  /// A source that is looked at, not made: the function returns its DataVersion.
  template <class F>
  auto ObservableAsset(std::string name, F function) {
    static_assert(std::same_as<detail::ReturnOf<F>, DataVersion>,
                  "tidemill: the function of an observable asset returns DataVersion");
    return AssetBuilder<Nothing, detail::InputsOf<F>>(
        AddObservable(std::move(name), detail::MakeFunction<detail::SingleReturn>(std::move(function))));
  }

  /// Several assets: the members of the described struct that the function returns.
  template <class F>
  auto MultiAsset(std::string name, F function) {
    return MultiAsset(std::move(name), std::move(function), {});
  }
  /// The elements of the tuple that the function returns, or what it yields, under the names of the specs.
  template <class F>
  auto MultiAsset(std::string name, F function, std::vector<AssetSpec> specs) {
    using Return = detail::SeveralReturn<detail::ReturnOf<F>>;
    return MultiAssetBuilder<typename Return::Outputs, detail::InputsOf<F>>(AddMultiAsset(
        std::move(name), detail::MakeFunction<detail::SeveralReturn>(std::move(function)), std::move(specs)));
  }

  /// An asset that is made elsewhere: another location, or outside of Dagster.
  template <class T = Nothing>
  AssetHandle<T> ExternalAsset(AssetSpec spec) {
    return AssetHandle<T>(AddExternal(std::move(spec.Type<T>())));
  }

  /// A check of the asset by a function of its own: it takes the asset's value, or nothing.
  template <class T, class F>
  CheckBuilder AssetCheck(std::string name, const AssetHandle<T>& asset, F function) {
    auto& node =
        AddCheck(std::move(name), asset.record(), detail::MakeFunction<detail::CheckReturn>(std::move(function)));
    if constexpr (!std::same_as<detail::InputsOf<F>, detail::TypeList<>>) {
      detail::Connect(node, detail::InputsOf<F>(), asset);
    }
    return CheckBuilder(node);
  }

  // ---- Ops, graphs and jobs

  template <class F>
  auto Op(std::string name, F function) {
    using Return = detail::OpReturn<detail::ReturnOf<F>>;
    return OpBuilder<typename Return::Outputs, detail::InputsOf<F>>(
        AddOp(std::move(name), detail::MakeFunction<detail::OpReturn>(std::move(function))));
  }

  /// A graph that others call like an op: `[](GraphBuilder& graph, Ref<double> x) { return graph.Call(half, x); }`.
  template <class F>
  auto Graph(std::string name, F function) {
    return MakeGraph(std::move(name), std::move(function), detail::ParametersOf<F>());
  }

  /// A job that makes these assets, and runs their checks.
  JobBuilder Job(std::string name, std::initializer_list<AnyAsset> assets);
  /// By Dagster's selection syntax: "group:ingest", "*report", "tag:tier=gold and not kind:kafka".
  JobBuilder Job(std::string name, std::string selection);
  JobBuilder Job(std::string name, const char* selection) { return Job(std::move(name), std::string(selection)); }
  /// A job of ops: `defs.Job("etl", [&](GraphBuilder& graph) { graph.Call(load, graph.Call(fetch)); })`.
  template <class F>
  requires(std::invocable<const F&, GraphBuilder&>) JobBuilder Job(std::string name, const F& function) {
    auto graph = std::make_unique<detail::GraphRecord>();
    graph->name = name;
    GraphBuilder builder(*graph);
    function(builder);
    return AddJob(std::move(name), std::move(graph));
  }
  /// A job of one op or graph.
  template <class... Out>
  JobBuilder Job(std::string name, const Callable<detail::TypeList<Out...>, detail::TypeList<>>& callable) {
    return Job(std::move(name), [&callable](GraphBuilder& graph) { graph.Call(callable); });
  }

  // ---- Schedules and sensors

  ScheduleBuilder Schedule(std::string name, const JobBuilder& job, std::string cron);
  /// At the times of any of several.
  ScheduleBuilder Schedule(std::string name, const JobBuilder& job, std::initializer_list<const char*> crons);
  ScheduleBuilder Schedule(std::string name, const JobBuilder& job, std::vector<std::string> crons);
  SensorBuilder Sensor(std::string name, const JobBuilder& job, SensorFunction function);
  SensorBuilder Sensor(std::string name, std::initializer_list<JobBuilder> jobs, SensorFunction function);
  SensorBuilder Sensor(std::string name, std::initializer_list<AnyAsset> assets, SensorFunction function);

  // ---- Resources

  /// A described struct derived from Config (it is its own configuration), or a factory. It lives from before the first
  /// step of a process that needs it to after the last one.
  template <class F>
  ResourceBuilder Resource(std::string key, F resource) {
    return AddResource(std::move(key), detail::MakeResource(std::move(resource)));
  }
  /// An IO manager that is a described struct derived from Config, or a factory of one, e.g. FilesystemBinary.
  template <class F>
  ResourceBuilder IoManager(std::string key, F manager) {
    static_assert(detail::kMakesIoManager<F>,
                  "tidemill: IoManager() takes a described struct that derives from Config and engine::IoManager, or a "
                  "factory that returns a pointer to a class derived from engine::IoManager");
    return AddResource(std::move(key), detail::MakeResource(std::move(manager)));
  }

  /// For jobs that do not choose one.
  Definitions& Executor(ExecutorDefinition executor);
  Definitions& Metadata(const sdk::Metadata& metadata);

  // ---- Questions

  /// Throws what is wrong with the definitions, if anything.
  void Validate() const;

  engine::JobDefinition Job(const engine::JobSelector& selector) const override;
  model::JobSnap JobSnapshot(const engine::JobSelector& selector) const override;
  model::RepositorySnap Repository(bool defer_snapshots) const override;
  std::vector<std::string> JobNames() const override;

  /// The part of the job that `selector` names, of the job without a selection; null if nothing is selected.
  const detail::JobRecord* FindJob(std::string_view name) const;
  const std::vector<std::unique_ptr<detail::ScheduleRecord>>& schedules() const;
  const std::vector<std::unique_ptr<detail::SensorRecord>>& sensors() const;

 private:
  struct Impl;

  template <class F, class Builder, class... P>
  auto MakeGraph(std::string name, F function, detail::TypeList<Builder, P...>) {
    using Inputs = typename detail::GraphParameters<detail::TypeList<std::decay_t<P>...>>::Inputs;
    auto graph = std::make_unique<detail::GraphRecord>();
    graph->name = std::move(name);
    detail::BuildGraph(*graph, function, Inputs());
    return GraphHandle<typename detail::GraphReturn<detail::ReturnOf<F>>::Outputs, Inputs>(AddGraph(std::move(graph)));
  }

  detail::NodeRecord& AddAsset(std::string name, detail::Function function);
  detail::NodeRecord& AddObservable(std::string name, detail::Function function);
  detail::NodeRecord& AddMultiAsset(std::string name, detail::Function function, std::vector<AssetSpec> specs);
  detail::AssetRecord& AddExternal(AssetSpec spec);
  detail::NodeRecord& AddCheck(std::string name, const detail::AssetRecord& asset, detail::Function function);
  detail::NodeRecord& AddOp(std::string name, detail::Function function);
  detail::GraphRecord& AddGraph(std::unique_ptr<detail::GraphRecord> graph);
  JobBuilder AddJob(std::string name, std::unique_ptr<detail::GraphRecord> graph);
  ResourceBuilder AddResource(std::string key, detail::ResourceRecord record);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::sdk
