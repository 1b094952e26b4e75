#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

template <>
std::string PythonText(const model::AssetKey& key) {
  std::string text = "AssetKey([";
  for (const std::string& part : key.path) {
    if (&part != &key.path.front()) text.append(", ");
    AppendPythonRepr(text, part);
  }
  text.append("])");
  return text;
}

template <>
std::string PythonText(const model::AssetCheckKey& key) {
  std::string text = "AssetCheckKey(asset_key=" + PythonText(key.asset_key) + ", name=";
  AppendPythonRepr(text, key.name);
  text.push_back(')');
  return text;
}

template <>
constexpr auto kClass<model::AssetKey> = Class<model::AssetKey, "AssetKey">(Field<"path", &model::AssetKey::path>);

template <>
constexpr auto kClass<model::AssetCheckKey> = Class<model::AssetCheckKey, "AssetCheckKey">(
    Field<"asset_key", &model::AssetCheckKey::asset_key>, Field<"name", &model::AssetCheckKey::name>);

template <>
constexpr auto kClass<model::ErrorInfo> = Class<model::ErrorInfo, "SerializableErrorInfo">(
    Field<"cause", &model::ErrorInfo::cause>, Field<"cls_name", &model::ErrorInfo::cls_name>,
    Field<"context", &model::ErrorInfo::context>, Field<"message", &model::ErrorInfo::message>,
    Field<"stack", &model::ErrorInfo::stack>);

template struct External<model::AssetKey>;
template struct External<model::AssetCheckKey>;
template struct External<model::ErrorInfo>;

void Codec<model::NodeHandle>::Write(std::string& out, const model::NodeHandle& handle) {
  for (auto name = handle.path.rbegin(); name != handle.path.rend(); ++name) {
    out.append(R"({"__class__": "SolidHandle", "name": )");
    json::AppendQuoted(out, *name);
    out.append(R"(, "parent": )");
  }
  out.append("null");
  out.append(handle.path.size(), '}');
}

model::NodeHandle Codec<model::NodeHandle>::Read(const json::Value& value) {
  model::NodeHandle handle;
  for (const json::Value* part = &value; part != nullptr && !part->is_null(); part = part->Find("parent")) {
    handle.path.push_back(ObjectOfClass(*part, "SolidHandle").At("name").AsString());
  }
  if (handle.path.empty()) ThrowInvalid("a SolidHandle is expected where the JSON value is null");
  std::reverse(handle.path.begin(), handle.path.end());
  return handle;
}

TIDEMILL_SERDES_INSTANTIATE(model::AssetKey);
TIDEMILL_SERDES_INSTANTIATE(model::AssetCheckKey);
TIDEMILL_SERDES_INSTANTIATE(model::ErrorInfo);

}  // namespace tidemill::serdes
