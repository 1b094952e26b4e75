#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/mp11/algorithm.hpp>

#include <tidemill/model/metadata.h>
#include <tidemill/sdk/codec.h>

namespace tidemill::sdk {

using model::AssetCheckKey;
using model::AssetKey;
using model::ColumnDependency;
using model::TableColumn;
using model::TableSchema;
using model::Tags;

/// Every kind of metadata that the user interface shows: Text, Url, Path, Notebook, Markdown, Json, Int, Float, Bool,
/// Timestamp (seconds since the epoch), PythonArtifact, Asset, Run, Job, Table, ColumnSchema, ColumnLineage, Null.
namespace metadata = model::metadata;

/// One metadata value; numbers, text, booleans, JSON, asset keys, schemas and the structs of sdk::metadata convert to
/// it.
class MetadataValue final {
 public:
  template <std::integral T>
  MetadataValue(T value) : value_(Number(Codec<T>::ToJson(value))) {}  // NOLINT(google-explicit-constructor)
  template <std::floating_point T>
  MetadataValue(T value) : value_(metadata::Float{static_cast<double>(value)}) {}           // NOLINT
  MetadataValue(const char* text) : value_(metadata::Text{text}) {}                         // NOLINT
  MetadataValue(std::string text) : value_(metadata::Text{std::move(text)}) {}              // NOLINT
  MetadataValue(std::string_view text) : value_(metadata::Text{std::string(text)}) {}       // NOLINT
  MetadataValue(std::nullptr_t) : value_(metadata::Null{}) {}                               // NOLINT
  MetadataValue(json::Object data) : value_(metadata::Json{std::move(data)}) {}             // NOLINT
  MetadataValue(json::Array data) : value_(metadata::Json{std::move(data)}) {}              // NOLINT
  MetadataValue(AssetKey key) : value_(metadata::Asset{std::move(key)}) {}                  // NOLINT
  MetadataValue(TableSchema schema) : value_(metadata::ColumnSchema{std::move(schema)}) {}  // NOLINT
  MetadataValue(model::MetadataValue value) : value_(std::move(value)) {}                   // NOLINT
  /// One of the structs of sdk::metadata.
  template <class T>
  requires(boost::mp11::mp_contains<model::MetadataValue, T>::value) MetadataValue(T value)
      : value_(std::in_place_type<T>, std::move(value)) {}  // NOLINT

  const model::MetadataValue& value() const { return value_; }

 private:
  static model::MetadataValue Number(json::Value value);

  model::MetadataValue value_;
};

/// Labels and values in the order given: `{{"rows", 1000}, {"docs", metadata::Url{"https://…"}}}`.
class Metadata final {
 public:
  using Entry = std::pair<std::string, MetadataValue>;

  Metadata() = default;
  Metadata(std::initializer_list<Entry> entries);
  Metadata(model::Metadata entries) : entries_(std::move(entries)) {}  // NOLINT(google-explicit-constructor)

  /// Replaces the value of the label, or adds it at the end.
  Metadata& Add(std::string label, MetadataValue value);

  const model::Metadata& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }

 private:
  model::Metadata entries_;
};

namespace detail {

template <class T>
inline constexpr const char* kColumnType = "object";
template <std::integral T>
inline constexpr const char* kColumnType<T> = "int";
template <std::floating_point T>
inline constexpr const char* kColumnType<T> = "float";
template <>
inline constexpr const char* kColumnType<bool> = "bool";
template <>
inline constexpr const char* kColumnType<std::string> = "string";
template <class T>
inline constexpr const char* kColumnType<std::optional<T>> = kColumnType<T>;

}  // namespace detail

/// The columns of a table whose rows are the described struct `Row`; only optional members may be null.
template <detail::DescribedStruct Row>
TableSchema ColumnSchemaOf() {
  TableSchema schema;
  boost::mp11::mp_for_each<detail::MembersOf<Row>>([&schema](auto member) {
    using Member = std::decay_t<decltype(std::declval<Row>().*member.pointer)>;
    TableColumn column;
    column.name = member.name;
    column.type = detail::kColumnType<Member>;
    column.nullable = detail::kIsOptional<Member>;
    schema.columns.push_back(std::move(column));
  });
  return schema;
}

/// The rows as a table.
template <detail::DescribedStruct Row>
metadata::Table TableOf(const std::vector<Row>& rows) {
  metadata::Table table;
  table.schema = ColumnSchemaOf<Row>();
  for (const auto& row : rows) table.records.push_back(Codec<Row>::ToJson(row).AsObject());
  return table;
}

}  // namespace tidemill::sdk
