// Prints the InstanceRef of a home as Dagster's serdes text, for comparing with real Dagster.
//
//   tidemill_instance_probe HOME
#include <cstdio>

#include <tidemill/base/error.h>
#include <tidemill/instance/instance.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: tidemill_instance_probe HOME\n", stderr);
    return 2;
  }
  try {
    const auto instance = tidemill::instance::Instance::Open(argv[1]);
    std::puts(tidemill::json::Dump(instance.Ref(), tidemill::json::Order::kSorted).c_str());
    return 0;
  } catch (const tidemill::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
