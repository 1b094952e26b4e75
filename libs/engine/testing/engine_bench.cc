// Steps per second of one run, every event durable: `tidemill_engine_bench JOB [RUNS]`, e.g. chain-1000 or
// wide-1000-mp.
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "run_fixture.h"

int main(int argc, char** argv) {
  using namespace tidemill;
  if (argc < 2) return 2;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 3;
  engine::testing::RunFixture fixture;
  fixture.options.step_command = {TIDEMILL_WORKER, "api", "execute_step"};
  for (int i = 0; i < runs; ++i) {
    const std::string run = fixture.CreateRun(argv[1]);
    const auto start = std::chrono::steady_clock::now();
    const engine::RunEnd end = fixture.Execute(run);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    std::size_t steps = 0;
    for (const std::string& line : fixture.Story(run)) steps += line.rfind("STEP_SUCCESS", 0) == 0 ? 1 : 0;
    fmt::print("{}: {} steps in {:.3f} s: {:.0f} steps/s{}\n", argv[1], steps, taken.count(),
               static_cast<double>(steps) / taken.count(), end == engine::RunEnd::kSucceeded ? "" : " (failed)");
  }
}
