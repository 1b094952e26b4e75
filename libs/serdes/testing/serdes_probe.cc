// Reads lines "<Type>\t<serdes text>" and writes each text decoded and encoded again, or "error: …". For comparing with
// what the real Dagster wrote (tests/compat/test_serdes.py).
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include <tidemill/base/error.h>
#include <tidemill/model/events.h>
#include <tidemill/model/instigators.h>
#include <tidemill/model/repository_snap.h>
#include <tidemill/serdes/serdes.h>

namespace {

using namespace tidemill;

template <class T>
std::string RoundTrip(std::string_view text) {
  return serdes::Encode(serdes::Decode<T>(text));
}

/// Plain JSON, as the parts are that no struct knows.
std::string RoundTripJson(std::string_view text) { return json::Dump(json::Parse(text), json::Order::kSorted); }

const std::map<std::string, std::function<std::string(std::string_view)>, std::less<>> kTypes = {
    {"AssetKey", RoundTrip<model::AssetKey>},
    {"AssetNodeSnap", RoundTrip<model::AssetNodeSnap>},
    {"DaemonHeartbeat", RoundTrip<model::DaemonHeartbeat>},
    {"DagsterEvent", RoundTrip<model::DagsterEvent>},
    {"ErrorInfo", RoundTrip<model::ErrorInfo>},
    {"EventLogEntry", RoundTrip<model::EventLogEntry>},
    {"EventLogRecord", RoundTrip<model::EventLogRecord>},
    {"InstigatorState", RoundTrip<model::InstigatorState>},
    {"JobDataSnap", RoundTrip<model::JobDataSnap>},
    {"JobSnap", RoundTrip<model::JobSnap>},
    {"Json", RoundTripJson},
    {"KnownState", RoundTrip<model::KnownState>},
    {"PlanSnap", RoundTrip<model::PlanSnap>},
    {"RepositorySnap", RoundTrip<model::RepositorySnap>},
    {"Run", RoundTrip<model::Run>},
    {"TickData", RoundTrip<model::TickData>},
};

std::string Answer(std::string_view line) {
  const std::size_t tab = line.find('\t');
  const auto type = kTypes.find(line.substr(0, tab));
  if (tab == std::string_view::npos || type == kTypes.end()) return "error: no such type";
  try {
    return type->second(line.substr(tab + 1));
  } catch (const Error& error) {
    return std::string("error: ") + error.what();
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << Answer(line) << '\n';
}
