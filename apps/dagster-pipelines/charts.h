#pragma once

#include <string>
#include <vector>

namespace demo {

/// One polyline from the left to the right edge, scaled to the values' range. SVG; `values` must not be empty.
std::string LineChart(const std::string& title, const std::vector<double>& values);

/// One bar a value, from zero to the largest, each with its label below. SVG; as many labels as values, at least one.
std::string BarChart(const std::string& title, const std::vector<std::string>& labels,
                     const std::vector<double>& values);

}  // namespace demo
