#include "metadata.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <tidemill/base/error.h>

namespace tidemill::api {
namespace {

namespace kind = model::metadata;

/// The object type of each alternative of model::MetadataValue, in its order; the last is metadata::Unknown.
constexpr std::string_view kTypes[] = {
    "NullMetadataEntry",  "TextMetadataEntry",        "UrlMetadataEntry",
    "PathMetadataEntry",  "NotebookMetadataEntry",    "MarkdownMetadataEntry",
    "JsonMetadataEntry",  "IntMetadataEntry",         "FloatMetadataEntry",
    "BoolMetadataEntry",  "TimestampMetadataEntry",   "PythonArtifactMetadataEntry",
    "AssetMetadataEntry", "PipelineRunMetadataEntry", "JobMetadataEntry",
    "TableMetadataEntry", "TableSchemaMetadataEntry", "TableColumnLineageMetadataEntry",
};
static_assert(std::size(kTypes) + 1 == std::variant_size_v<model::MetadataValue>);

/// Values of classes that the model keeps as JSON: numbers in another form than Dagster's own, and the kinds that only
/// definitions have.
constexpr std::pair<std::string_view, std::string_view> kTypesOfClasses[] = {
    {"IntMetadataEntryData", "IntMetadataEntry"},
    {"FloatMetadataEntryData", "FloatMetadataEntry"},
    {"BoolMetadataEntryData", "BoolMetadataEntry"},
    {"TimestampMetadataValue", "TimestampMetadataEntry"},
    {"PoolMetadataValue", "PoolMetadataEntry"},
    {"ObjectMetadataValue", "TextMetadataEntry"},
    {"CodeReferencesMetadataValue", "CodeReferencesMetadataEntry"},
};

template <class Kind>
const Kind& As(const MetadataEntry& entry) {
  return std::get<Kind>(*entry.value);
}

/// A member of a value that was kept as JSON; null if it has none.
const json::Value& MemberOf(const model::MetadataValue& value, std::string_view key) {
  static const json::Value kNull;
  const json::Value* member = std::get<kind::Unknown>(value).data.Find(key);
  return member == nullptr ? kNull : *member;
}

/// The number behind an int, float or timestamp entry, whatever its kind.
json::Value NumberOf(const MetadataEntry& entry) {
  if (const auto* it = std::get_if<kind::Int>(entry.value)) return it->value;
  if (const auto* it = std::get_if<kind::Float>(entry.value)) return it->value;
  if (const auto* it = std::get_if<kind::Timestamp>(entry.value)) return it->seconds;
  return MemberOf(*entry.value, "value");
}

/// Python's str() of a number or None.
std::string PythonText(const json::Value& number) {
  if (number.is_null()) return "None";
  if (!number.is_double()) return json::Dump(number);
  const double value = number.AsDouble();
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return json::Dump(number);
}

/// GraphQL's Int has 32 bits: a larger one is null, its text is not.
std::optional<std::int64_t> IntOf(const MetadataEntry& entry) {
  const json::Value number = NumberOf(entry);
  if (!number.is_int()) return std::nullopt;
  const std::int64_t value = number.AsInt();
  const bool fits =
      value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
  return fits ? std::optional(value) : std::nullopt;
}

std::optional<double> FloatOf(const MetadataEntry& entry) {
  const json::Value number = NumberOf(entry);
  if (!number.is_number() || !std::isfinite(number.AsDouble())) return std::nullopt;
  return number.AsDouble();
}

std::optional<bool> BoolOf(const MetadataEntry& entry) {
  if (const auto* it = std::get_if<kind::Bool>(entry.value)) return it->value;
  const json::Value& value = MemberOf(*entry.value, "value");
  return value.is_bool() ? std::optional(value.AsBool()) : std::nullopt;
}

const std::string& TextOf(const MetadataEntry& entry) {
  if (const auto* it = std::get_if<kind::Text>(entry.value)) return it->text;
  return MemberOf(*entry.value, "class_name").AsString();
}

struct CodeReference {
  const json::Value* data;
};

std::optional<std::string> OptionalText(const json::Value& object, std::string_view key) {
  const json::Value* member = object.Find(key);
  return member == nullptr || member->is_null() ? std::nullopt : std::optional(member->AsString());
}

std::vector<CodeReference> CodeReferencesOf(const MetadataEntry& entry) {
  std::vector<CodeReference> references;
  for (const json::Value& reference : MemberOf(*entry.value, "code_references").AsArray()) {
    references.push_back({&reference});
  }
  return references;
}

void BindCodeReferences(graphql::Schema& schema) {
  schema.Object<MetadataEntry>("CodeReferencesMetadataEntry").Field("codeReferences", CodeReferencesOf);
  const auto label = [](const CodeReference& reference) { return OptionalText(*reference.data, "label"); };
  schema.Object<CodeReference>("LocalFileCodeReference")
      .Field("filePath", [](const CodeReference& reference) { return OptionalText(*reference.data, "file_path"); })
      .Field("lineNumber",
             [](const CodeReference& reference) -> std::optional<std::int64_t> {
               const json::Value* line = reference.data->Find("line_number");
               return line == nullptr || line->is_null() ? std::nullopt : std::optional(line->AsInt());
             })
      .Field("label", label);
  schema.Object<CodeReference>("UrlCodeReference")
      .Field("url", [](const CodeReference& reference) { return OptionalText(*reference.data, "url"); })
      .Field("label", label);
  schema.TypeOf<CodeReference>([](const CodeReference& reference) {
    return OptionalText(*reference.data, "__class__").value_or("LocalFileCodeReference");
  });
}

struct TableConstraints {
  const model::TableSchema* schema;
};

struct ColumnConstraints {
  const model::TableColumn* column;
};

std::vector<std::string> RecordsOf(const kind::Table& table) {
  std::vector<std::string> records;
  for (const json::Object& record : table.records) records.push_back(json::Dump(record));
  return records;
}

void BindTables(graphql::Schema& schema) {
  schema.Object<TableConstraints>("TableConstraints")
      .Field("other",
             [](const TableConstraints& it) -> const std::vector<std::string>& { return it.schema->constraints; });
  schema.Object<ColumnConstraints>("TableColumnConstraints")
      .Field("nullable", [](const ColumnConstraints& it) { return it.column->nullable; })
      .Field("unique", [](const ColumnConstraints& it) { return it.column->unique; })
      .Field("other", [](const ColumnConstraints& it) -> const std::vector<std::string>& {
        return it.column->other_constraints;
      });
  schema.Object<model::TableColumn>("TableColumn")
      .Field("name", &model::TableColumn::name)
      .Field("type", &model::TableColumn::type)
      .Field("description", &model::TableColumn::description)
      .Field("constraints", [](const model::TableColumn& column) { return ColumnConstraints{&column}; })
      .Field("tags", &model::TableColumn::tags);
  schema.Object<model::TableSchema>("TableSchema")
      .Field("constraints", [](const model::TableSchema& table) { return TableConstraints{&table}; })
      .Field("columns", &model::TableSchema::columns);
  schema.Object<kind::Table>("Table").Field("schema", &kind::Table::schema).Field("records", RecordsOf);

  schema.Object<model::ColumnDependency>("TableColumnDep")
      .Field("assetKey", &model::ColumnDependency::asset_key)
      .Field("columnName", &model::ColumnDependency::column_name);
  using Lineage = std::pair<std::string, std::vector<model::ColumnDependency>>;
  schema.Object<Lineage>("TableColumnLineageEntry")
      .Field("columnName", &Lineage::first)
      .Field("columnDeps", &Lineage::second);
}

void BindStructuredEntries(graphql::Schema& schema) {
  schema.Object<MetadataEntry>("JsonMetadataEntry").Field("jsonString", [](const MetadataEntry& entry) {
    return json::Dump(As<kind::Json>(entry).data);
  });
  schema.Object<MetadataEntry>("PythonArtifactMetadataEntry")
      .Field("module", [](const MetadataEntry& entry) { return As<kind::PythonArtifact>(entry).module; })
      .Field("name", [](const MetadataEntry& entry) { return As<kind::PythonArtifact>(entry).name; });
  schema.Object<MetadataEntry>("AssetMetadataEntry")
      .Field("assetKey",
             [](const MetadataEntry& entry) -> const model::AssetKey& { return As<kind::Asset>(entry).asset_key; });
  schema.Object<MetadataEntry>("PipelineRunMetadataEntry").Field("runId", [](const MetadataEntry& entry) {
    return As<kind::Run>(entry).run_id;
  });
  schema.Object<MetadataEntry>("JobMetadataEntry")
      .Field("jobName", [](const MetadataEntry& entry) { return As<kind::Job>(entry).job_name; })
      .Field("repositoryName", [](const MetadataEntry& entry) { return As<kind::Job>(entry).repository_name; })
      .Field("locationName", [](const MetadataEntry& entry) { return As<kind::Job>(entry).location_name; });
  schema.Object<MetadataEntry>("TableMetadataEntry")
      .Field("table", [](const MetadataEntry& entry) -> const kind::Table& { return As<kind::Table>(entry); });
  schema.Object<MetadataEntry>("TableSchemaMetadataEntry")
      .Field("schema", [](const MetadataEntry& entry) -> const model::TableSchema& {
        return As<kind::ColumnSchema>(entry).schema;
      });
  schema.Object<MetadataEntry>("TableColumnLineageMetadataEntry")
      .Field(
          "lineage", [](const MetadataEntry& entry) -> const auto& {
            return As<kind::ColumnLineage>(entry).dependencies_by_column;
          });
}

void BindPlainEntries(graphql::Schema& schema) {
  schema.Object<MetadataEntry>("NullMetadataEntry");
  schema.Object<MetadataEntry>("TextMetadataEntry").Field("text", TextOf);
  schema.Object<MetadataEntry>("UrlMetadataEntry").Field("url", [](const MetadataEntry& entry) {
    return As<kind::Url>(entry).url;
  });
  schema.Object<MetadataEntry>("PathMetadataEntry").Field("path", [](const MetadataEntry& entry) {
    return As<kind::Path>(entry).path;
  });
  schema.Object<MetadataEntry>("NotebookMetadataEntry").Field("path", [](const MetadataEntry& entry) {
    return As<kind::Notebook>(entry).path;
  });
  schema.Object<MetadataEntry>("MarkdownMetadataEntry").Field("mdStr", [](const MetadataEntry& entry) {
    return As<kind::Markdown>(entry).text;
  });
  schema.Object<MetadataEntry>("PoolMetadataEntry").Field("pool", [](const MetadataEntry& entry) {
    return MemberOf(*entry.value, "name").AsString();
  });
  const auto text_of_number = [](const MetadataEntry& entry) { return PythonText(NumberOf(entry)); };
  schema.Object<MetadataEntry>("IntMetadataEntry").Field("intValue", IntOf).Field("intRepr", text_of_number);
  schema.Object<MetadataEntry>("FloatMetadataEntry").Field("floatValue", FloatOf).Field("floatRepr", text_of_number);
  schema.Object<MetadataEntry>("BoolMetadataEntry").Field("boolValue", BoolOf);
  schema.Object<MetadataEntry>("TimestampMetadataEntry").Field("timestamp", FloatOf);
}

}  // namespace

std::string_view MetadataTypeOf(const model::MetadataValue& value) {
  if (value.index() < std::size(kTypes)) return kTypes[value.index()];
  const json::Value& name = MemberOf(value, "__class__");
  for (const auto& [class_name, type] : kTypesOfClasses) {
    if (name.is_string() && name.AsString() == class_name) return type;
  }
  throw Error(Code::kUnimplemented, "metadata of the kind " + json::Dump(name) + " has no type in the API");
}

std::vector<MetadataEntry> MetadataEntries(const model::Metadata& metadata) {
  std::vector<MetadataEntry> entries;
  entries.reserve(metadata.size());
  for (const auto& [label, value] : metadata) {
    MetadataTypeOf(value);
    entries.push_back({&label, &value});
  }
  return entries;
}

void BindMetadata(graphql::Schema& schema) {
  schema.Interface<MetadataEntry>("MetadataEntry")
      .Field("label", [](const MetadataEntry& entry) { return std::string_view(*entry.label); })
      // Dagster has dropped descriptions of entries; the field has stayed.
      .Field("description", [](const MetadataEntry&) { return std::optional<std::string>(); });
  schema.TypeOf<MetadataEntry>([](const MetadataEntry& entry) { return MetadataTypeOf(*entry.value); });
  BindPlainEntries(schema);
  BindStructuredEntries(schema);
  BindCodeReferences(schema);
  BindTables(schema);
}

}  // namespace tidemill::api
