#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/event_sink.h>

#include "line_channel.h"

namespace tidemill::engine {

/// The instance as a step's process sees it: its events go to the run's worker, which also answers its questions. Any
/// thread may use the parts.
class RemoteInstance final : public EventSink, public AssetVersions, public assets::DynamicPartitionsSource {
 public:
  explicit RemoteInstance(LineChannel& channel) : channel_(channel) {}

  void Write(model::EventLogEntry entry) override;
  void WroteFile(const std::filesystem::path& path) override;
  /// Returns at once: the worker makes events durable, and no one starts before what it needs is.
  void Flush() override {}

  std::optional<AssetVersion> Latest(const model::AssetKey& key, const std::vector<std::string>& partitions) override;
  std::optional<AssetVersion> LatestOfPartition(const model::AssetKey& key, const std::string& partition) override;
  void Written(const model::AssetKey&) override {}

  std::vector<std::string> Keys(std::string_view name) const override;
  bool Has(std::string_view name, std::string_view key) const override;

 private:
  json::Value Ask(json::Object question) const;

  LineChannel& channel_;
  mutable std::mutex mutex_;  // Held for a line, or for a question and its reply.
};

/// The worker's answer to a question of a step's process. Throws Error(kInvalidArgument) for one that it does not know.
json::Value AnswerQuestion(const json::Value& question, AssetVersions& versions,
                           const assets::DynamicPartitionsSource& partitions);

}  // namespace tidemill::engine
