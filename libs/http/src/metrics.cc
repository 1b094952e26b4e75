#include <cstdio>
#include <fstream>

#include <dirent.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tidemill/http/metrics.h>

namespace tidemill::http {

namespace {

void AppendHead(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void AppendGauge(std::string& out, std::string_view name, std::string_view help, std::int64_t value) {
  AppendHead(out, name, "gauge", help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

// A label's value: backslash, quote and newline are escaped.
std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total_pages = 0;
  std::int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * ::sysconf(_SC_PAGESIZE);
}

std::int64_t OpenDescriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::int64_t count = -3;  // ".", ".." and the folder itself.
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

double CpuSeconds() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void AppendProcess(std::string& out) {
  AppendHead(out, "process_cpu_seconds_total", "counter", "User and system CPU time spent, in seconds.");
  fmt::format_to(std::back_inserter(out), "process_cpu_seconds_total {}\n", CpuSeconds());
  AppendGauge(out, "process_resident_memory_bytes", "Resident memory, in bytes.", ResidentBytes());
  AppendGauge(out, "process_open_fds", "Open file descriptors.", OpenDescriptors());
}

}  // namespace

void ServerMetrics::CountRequest(std::string_view route, int status, std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  std::size_t bucket = 0;
  while (bucket < kBucketSeconds.size() && seconds > kBucketSeconds[bucket]) ++bucket;

  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), status}];
  auto found = durations_.find(route);
  if (found == durations_.end()) found = durations_.emplace(std::string(route), Histogram()).first;
  ++found->second.counts[bucket];
  found->second.sum_seconds += seconds;
}

void ServerMetrics::CountRefusal(std::string_view cause) {
  const std::lock_guard lock(mutex_);
  auto found = refusals_.find(cause);
  if (found == refusals_.end()) found = refusals_.emplace(std::string(cause), 0).first;
  ++found->second;
}

void ServerMetrics::AppendText(std::string& out) const {
  {
    const std::lock_guard lock(mutex_);
    const auto to = std::back_inserter(out);
    AppendHead(out, "tidemill_http_requests_total", "counter", "Requests answered, by route and status.");
    for (const auto& [key, count] : requests_) {
      fmt::format_to(to, "tidemill_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", Escaped(key.first),
                     key.second, count);
    }
    constexpr std::string_view kDuration = "tidemill_http_request_duration_seconds";
    AppendHead(out, kDuration, "histogram", "From the end of the request to the end of the handler, in seconds.");
    for (const auto& [route, histogram] : durations_) {
      const std::string label = Escaped(route);
      std::int64_t count = 0;
      for (std::size_t i = 0; i < kBucketSeconds.size(); ++i) {
        count += histogram.counts[i];
        fmt::format_to(to, "{}_bucket{{route=\"{}\",le=\"{}\"}} {}\n", kDuration, label, kBucketSeconds[i], count);
      }
      count += histogram.counts.back();
      fmt::format_to(to,
                     "{0}_bucket{{route=\"{1}\",le=\"+Inf\"}} {2}\n{0}_sum{{route=\"{1}\"}} {3}\n"
                     "{0}_count{{route=\"{1}\"}} {2}\n",
                     kDuration, label, count, histogram.sum_seconds);
    }
    AppendHead(out, "tidemill_http_refusals_total", "counter", "Connections and WebSockets refused or cut, by cause.");
    for (const auto& [cause, count] : refusals_) {
      fmt::format_to(to, "tidemill_http_refusals_total{{cause=\"{}\"}} {}\n", Escaped(cause), count);
    }
  }
  AppendGauge(out, "tidemill_http_connections", "Open connections, WebSockets included.", connections);
  AppendGauge(out, "tidemill_http_websockets", "Open WebSockets.", websockets);
  AppendGauge(out, "tidemill_http_subscriptions", "GraphQL subscriptions that run.", subscriptions);
  AppendProcess(out);
}

}  // namespace tidemill::http
