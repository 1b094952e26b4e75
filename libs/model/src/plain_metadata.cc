#include <tidemill/model/plain_metadata.h>

namespace tidemill::model {

MetadataValue PlainMetadata(const json::Value& value) {
  if (value.is_null()) return metadata::Null{};
  if (value.is_string()) return metadata::Text{value.AsString()};
  if (value.is_bool()) return metadata::Bool{value.AsBool()};
  if (value.is_double()) return metadata::Float{value.AsDouble()};
  if (value.is_number()) return metadata::Int{value};
  return metadata::Json{value};
}

}  // namespace tidemill::model
