#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/engine/definitions.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/event_sink.h>
#include <tidemill/engine/run_config.h>

namespace tidemill::engine {

/// Thrown when a resource could not be made; the event that says so is written already.
class ResourceInitError : public std::runtime_error {
 public:
  ResourceInitError(const std::string& message, model::ErrorInfo info)
      : std::runtime_error(message), info_(std::move(info)) {}
  const model::ErrorInfo& info() const { return info_; }

 private:
  model::ErrorInfo info_;
};

/// The resources that the steps of this process share. Destroyed in the reverse order of their making.
class ResourceSet final {
 public:
  struct Surroundings {
    const JobDefinition& job;
    const RunConfig& config;
    const EventBuilder& events;
    EventSink& sink;
    const std::filesystem::path& storage_root;
    const StepIdentity* only_step = nullptr;  ///< Named by the events if the process executes only one step.
  };

  /// Makes the resources, each after those that it needs, and says so in the run's events. Throws ResourceInitError;
  /// Error(kInvalidArgument) that names the key if the job has no such resource.
  ResourceSet(const Surroundings& surroundings, const std::set<std::string>& keys);
  ~ResourceSet();
  ResourceSet(const ResourceSet&) = delete;
  ResourceSet& operator=(const ResourceSet&) = delete;

  /// Null if there is none of this key.
  const ResourceRef* Find(std::string_view key) const;
  /// Throws Error(kInvalidArgument) if the resource is absent or no IO manager.
  IoManager& GetIoManager(std::string_view key) const;
  std::vector<std::string> keys() const { return order_; }

 private:
  void Make(const Surroundings& surroundings, const std::string& key, model::Metadata& metadata);

  std::map<std::string, ResourceRef, std::less<>> resources_;
  std::vector<std::string> order_;
};

}  // namespace tidemill::engine
