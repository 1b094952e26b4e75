#pragma once

#include <map>
#include <mutex>
#include <string>

#include <tidemill/engine/io_manager.h>

namespace tidemill::sdk {

/// Where an IO manager keeps an asset or one of its partitions, below its base. An empty partition is none.
std::string StoragePath(const model::AssetKey& asset, std::string_view partition);
/// Where an IO manager keeps the output of an op.
std::string StoragePath(const std::string& run_id, const model::StepOutputHandle& output);

/// Keeps values in the process, under the paths of the file system's IO managers.
class MemoryIoManager final : public engine::IoManager {
 public:
  void HandleOutput(engine::OutputContext& context, const engine::AnyValue& value) override;
  engine::AnyValue LoadInput(engine::InputContext& context) override;

  void Put(const std::string& path, engine::AnyValue value);
  std::map<std::string, engine::AnyValue> values() const;

 private:
  std::shared_ptr<const void> Find(const engine::InputContext& context, const std::string& path,
                                   const engine::ValueType& type) const;

  mutable std::mutex mutex_;
  std::map<std::string, engine::AnyValue> values_;  // Guarded by mutex_.
};

}  // namespace tidemill::sdk
