#pragma once

#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/metadata.h>

namespace tidemill::api {

/// One entry of an event's or a definition's metadata, bound to every type that implements MetadataEntry. Points into
/// what it was made from.
struct MetadataEntry {
  const std::string* label = nullptr;
  const model::MetadataValue* value = nullptr;
};

/// The entries of `metadata`, in its order. Throws Error(kUnimplemented) for a kind that the API has no type for.
std::vector<MetadataEntry> MetadataEntries(const model::Metadata& metadata);

/// The object type that stands for the value, e.g. "IntMetadataEntry".
std::string_view MetadataTypeOf(const model::MetadataValue& value);

void BindMetadata(graphql::Schema& schema);

}  // namespace tidemill::api
