#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "pipelines.h"

namespace demo {
namespace {

using namespace tidemill::sdk;

int FromEnvironment(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::stoi(text) : otherwise;
}

}  // namespace

/// FANOUT_STEPS (default 100) and FANOUT_DEPTH (default 1) are read when the definitions are loaded: FANOUT_STEPS /
/// FANOUT_DEPTH chains, each of FANOUT_DEPTH steps.
void AddFanout(Definitions& defs) {
  const int steps = FromEnvironment("FANOUT_STEPS", 100);
  const int depth = FromEnvironment("FANOUT_DEPTH", 1);

  auto first = defs.Op("first", [] { return std::int64_t{1}; }).Description("Starts a chain.");
  auto following = defs.Op("following", [](std::int64_t number) { return number + 1; })
                       .InputNames({"number"})
                       .Description("Adds one to what the step before gave.");
  const auto chains = [&](GraphBuilder& graph) {
    for (int chain = 0; chain < steps / depth; ++chain) {
      auto number = graph.Call(first).As(fmt::format("s{:06}_0", chain));
      for (int i = 1; i < depth; ++i) number = graph.Call(following, number).As(fmt::format("s{:06}_{}", chain, i));
    }
  };
  defs.Job("fanout_job", chains).Description("Chains of small steps.").Executor(InProcess());
  defs.Job("fanout_multiprocess_job", chains).Description("Chains of small steps.").Executor(Multiprocess(2));
}

}  // namespace demo
