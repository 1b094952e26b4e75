#include "keys.h"

#include <tidemill/model/ids.h>
#include <tidemill/model/metadata.h>

namespace tidemill::api {

void BindKeys(graphql::Schema& schema) {
  schema.Object<model::AssetKey>("AssetKey").Field("path", &model::AssetKey::path);
  schema.Object<model::AssetCheckKey>("AssetCheckhandle")
      .Field("name", &model::AssetCheckKey::name)
      .Field("assetKey", &model::AssetCheckKey::asset_key);

  using Tag = model::Tags::value_type;
  for (const char* type : {"PipelineTag", "EventTag", "DefinitionTag", "MetadataItemDefinition"}) {
    schema.Object<Tag>(type).Field("key", &Tag::first).Field("value", &Tag::second);
  }
}

}  // namespace tidemill::api
