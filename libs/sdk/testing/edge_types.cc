// Compiled by the tests, also with each of the macros, which make an edge whose types do not fit.
#include <tidemill/sdk/sdk.h>

using namespace tidemill::sdk;

std::vector<std::int64_t> Raw() { return {1}; }
double Factor() { return 2; }
double Scale(const std::vector<std::int64_t>& raw, double factor) { return factor * static_cast<double>(raw.size()); }

Definitions Pipelines() {
  Definitions defs;
  auto raw = defs.Asset("raw", Raw);
  auto factor = defs.Asset("factor", Factor);
  auto scaled = defs.Asset("scaled", Scale);
#if defined(WRONG_ASSET_EDGE)
  scaled.From(raw, raw);
#elif defined(MISSING_ASSET_EDGE)
  scaled.From(raw);
#else
  scaled.From(raw, factor);
#endif

  auto one = defs.Op("one", [] { return 1.0; });
  auto text = defs.Op("text", [](const std::string& value) { return value; });
  auto half = defs.Op("half", [](double value) { return value / 2; });
  defs.Job("job", [&](GraphBuilder& graph) {
#if defined(WRONG_OP_EDGE)
    graph.Call(text, graph.Call(one));
#else
    graph.Call(half, graph.Call(one));
#endif
  });

#if defined(WRONG_CHECK_EDGE)
  defs.AssetCheck("is_positive", raw, [](double value) { return value > 0; });
#else
  defs.AssetCheck("is_positive", factor, [](double value) { return value > 0; });
#endif
  return defs;
}
