#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/http/metrics.h>

namespace tidemill::http {
namespace {

using ::testing::HasSubstr;

TEST(ServerMetricsTest, WritesThePrometheusFormat) {
  ServerMetrics metrics;
  metrics.CountRequest("/a/{\"b\"}", 200, std::chrono::milliseconds(2));
  metrics.CountRequest("/a/{\"b\"}", 200, std::chrono::seconds(20));
  metrics.CountRequest("/a/{\"b\"}", 500, std::chrono::microseconds(1));
  metrics.CountRefusal("slow_reader");
  metrics.websockets = 3;
  std::string text;
  metrics.AppendText(text);
  EXPECT_THAT(text, HasSubstr("# TYPE tidemill_http_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_http_requests_total{route=\"/a/{\\\"b\\\"}\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/a/{\\\"b\\\"}\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/a/{\\\"b\\\"}\",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/a/{\\\"b\\\"}\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_http_refusals_total{cause=\"slow_reader\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_http_websockets 3\n"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(text, ::testing::EndsWith("\n"));
}

}  // namespace
}  // namespace tidemill::http
