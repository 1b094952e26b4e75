#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Binds the values that many subjects give as the model has them: model::AssetKey, model::AssetCheckKey
/// (AssetCheckhandle), and the members of model::Tags as PipelineTag, EventTag, DefinitionTag and
/// MetadataItemDefinition, so that a resolver may return a `const model::Tags&`.
void BindKeys(graphql::Schema& schema);

}  // namespace tidemill::api
