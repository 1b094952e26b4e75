#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <tidemill/sdk/assets.h>

namespace tidemill::sdk {

namespace detail {
/// Throws Error(kInvalidArgument) for another number of names than of outputs.
void NameOutputs(NodeRecord& node, const std::vector<std::string>& names);
void NameInputs(GraphRecord& graph, const std::vector<std::string>& names);
}  // namespace detail

/// An op or graph that a graph can call: takes `Inputs`, gives `Outputs`.
template <class Outputs, class Inputs>
class Callable {
 public:
  explicit Callable(const detail::NodeRecord& op) : op_(&op) {}
  explicit Callable(const detail::GraphRecord& graph) : graph_(&graph) {}

  const detail::NodeRecord* op() const { return op_; }
  const detail::GraphRecord* graph() const { return graph_; }

 private:
  const detail::NodeRecord* op_ = nullptr;
  const detail::GraphRecord* graph_ = nullptr;
};

namespace detail {
template <class Signature>
struct CallableOf;
template <class Out, class... In>
struct CallableOf<Out(In...)> {
  using Type = Callable<TypeList<Out>, TypeList<In...>>;
};
}  // namespace detail

/// What an op or graph of one output can be kept as: OpHandle<double(int, int)> takes two int and gives a double.
template <class Signature>
using OpHandle = typename detail::CallableOf<Signature>::Type;

/// An op; options change it in the Definitions that made it.
template <class Outputs, class Inputs>
class OpBuilder final : public Callable<Outputs, Inputs>, public detail::NodeOptions<OpBuilder<Outputs, Inputs>> {
 public:
  explicit OpBuilder(detail::NodeRecord& node)
      : Callable<Outputs, Inputs>(node), detail::NodeOptions<OpBuilder>(node) {}

  OpBuilder& Description(std::string text) {
    this->node().description = std::move(text);
    return *this;
  }
  OpBuilder& Tags(const model::Tags& tags) { return this->OpTags(tags); }
  /// The names of the parameters that are inputs, in order; without them a single one is "input", several "input_1", ….
  OpBuilder& InputNames(std::vector<std::string> names) {
    this->node().input_names = std::move(names);
    return *this;
  }
  /// The names of the tuple's elements, or the one of a single output ("result").
  OpBuilder& OutputNames(const std::vector<std::string>& names) {
    detail::NameOutputs(this->node(), names);
    return *this;
  }
  /// An input that waits without taking a value.
  OpBuilder& After(std::string name) {
    this->node().nothing_inputs.push_back(std::move(name));
    return *this;
  }
  /// The key of the resource that stores the outputs, or one of them.
  OpBuilder& IoManager(std::string key, std::string output_name = "") {
    this->node().output_managers.insert_or_assign(std::move(output_name), std::move(key));
    return *this;
  }
};

/// A value inside of a graph.
template <class T>
class Ref {
 public:
  explicit Ref(detail::Source source) : source_(source) {}
  detail::Source source() const { return source_; }

 private:
  detail::Source source_;
};

class GraphBuilder;

/// One use of an op or graph; where it has a single output, also that value.
template <class... Out>
class Invocation;

namespace detail {

class InvocationBase {
 public:
  InvocationBase(GraphRecord& graph, std::size_t node) : graph_(&graph), node_(node) {}

  std::size_t node() const { return node_; }

 protected:
  NodeUse& use() const { return graph_->nodes[node_]; }
  void Rename(std::string name) const;
  void Wait(std::string input, Source source) const;

  GraphRecord* graph_;
  std::size_t node_;
};

/// The sources of an argument: one, or several for a fan-in.
template <class T>
T ValueOf(const Ref<T>&);
template <class T>
std::vector<T> ValueOf(const std::vector<Ref<T>>&);
template <class T>
std::vector<Source> SourcesOf(const Ref<T>& value) {
  return {value.source()};
}
template <class T>
std::vector<Source> SourcesOf(const std::vector<Ref<T>>& values) {
  std::vector<Source> sources;
  for (const auto& value : values) sources.push_back(value.source());
  return sources;
}

}  // namespace detail

template <class Self>
class InvocationOptions : public detail::InvocationBase {
 public:
  using detail::InvocationBase::InvocationBase;

  /// Another name than the op's, e.g. to call it twice.
  Self& As(std::string name) {
    Rename(std::move(name));
    return self();
  }
  Self& Tags(model::Tags tags) {
    use().tags = std::move(tags);
    return self();
  }
  Self& Retry(RetryPolicy policy) {
    use().retry = policy;
    return self();
  }
  /// Feeds the input that waits (OpBuilder::After): it starts once the value is there.
  template <class T>
  Self& After(std::string input, const Ref<T>& value) {
    Wait(std::move(input), value.source());
    return self();
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
};

template <class T>
class Invocation<T> final : public InvocationOptions<Invocation<T>>, public Ref<T> {
 public:
  Invocation(detail::GraphRecord& graph, std::size_t node)
      : InvocationOptions<Invocation>(graph, node), Ref<T>(detail::Source{node, 0}) {}
};

template <class... Out>
class Invocation final : public InvocationOptions<Invocation<Out...>> {
 public:
  using InvocationOptions<Invocation>::InvocationOptions;

  template <std::size_t I>
  auto get() const {
    return Ref<std::tuple_element_t<I, std::tuple<Out...>>>(detail::Source{this->node_, I});
  }
};

/// Joins values for a std::vector input.
template <class T, class... Rest>
std::vector<Ref<T>> FanIn(const Ref<T>& first, const Rest&... rest) {
  return {first, rest...};
}

/// Puts a graph together: each Call adds a node and gives its outputs.
class GraphBuilder final {
 public:
  explicit GraphBuilder(detail::GraphRecord& graph) : graph_(graph) {}
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  /// One argument for each input parameter; a wrong type on an edge does not compile.
  template <class... Out, class... In, class... Arguments>
  Invocation<Out...> Call(const Callable<detail::TypeList<Out...>, detail::TypeList<In...>>& callable,
                          const Arguments&... arguments) {
    static_assert(sizeof...(In) == sizeof...(Arguments),
                  "tidemill: Call() takes exactly one value for each input parameter of the op");
    if constexpr (sizeof...(In) == sizeof...(Arguments)) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (static_cast<void>(detail::EdgeOf<I, decltype(detail::ValueOf(arguments)), In>()), ...);
      }
      (std::index_sequence_for<In...>());
    }
    return Invocation<Out...>(graph_, AddNode(callable.op(), callable.graph(), {detail::SourcesOf(arguments)...}));
  }

 private:
  std::size_t AddNode(const detail::NodeRecord* op, const detail::GraphRecord* graph,
                      std::vector<std::vector<detail::Source>> inputs);

  detail::GraphRecord& graph_;
};

namespace detail {

template <class R>
struct GraphReturn {
  static_assert(sizeof(R) == 0, "tidemill: a graph returns void, one value of Call(), or a tuple of Ref<T>");
};
template <>
struct GraphReturn<void> {
  using Outputs = TypeList<>;
};
template <class T>
struct GraphReturn<Ref<T>> {
  using Outputs = TypeList<T>;
  static void Add(GraphRecord& graph, const Ref<T>& value) {
    graph.outputs.emplace_back(OutputSlot{"result", &ValueTypeOf<T>(), true}, value.source());
  }
};
template <class T>
struct GraphReturn<Invocation<T>> : GraphReturn<Ref<T>> {};
template <class... T>
struct GraphReturn<std::tuple<Ref<T>...>> {
  using Outputs = TypeList<T...>;
  static void Add(GraphRecord& graph, const std::tuple<Ref<T>...>& values) {
    std::apply(
        [&graph](const auto&... value) {
          (graph.outputs.emplace_back(OutputSlot{"", &ValueTypeOf<T>(), true}, value.source()), ...);
        },
        values);
  }
};

template <class List>
struct GraphParameters;
template <class... T>
struct GraphParameters<TypeList<Ref<T>...>> {
  using Inputs = TypeList<T...>;
};

/// Runs the user's function once, which writes the graph down.
template <class F, class... T>
void BuildGraph(GraphRecord& graph, const F& function, TypeList<T...>) {
  (graph.inputs.emplace_back("", &ValueTypeOf<T>()), ...);
  GraphBuilder builder(graph);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (std::is_void_v<ReturnOf<F>>) {
      function(builder, Ref<T>(Source{Source::kGraphInput, I})...);
    } else {
      GraphReturn<ReturnOf<F>>::Add(graph, function(builder, Ref<T>(Source{Source::kGraphInput, I})...));
    }
  }
  (std::index_sequence_for<T...>());
}

}  // namespace detail

/// A graph of ops that can be called like an op.
template <class Outputs, class Inputs>
class GraphHandle final : public Callable<Outputs, Inputs> {
 public:
  explicit GraphHandle(detail::GraphRecord& graph) : Callable<Outputs, Inputs>(graph), graph_(&graph) {}

  GraphHandle& Description(std::string text) {
    graph_->description = std::move(text);
    return *this;
  }
  GraphHandle& Tags(model::Tags tags) {
    graph_->tags = std::move(tags);
    return *this;
  }
  /// As of an op.
  GraphHandle& InputNames(const std::vector<std::string>& names) {
    detail::NameInputs(*graph_, names);
    return *this;
  }

 private:
  detail::GraphRecord* graph_;
};

}  // namespace tidemill::sdk

/// `auto [rows, errors] = graph.Call(split, input);`
template <class A, class B, class... Rest>
struct std::tuple_size<tidemill::sdk::Invocation<A, B, Rest...>>
    : std::integral_constant<std::size_t, 2 + sizeof...(Rest)> {};
template <std::size_t I, class A, class B, class... Rest>
struct std::tuple_element<I, tidemill::sdk::Invocation<A, B, Rest...>> {
  using type = tidemill::sdk::Ref<std::tuple_element_t<I, std::tuple<A, B, Rest...>>>;
};
