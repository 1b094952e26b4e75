#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr bool kKeepsAny<metadata::Unknown> = true;

namespace {

constexpr auto kColumnConstraints = Class<TableColumn, "TableColumnConstraints">(
    Field<"nullable", &TableColumn::nullable>, Field<"other", &TableColumn::other_constraints>,
    Field<"unique", &TableColumn::unique>);

constexpr auto kTableConstraints = Class<TableSchema, "TableConstraints">(Field<"other", &TableSchema::constraints>);

constexpr auto kLineage = Class<metadata::ColumnLineage, "TableColumnLineage">(
    Field<"deps_by_column", &metadata::ColumnLineage::dependencies_by_column>);

/// An integer would come back as a float: such a value is kept as it was read instead.
struct OnlyFloat {
  static void Write(std::string& out, double member) { json::AppendDouble(out, member); }
  static void Read(double& member, const json::Value& value) {
    if (!value.is_double()) ThrowInvalid("a float is expected");
    member = value.AsDouble();
  }
};

struct OnlyInt {
  static void Write(std::string& out, const json::Value& member) { Codec<json::Value>::Write(out, member); }
  static void Read(json::Value& member, const json::Value& value) {
    if (!value.is_int() && !value.is_big_int()) ThrowInvalid("an integer is expected");
    member = value;
  }
};

/// Rows of a table, each an object of its own class.
struct AsRecords {
  static void Write(std::string& out, const std::vector<json::Object>& records) {
    out.push_back('[');
    for (const json::Object& record : records) {
      if (&record != &records.front()) out.append(", ");
      out.append(R"({"__class__": "TableRecord", "data": )");
      Codec<json::Object>::Write(out, record);
      out.push_back('}');
    }
    out.push_back(']');
  }
  static void Read(std::vector<json::Object>& records, const json::Value& value) {
    for (const json::Value& record : value.AsArray()) {
      records.push_back(ObjectOfClass(record, "TableRecord").At("data").AsObject());
    }
  }
};

}  // namespace

template <>
constexpr auto kClass<TableColumn> = Class<TableColumn, "TableColumn">(Nested<"constraints", kColumnConstraints>(),
                                                                       Field<"description", &TableColumn::description>,
                                                                       Field<"name", &TableColumn::name>,
                                                                       EmptyableField<"tags", &TableColumn::tags>,
                                                                       Field<"type", &TableColumn::type>);

template <>
constexpr auto kClass<TableSchema> = Class<TableSchema, "TableSchema">(Field<"columns", &TableSchema::columns>,
                                                                       Nested<"constraints", kTableConstraints>());

template <>
constexpr auto kClass<ColumnDependency> = Class<ColumnDependency, "TableColumnDep">(
    Field<"asset_key", &ColumnDependency::asset_key>, Field<"column_name", &ColumnDependency::column_name>);

template <>
constexpr auto kClass<metadata::Null> = Class<metadata::Null, "NullMetadataEntryData">();

template <>
constexpr auto kClass<metadata::Text> =
    Class<metadata::Text, "TextMetadataEntryData">(Field<"text", &metadata::Text::text>);

template <>
constexpr auto kClass<metadata::Url> = Class<metadata::Url, "UrlMetadataEntryData">(Field<"url", &metadata::Url::url>);

template <>
constexpr auto kClass<metadata::Path> =
    Class<metadata::Path, "PathMetadataEntryData">(Field<"path", &metadata::Path::path>);

template <>
constexpr auto kClass<metadata::Notebook> =
    Class<metadata::Notebook, "NotebookMetadataEntryData">(Field<"path", &metadata::Notebook::path>);

template <>
constexpr auto kClass<metadata::Markdown> =
    Class<metadata::Markdown, "MarkdownMetadataEntryData">(Field<"md_str", &metadata::Markdown::text>);

template <>
constexpr auto kClass<metadata::Json> =
    Class<metadata::Json, "JsonMetadataEntryData">(Field<"data", &metadata::Json::data>);

template <>
constexpr auto kClass<metadata::Int> =
    Class<metadata::Int, "IntMetadataEntryData">(Field<"value", &metadata::Int::value, OnlyInt>);

template <>
constexpr auto kClass<metadata::Float> =
    Class<metadata::Float, "FloatMetadataEntryData">(Field<"value", &metadata::Float::value, OnlyFloat>);

template <>
constexpr auto kClass<metadata::Bool> =
    Class<metadata::Bool, "BoolMetadataEntryData">(Field<"value", &metadata::Bool::value>);

template <>
constexpr auto kClass<metadata::Timestamp> =
    Class<metadata::Timestamp, "TimestampMetadataValue">(Field<"value", &metadata::Timestamp::seconds, OnlyFloat>);

template <>
constexpr auto kClass<metadata::PythonArtifact> = Class<metadata::PythonArtifact, "PythonArtifactMetadataEntryData">(
    Field<"module", &metadata::PythonArtifact::module>, Field<"name", &metadata::PythonArtifact::name>);

template <>
constexpr auto kClass<metadata::Asset> =
    Class<metadata::Asset, "DagsterAssetMetadataEntryData">(Field<"asset_key", &metadata::Asset::asset_key>);

template <>
constexpr auto kClass<metadata::Run> =
    Class<metadata::Run, "DagsterPipelineRunMetadataEntryData">(Field<"run_id", &metadata::Run::run_id>);

template <>
constexpr auto kClass<metadata::Job> = Class<metadata::Job, "DagsterJobMetadataValue">(
    Field<"job_name", &metadata::Job::job_name>, Field<"location_name", &metadata::Job::location_name>,
    Field<"repository_name", &metadata::Job::repository_name>);

template <>
constexpr auto kClass<metadata::Table> = Class<metadata::Table, "TableMetadataEntryData">(
    Field<"records", &metadata::Table::records, AsRecords>, Field<"schema", &metadata::Table::schema>);

template <>
constexpr auto kClass<metadata::ColumnSchema> =
    Class<metadata::ColumnSchema, "TableSchemaMetadataEntryData">(Field<"schema", &metadata::ColumnSchema::schema>);

template <>
constexpr auto kClass<metadata::ColumnLineage> =
    Class<metadata::ColumnLineage, "TableColumnLineageMetadataValue">(Nested<"column_lineage", kLineage>());

// MetadataValue is a plain variant, so its codec is a specialization of the variants' one.
void Codec<MetadataValue>::Write(std::string& out, const MetadataValue& value) {
  OneOf<MetadataValue>::Write(out, value);
}

MetadataValue Codec<MetadataValue>::Read(const json::Value& value) { return OneOf<MetadataValue>::Read(value); }

void AsEntries::Write(std::string& out, const Metadata& metadata) {
  out.push_back('[');
  bool first = true;
  for (const auto& [label, value] : metadata) {
    if (!first) out.append(", ");
    first = false;
    out.append(R"({"__class__": "EventMetadataEntry", "description": null, "entry_data": )");
    OneOf<MetadataValue>::Write(out, value);
    out.append(R"(, "label": )");
    json::AppendQuoted(out, label);
    out.push_back('}');
  }
  out.push_back(']');
}

void AsEntries::Read(Metadata& metadata, const json::Value& value) {
  metadata.clear();
  if (value.is_null()) return;
  for (const json::Value& item : value.AsArray()) {
    const json::Object& entry = ObjectOfClass(item, "EventMetadataEntry");
    metadata.emplace_back(entry.At("label").AsString(), OneOf<MetadataValue>::Read(entry.At("entry_data")));
  }
}

TIDEMILL_SERDES_INSTANTIATE(MetadataValue);

}  // namespace tidemill::serdes
