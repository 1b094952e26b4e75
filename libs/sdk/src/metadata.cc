#include <algorithm>

#include <tidemill/sdk/metadata.h>

namespace tidemill::sdk {

model::MetadataValue MetadataValue::Number(json::Value value) {
  if (value.is_bool()) return metadata::Bool{value.AsBool()};
  return metadata::Int{std::move(value)};
}

Metadata::Metadata(std::initializer_list<Entry> entries) {
  for (const auto& [label, value] : entries) Add(label, value);
}

Metadata& Metadata::Add(std::string label, MetadataValue value) {
  const auto at = std::ranges::find(entries_, label, &model::Metadata::value_type::first);
  if (at != entries_.end()) {
    at->second = value.value();
  } else {
    entries_.emplace_back(std::move(label), value.value());
  }
  return *this;
}

}  // namespace tidemill::sdk
