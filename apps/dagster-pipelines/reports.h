#pragma once

#include <string>

#include <tidemill/sdk/sdk.h>

namespace demo {

/// Where the reports are written: a resource, so that each deployment and each run may set it.
struct ReportFolder : tidemill::sdk::Config {
  std::string folder = "reports";  ///< Relative paths start at $DAGSTER_HOME.

  /// Writes one report and returns its path.
  std::string Write(const std::string& name, const std::string& text) const;
};
BOOST_DESCRIBE_STRUCT(ReportFolder, (), (folder))

}  // namespace demo
