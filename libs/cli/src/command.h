#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidemill::cli {

// One struct for each command of `tidemill`, with what its options say. Absent options are empty.

/// Which code locations a command asks.
struct LocationOptions {
  std::vector<std::string> executables;
  std::optional<std::string> repository;
};

/// What a run is started with.
struct RunOptions {
  std::vector<std::string> config;  ///< Files, file patterns, or JSON or YAML text that starts with '{'.
  std::optional<std::string> config_json;
  std::vector<std::string> tags;  ///< JSON objects or key=value.
  std::optional<std::string> partition;
  std::optional<std::string> partition_range;
  std::optional<std::string> run_id;
};

struct AssetList {
  std::optional<std::string> home;
  LocationOptions location;
  std::optional<std::string> select;
  bool json = false;
};

struct AssetMaterialize {
  std::optional<std::string> home;
  LocationOptions location;
  std::string select;
  RunOptions run;
  bool json = false;
};

struct AssetCheck {
  std::optional<std::string> home;
  LocationOptions location;
  std::optional<std::string> select;  ///< Assets whose checks are meant.
  std::vector<std::string> checks;    ///< "asset/key:check", or a check's name.
  RunOptions run;
  bool json = false;
};

struct AssetWipe {
  std::optional<std::string> home;
  std::vector<std::string> keys;
  bool all = false;
  bool no_prompt = false;
  bool json = false;
};

struct JobList {
  LocationOptions location;
  bool json = false;
};

struct JobExecute {
  std::optional<std::string> home;
  LocationOptions location;
  std::optional<std::string> job;
  std::optional<std::string> op_selection;
  RunOptions run;
  bool json = false;
};

struct JobPrint {
  LocationOptions location;
  std::optional<std::string> job;
  bool json = false;
};

struct RunList {
  std::optional<std::string> home;
  std::int64_t limit = 25;
  std::optional<std::string> job;
  std::vector<std::string> statuses;
  std::vector<std::string> tags;  ///< key=value.
  bool json = false;
};

struct RunShow {
  std::optional<std::string> home;
  std::string run_id;
  bool json = false;
};

struct RunLogs {
  std::optional<std::string> home;
  std::string run_id;
  bool follow = false;
  bool raw_stdout = false;
  bool raw_stderr = false;
  std::optional<std::string> step;
  std::string level = "DEBUG";
  bool json = false;
};

struct RunDelete {
  std::optional<std::string> home;
  std::string run_id;
  bool force = false;
};

struct RunCancel {
  std::optional<std::string> home;
  std::string run_id;
  bool force = false;
  bool json = false;
};

struct RunReexecute {
  std::optional<std::string> home;
  LocationOptions location;
  std::string run_id;
  bool from_failure = false;
  std::optional<std::string> steps;  ///< Comma-separated step keys.
  std::vector<std::string> tags;
  bool json = false;
};

struct InstanceInfo {
  std::optional<std::string> home;
  bool json = false;
};

struct InstanceMigrate {
  std::optional<std::string> home;
};

struct DefinitionsValidate {
  LocationOptions location;
  bool json = false;
};

/// Which code locations a server keeps loaded.
struct WorkspaceOptions {
  std::vector<std::string> workspace_files;
  std::vector<std::string> python_files;
  std::vector<std::string> modules;
  std::vector<std::string> packages;
  std::vector<std::string> executables;
  std::optional<std::string> attribute;          ///< Of every Python location.
  std::optional<std::string> working_directory;  ///< Of every Python location.
};

struct Dev {
  std::optional<std::string> home;
  WorkspaceOptions workspace;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3000;
  std::string path_prefix;
  bool read_only = false;
};

struct Completion {
  std::string shell;
};

/// Text that the command line itself answers with: help and version.
struct Print {
  std::string text;
};

using Command = std::variant<AssetList, AssetMaterialize, AssetCheck, AssetWipe, JobList, JobExecute, JobPrint, RunList,
                             RunShow, RunLogs, RunDelete, RunCancel, RunReexecute, InstanceInfo, InstanceMigrate,
                             DefinitionsValidate, Dev, Completion, Print>;

}  // namespace tidemill::cli
