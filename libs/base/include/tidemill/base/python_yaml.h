#pragma once

#include <string>

#include <tidemill/base/json.h>

namespace tidemill {

/// How PyYAML is called; the defaults are those of yaml.dump(value, default_flow_style=False).
struct PythonYamlOptions {
  bool allow_unicode = false;  ///< Else characters beyond ASCII are escaped.
  /// Dagster's own dumper, for run configurations: what looks like a date is not quoted, what begins with 0 is.
  bool is_run_config = false;
  bool sort_keys = true;
};

/// The text that PyYAML writes for the value, byte for byte: block style, lines broken at 80 columns.
std::string ToPythonYaml(const json::Value& value, const PythonYamlOptions& options = {});

}  // namespace tidemill
