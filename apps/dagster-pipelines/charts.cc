#include "charts.h"

#include <algorithm>

#include <fmt/format.h>

namespace demo {
namespace {

constexpr int kWidth = 640;
constexpr int kHeight = 240;
constexpr int kMargin = 24;

std::string Frame(const std::string& title, const std::string& body) {
  return fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" role="img">)"
                     R"(<title>{2}</title><rect width="{0}" height="{1}" fill="#fbfaf7"/>{3})"
                     R"(<text x="{4}" y="16" font-family="sans-serif" font-size="12">{2}</text></svg>)",
                     kWidth, kHeight, title, body, kMargin);
}

}  // namespace

std::string LineChart(const std::string& title, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double span = *high > *low ? *high - *low : 1.0;
  const double step = (kWidth - 2.0 * kMargin) / static_cast<double>(std::max<std::size_t>(values.size() - 1, 1));
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    points += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "" : " ", kMargin + static_cast<double>(i) * step,
                          kHeight - kMargin - (values[i] - *low) / span * (kHeight - 2 * kMargin));
  }
  return Frame(title,
               fmt::format(R"(<polyline fill="none" stroke="#1f6f8b" stroke-width="1.5" points="{}"/>)", points));
}

std::string BarChart(const std::string& title, const std::vector<std::string>& labels,
                     const std::vector<double>& values) {
  const double high = std::max(*std::max_element(values.begin(), values.end()), 1e-9);
  const double step = (kWidth - 2.0 * kMargin) / static_cast<double>(values.size());
  std::string bars;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double height = values[i] / high * (kHeight - 2 * kMargin);
    const double x = kMargin + static_cast<double>(i) * step;
    bars +=
        fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="#1f6f8b"/>)"
                    R"(<text x="{:.1f}" y="{}" font-family="sans-serif" font-size="9" text-anchor="middle">{}</text>)",
                    x + 1, kHeight - kMargin - height, step - 2, height, x + step / 2, kHeight - 8, labels[i]);
  }
  return Frame(title, bars);
}

}  // namespace demo
