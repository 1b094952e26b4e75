#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/ids.h>

namespace tidemill::model {

/// One column of a table's schema.
struct TableColumn {
  std::string name;
  std::string type = "string";
  std::optional<std::string> description;
  bool nullable = true;
  bool unique = false;
  std::vector<std::string> other_constraints;
  std::vector<std::pair<std::string, std::string>> tags;
};

struct TableSchema {
  std::vector<TableColumn> columns;
  std::vector<std::string> constraints;
};

struct ColumnDependency {
  AssetKey asset_key;
  std::string column_name;
};

namespace metadata {

struct Null {};
struct Text {
  std::string text;
};
struct Url {
  std::string url;
};
struct Path {
  std::string path;
};
struct Notebook {
  std::string path;
};
struct Markdown {
  std::string text;
};
struct Json {
  json::Value data;
};
struct Int {
  json::Value value;
};  ///< An integer of any size.
struct Float {
  double value;
};
struct Bool {
  bool value;
};
struct Timestamp {
  double seconds;
};  ///< Since the epoch.
struct PythonArtifact {
  std::string module;
  std::string name;
};
struct Asset {
  AssetKey asset_key;
};
struct Run {
  std::string run_id;
};
struct Job {
  std::string job_name;
  std::string location_name;
  std::optional<std::string> repository_name;
};
struct Table {
  std::vector<json::Object> records;
  TableSchema schema;
};
struct ColumnSchema {
  TableSchema schema;
};
struct ColumnLineage {
  std::vector<std::pair<std::string, std::vector<ColumnDependency>>> dependencies_by_column;
};
/// A class this version does not know, kept as it was read.
struct Unknown {
  json::Value data;
};

}  // namespace metadata

/// What a metadata entry holds; one alternative for each kind Dagster has.
using MetadataValue =
    std::variant<metadata::Null, metadata::Text, metadata::Url, metadata::Path, metadata::Notebook, metadata::Markdown,
                 metadata::Json, metadata::Int, metadata::Float, metadata::Bool, metadata::Timestamp,
                 metadata::PythonArtifact, metadata::Asset, metadata::Run, metadata::Job, metadata::Table,
                 metadata::ColumnSchema, metadata::ColumnLineage, metadata::Unknown>;

/// Label and value, in the order the user gave.
using Metadata = std::vector<std::pair<std::string, MetadataValue>>;

using Tags = std::vector<std::pair<std::string, std::string>>;  ///< Key and value, keys unique.

/// The tag's value, or null if there is none.
const std::string* FindTag(const Tags& tags, std::string_view key);
/// Sets the tag in place or at the end.
void SetTag(Tags& tags, std::string_view key, std::string value);

}  // namespace tidemill::model
