#include "instance_questions.h"

#include <algorithm>

#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::engine {
namespace {

json::Value ToJson(const std::vector<std::string>& items) {
  json::Array array;
  for (const std::string& item : items) array.emplace_back(item);
  return array;
}

std::vector<std::string> StringsFrom(const json::Value& value) {
  std::vector<std::string> strings;
  for (const json::Value& item : value.AsArray()) strings.push_back(item.AsString());
  return strings;
}

json::Value ToJson(const std::optional<AssetVersion>& version) {
  if (!version) return nullptr;
  return json::Object{{"storage_id", version->storage_id},
                      {"is_materialization", version->is_materialization},
                      {"data_version", version->data_version ? json::Value(*version->data_version) : json::Value()},
                      {"run_id", version->run_id},
                      {"timestamp", version->timestamp}};
}

std::optional<AssetVersion> VersionFrom(const json::Value& value) {
  if (value.is_null()) return std::nullopt;
  const json::Object& object = value.AsObject();
  AssetVersion version;
  version.storage_id = object.At("storage_id").AsInt();
  version.is_materialization = object.At("is_materialization").AsBool();
  if (const json::Value& text = object.At("data_version"); text.is_string()) version.data_version = text.AsString();
  version.run_id = object.At("run_id").AsString();
  version.timestamp = object.At("timestamp").AsDouble();
  return version;
}

model::AssetKey KeyFrom(const json::Value& question) {
  return model::AssetKey(StringsFrom(question.AsObject().At("key")));
}

}  // namespace

void RemoteInstance::Write(model::EventLogEntry entry) {
  const std::string text = serdes::Encode(entry);
  const std::lock_guard lock(mutex_);
  channel_.Send(line_kind::kEvent, text);
}

void RemoteInstance::WroteFile(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  channel_.Send(line_kind::kFile, json::Dump(path.string()));
}

json::Value RemoteInstance::Ask(json::Object question) const {
  const std::lock_guard lock(mutex_);
  channel_.Send(line_kind::kAsk, json::Dump(std::move(question)));
  const auto reply = channel_.Receive();
  if (!reply || reply->empty() || reply->front() != line_kind::kReply) {
    throw Error(Code::kUnavailable, "the run's worker has gone, and with it this step's run");
  }
  return json::Parse(std::string_view(*reply).substr(1));
}

std::optional<AssetVersion> RemoteInstance::Latest(const model::AssetKey& key,
                                                   const std::vector<std::string>& partitions) {
  return VersionFrom(Ask({{"what", "latest"}, {"key", ToJson(key.path)}, {"partitions", ToJson(partitions)}}));
}

std::optional<AssetVersion> RemoteInstance::LatestOfPartition(const model::AssetKey& key,
                                                              const std::string& partition) {
  return VersionFrom(Ask({{"what", "latest_of_partition"}, {"key", ToJson(key.path)}, {"partition", partition}}));
}

std::vector<std::string> RemoteInstance::Keys(std::string_view name) const {
  return StringsFrom(Ask({{"what", "dynamic_partitions"}, {"name", name}}));
}

bool RemoteInstance::Has(std::string_view name, std::string_view key) const {
  const auto keys = Keys(name);
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

json::Value AnswerQuestion(const json::Value& question, AssetVersions& versions,
                           const assets::DynamicPartitionsSource& partitions) {
  const json::Object& object = question.AsObject();
  const std::string& what = object.At("what").AsString();
  if (what == "latest") return ToJson(versions.Latest(KeyFrom(question), StringsFrom(object.At("partitions"))));
  if (what == "latest_of_partition") {
    return ToJson(versions.LatestOfPartition(KeyFrom(question), object.At("partition").AsString()));
  }
  if (what == "dynamic_partitions") return ToJson(partitions.Keys(object.At("name").AsString()));
  throw Error(Code::kInvalidArgument, "a step's process asked for \"" + what + "\", which its worker does not know");
}

}  // namespace tidemill::engine
