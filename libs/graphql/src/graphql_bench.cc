#include <benchmark/benchmark.h>

#include <tidemill/graphql/engine.h>

#include "parser.h"
#include "validation/validate.h"

namespace tidemill::graphql {
namespace {

/// Thirty fields, as an asset of a list has: strings, numbers, booleans, an enum, a small object and a list.
struct Asset {
  std::string id;
  std::string group = "default";
  std::vector<std::string> path;
  std::optional<std::string> description = "An asset of the benchmark, with some words to describe it.";
  bool flag = true;
  int number = 12345;
  double ratio = 0.25;
};

struct Key {
  const Asset* asset;
};

std::string MakeSdl() {
  std::string sdl = "enum State { READY STALE } type Key { path: [String!]! } type Asset { key: Key! ";
  for (int i = 0; i < 9; ++i) sdl += "text" + std::to_string(i) + ": String! ";
  for (int i = 0; i < 6; ++i) sdl += "flag" + std::to_string(i) + ": Boolean! ";
  for (int i = 0; i < 6; ++i) sdl += "number" + std::to_string(i) + ": Int! ";
  for (int i = 0; i < 3; ++i) sdl += "ratio" + std::to_string(i) + ": Float ";
  for (int i = 0; i < 3; ++i) sdl += "description" + std::to_string(i) + ": String ";
  return sdl + "state: State! lastRun: Key next: Asset } type Query { assets: [Asset!]! asset(id: Int!): Asset }";
}

std::string MakeQuery(bool batched) {
  std::string query = "query Assets { assets { __typename key { path } ";
  for (int i = 0; i < 9; ++i) query += "text" + std::to_string(i) + " ";
  for (int i = 0; i < 6; ++i) query += "flag" + std::to_string(i) + " ";
  for (int i = 0; i < 6; ++i) query += "number" + std::to_string(i) + " ";
  for (int i = 0; i < 3; ++i) query += "ratio" + std::to_string(i) + " ";
  for (int i = 0; i < 3; ++i) query += "description" + std::to_string(i) + " ";
  return query + (batched ? "lastRun { path } } }" : "state } }");
}

const std::vector<Asset>& Assets() {
  static const std::vector<Asset> kAssets = [] {
    std::vector<Asset> assets(10000);
    for (std::size_t i = 0; i < assets.size(); ++i) {
      assets[i].id = "asset_" + std::to_string(i);
      assets[i].path = {"prefix", assets[i].id};
    }
    return assets;
  }();
  return kAssets;
}

Engine MakeEngine() {
  Schema schema(MakeSdl());
  schema.Object<Key>("Key").Field(
      "path", [](const Key& key) -> const auto& { return key.asset->path; });
  auto asset = schema.Object<Asset>("Asset");
  asset.Field("key", [](const Asset& each) { return Key{&each}; });
  for (int i = 0; i < 9; ++i) asset.Field("text" + std::to_string(i), i % 2 == 0 ? &Asset::id : &Asset::group);
  for (int i = 0; i < 6; ++i) asset.Field("flag" + std::to_string(i), &Asset::flag);
  for (int i = 0; i < 6; ++i) asset.Field("number" + std::to_string(i), &Asset::number);
  for (int i = 0; i < 3; ++i) asset.Field("ratio" + std::to_string(i), &Asset::ratio);
  for (int i = 0; i < 3; ++i) asset.Field("description" + std::to_string(i), &Asset::description);
  asset.Field("state", [](const Asset&) { return "READY"; });
  asset.Field("next", [](const Asset& each) { return &each; });
  asset.Batch("lastRun", [](std::span<const Asset* const> assets) {
    std::vector<Key> keys;
    for (const Asset* each : assets) keys.push_back({each});
    return keys;
  });
  schema.Query()
      .Field("assets", [] { return std::span<const Asset>(Assets()); })
      .Field("asset",
             [](const Arguments& arguments) { return &Assets()[static_cast<std::size_t>(arguments.Get<int>("id"))]; });
  return Engine(std::move(schema));
}

void List(benchmark::State& state) {
  Engine engine = MakeEngine();
  std::string query = MakeQuery(state.range(0) == 1);
  std::string out;
  for (auto _ : state) {
    out.clear();
    engine.Execute({query}, {}, out);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(out.size()) * state.iterations());
}
BENCHMARK(List)->ArgName("batched")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void SmallQuery(benchmark::State& state) {
  Engine engine = MakeEngine();
  std::string out;
  for (auto _ : state) {
    out.clear();
    engine.Execute({"query Q($id: Int!) { asset(id: $id) { key { path } text0 flag0 number0 state next { text1 } } }",
                    "Q",
                    {{"id", 17}}},
                   {}, out);
  }
}
BENCHMARK(SmallQuery)->Unit(benchmark::kMicrosecond);

void ParseQuery(benchmark::State& state) {
  std::string query = MakeQuery(false);
  for (auto _ : state) benchmark::DoNotOptimize(ParseDocument(query));
  state.SetBytesProcessed(static_cast<std::int64_t>(query.size()) * state.iterations());
}
BENCHMARK(ParseQuery)->Unit(benchmark::kMicrosecond);

void ValidateQuery(benchmark::State& state) {
  TypeSystem types(MakeSdl());
  std::string query = MakeQuery(false);
  ast::Document document = ParseDocument(query);
  for (auto _ : state) benchmark::DoNotOptimize(Validate(types, document));
}
BENCHMARK(ValidateQuery)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tidemill::graphql

BENCHMARK_MAIN();
