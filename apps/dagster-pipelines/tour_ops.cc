#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>

#include "pipelines.h"

namespace demo {
namespace {

using namespace tidemill::sdk;

// ---- Outputs, order, fan-in

std::int64_t Double(std::int64_t number) { return number * 2; }
std::int64_t Sum(std::int64_t left, std::int64_t right) { return left + right; }
std::int64_t Total(const std::vector<std::int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

/// The number goes to one of the first two outputs, and to the third in any case.
std::tuple<OptionalOutput<std::int64_t>, OptionalOutput<std::int64_t>, std::int64_t> SortNumber() {
  return {Output<std::int64_t>{4, {{"digits", 1}}}, std::nullopt, 4};
}

/// The ops that several jobs use.
struct Arithmetic {
  explicit Arithmetic(Definitions& defs)
      : one(defs.Op("one", [] { return std::int64_t{1}; }).Description("Gives one.")),
        two(defs.Op("two", [] { return std::int64_t{2}; }).Tags({{"cost", "low"}}).Description("Gives two.")),
        twice(defs.Op("double", Double).InputNames({"number"}).Description("Doubles.")),
        add(defs.Op("add", Sum).InputNames({"left", "right"}).Description("Adds two numbers.")),
        total(defs.Op("total", Total).InputNames({"numbers"}).Description("Adds all numbers.")) {}

  OpHandle<std::int64_t()> one;
  OpHandle<std::int64_t()> two;
  OpHandle<std::int64_t(std::int64_t)> twice;
  OpHandle<std::int64_t(std::int64_t, std::int64_t)> add;
  OpHandle<std::int64_t(std::vector<std::int64_t>)> total;
};

void AddGraphs(Definitions& defs, const Arithmetic& ops) {
  auto sort_number = defs.Op("sort_number", SortNumber)
                         .OutputNames({"even", "odd", "all"})
                         .Description("Gives its number to one of two outputs, and to a third in any case.");
  defs.Job("branch_job",
           [&](GraphBuilder& graph) {
             auto [even, odd, all] = graph.Call(sort_number);
             graph.Call(ops.twice, even).As("double_even");
             graph.Call(ops.twice, odd).As("double_odd");
             graph.Call(ops.twice, all).As("double_all");
           })
      .Description("An output that is not given skips what follows it.")
      .Executor(InProcess());

  defs.Job("fan_in_job",
           [&](GraphBuilder& graph) {
             auto one = graph.Call(ops.one);
             auto two = graph.Call(ops.two);
             auto four = graph.Call(ops.twice, graph.Call(ops.two).As("another_two"));
             graph.Call(ops.total, FanIn(one, two, four));
           })
      .Description("Several steps feed one input.")
      .Executor(InProcess());

  auto prepare = defs.Op("prepare", [] {}).Description("Prepares without a result.");
  auto finish = defs.Op("finish", [] { return std::int64_t{0}; }).After("start").Description("Waits for its turn.");
  defs.Job("order_job",
           [&](GraphBuilder& graph) {
             auto first = graph.Call(prepare);
             auto second = graph.Call(prepare).As("prepare_more");
             graph.Call(finish).After("start", first).After("start", second);
           })
      .Description("Order without data.")
      .Executor(InProcess());

  auto quadruple = defs.Graph("quadruple",
                              [&](GraphBuilder& graph, Ref<std::int64_t> number) {
                                return graph.Call(ops.twice, graph.Call(ops.twice, number).As("first")).As("second");
                              })
                       .InputNames({"number"})
                       .Description("Doubles twice.");
  auto sixteenfold = defs.Graph("sixteenfold",
                                [&](GraphBuilder& graph, Ref<std::int64_t> number) {
                                  return graph.Call(quadruple, graph.Call(quadruple, number).As("inner")).As("outer");
                                })
                         .InputNames({"number"})
                         .Description("Doubles four times.");
  defs.Job("nested_job",
           [&](GraphBuilder& graph) {
             graph.Call(ops.add, graph.Call(sixteenfold, graph.Call(ops.one)),
                        graph.Call(quadruple, graph.Call(ops.two)));
           })
      .Description("Graphs inside graphs.")
      .Executor(InProcess());

  defs.Job("processes_job",
           [&](GraphBuilder& graph) {
             graph.Call(ops.add, graph.Call(ops.twice, graph.Call(ops.one)).As("double_one"),
                        graph.Call(ops.twice, graph.Call(ops.two)).As("double_two"));
           })
      .Description("Each step in a process of its own.")
      .Tags({{"team", "data"}, {"tour", "processes"}})
      .Executor(Multiprocess(2));
}

// ---- Retries and failures

std::int64_t Flaky(OpContext& context) {
  if (context.retry_number() == 0) throw std::runtime_error("not yet");
  return 1;
}

std::int64_t AsksAgain(OpContext& context) {
  if (context.retry_number() == 0) throw RetryRequested(1, 0);
  return 1;
}

std::int64_t FailsWithMetadata() {
  throw Failure("the disk is full", Metadata{{"free_bytes", 0}, {"path", metadata::Path{"data"}}}.entries());
}

void AddFailures(Definitions& defs, const Arithmetic& ops) {
  auto flaky = defs.Op("flaky", Flaky)
                   .Retry({.max_retries = 2, .delay_seconds = 0.01})
                   .Description("Succeeds at the second try.");
  auto asks_again = defs.Op("asks_again", AsksAgain).Description("Asks by itself to be tried again.");
  defs.Job("retry_job", [&](GraphBuilder& graph) { graph.Call(ops.add, graph.Call(flaky), graph.Call(asks_again)); })
      .Description("Both ways to try again.")
      .Executor(InProcess());

  auto fails = defs.Op("fails_with_metadata", FailsWithMetadata).Description("Fails with metadata.");
  defs.Job("failing_job",
           [&](GraphBuilder& graph) {
             graph.Call(ops.twice, graph.Call(fails));
             graph.Call(ops.one);
           })
      .Description("One step fails, one is skipped for it, one is not touched.")
      .Executor(InProcess());
}

// ---- Configuration and resources

enum class Colour { RED, BLUE };  // As configuration writes them.
BOOST_DESCRIBE_ENUM(Colour, RED, BLUE)

struct Window {
  std::int64_t first = 0;
  std::int64_t last = 9;
};
BOOST_DESCRIBE_STRUCT(Window, (), (first, last))

struct TourConfig : Config {
  tidemill::config::Required<std::int64_t> count;
  double ratio = 0.5;
  std::string label = "tour";
  bool verbose = false;
  Colour colour = Colour::RED;
  std::vector<std::int64_t> numbers = {1, 2};
  std::map<std::string, std::int64_t> limits;
  std::optional<std::int64_t> maybe;
  Window window;
};
BOOST_DESCRIBE_STRUCT(TourConfig, (), (count, ratio, label, verbose, colour, numbers, limits, maybe, window))

struct Warehouse : Config {
  std::string host = "localhost";
  std::int64_t port = 5432;
  bool read_only = false;
};
BOOST_DESCRIBE_STRUCT(Warehouse, (), (host, port, read_only))

std::int64_t Configured(OpContext& context, const TourConfig& config) {
  context.log().Info(fmt::format("{} {} {} {} {} {} {}", config.count.value(), config.ratio, config.label,
                                 boost::describe::enum_to_string(config.colour, ""), config.numbers.size(),
                                 config.limits.size(), config.window.last));
  return config.count;
}

std::int64_t Connected(OpContext& context, Resource<Warehouse> warehouse, std::int64_t number) {
  context.log().Info(fmt::format("{}:{}", warehouse->host, warehouse->port));
  return number;
}

JobBuilder AddConfigured(Definitions& defs) {
  Warehouse warehouse;
  warehouse.host = "db.example.com";
  defs.Resource("warehouse", warehouse);
  auto configured = defs.Op("configured", Configured).Description("Takes every type of configuration.");
  auto connected = defs.Op("connected", Connected).InputNames({"number"}).Description("Uses the warehouse.");
  return defs.Job("config_job", [&](GraphBuilder& graph) { graph.Call(connected, graph.Call(configured)); })
      .Description("Configuration and a resource.")
      .Executor(InProcess());
}

}  // namespace

JobBuilder AddOpTour(Definitions& defs) {
  const Arithmetic ops(defs);
  AddGraphs(defs, ops);
  AddFailures(defs, ops);
  return AddConfigured(defs);
}

}  // namespace demo
