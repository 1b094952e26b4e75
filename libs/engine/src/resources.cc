#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/engine/resources.h>

namespace tidemill::engine {
namespace {

/// What a resource's factory may know.
class InitContext final : public ResourceInitContext {
 public:
  InitContext(const ResourceSet::Surroundings& surroundings, const ResourceSet& resources, std::string_view key)
      : surroundings_(surroundings), resources_(resources), key_(key) {}

  const json::Value& config() const override { return surroundings_.config.ResourceConfig(key_); }
  ResourceRef Resource(std::string_view key) override {
    const ResourceRef* found = resources_.Find(key);
    if (found == nullptr) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("resource {} asks for \"{}\", which is not among the resources that "
                              "it declares to need",
                              key_, key));
    }
    return *found;
  }
  const std::string& run_id() const override { return surroundings_.events.run_id(); }
  const std::filesystem::path& storage_root() const override { return surroundings_.storage_root; }
  void Log(int level, std::string message) override {
    surroundings_.sink.Write(surroundings_.events.Log(level, std::move(message)));
  }

 private:
  const ResourceSet::Surroundings& surroundings_;
  const ResourceSet& resources_;
  const std::string_view key_;
};

/// The keys, each level of what needs what sorted by name.
std::vector<std::string> InitOrder(const JobDefinition& job, const std::set<std::string>& keys) {
  std::map<std::string, std::set<std::string>> needs;
  for (const std::string& key : keys) {
    const auto resource = job.resources.find(key);
    if (resource == job.resources.end()) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("job {} needs a resource \"{}\": add it to the definitions", job.name, key));
    }
    needs[key].insert(resource->second.required_resource_keys.begin(), resource->second.required_resource_keys.end());
  }
  std::vector<std::string> order;
  for (const auto& level : plan::TopologicalLevels(needs)) order.insert(order.end(), level.begin(), level.end());
  return order;
}

}  // namespace

ResourceSet::ResourceSet(const Surroundings& surroundings, const std::set<std::string>& keys) {
  if (keys.empty()) return;
  const std::string list = fmt::format("[{}]", fmt::join(keys, ", "));
  const std::vector<std::string> order = InitOrder(surroundings.job, keys);
  model::event::Engine started;
  started.marker_start = "resources";
  surroundings.sink.Write(surroundings.events.OfResources(
      surroundings.only_step, model::EventType::kResourceInitStarted,
      fmt::format("Starting initialization of resources {}.", list), std::move(started)));
  model::event::Engine ended;
  ended.marker_end = "resources";
  try {
    for (const std::string& key : order) Make(surroundings, key, ended.metadata);
  } catch (const ResourceInitError& error) {
    ended.metadata.clear();
    ended.error = error.info();
    surroundings.sink.Write(
        surroundings.events.OfResources(surroundings.only_step, model::EventType::kResourceInitFailure,
                                        fmt::format("Initialization of resources {} failed.", list), std::move(ended)));
    throw;
  }
  surroundings.sink.Write(
      surroundings.events.OfResources(surroundings.only_step, model::EventType::kResourceInitSuccess,
                                      fmt::format("Finished initialization of resources {}.", list), std::move(ended)));
}

ResourceSet::~ResourceSet() {
  for (auto key = order_.rbegin(); key != order_.rend(); ++key) resources_.erase(*key);
}

void ResourceSet::Make(const Surroundings& surroundings, const std::string& key, model::Metadata& metadata) {
  const ResourceDefinition& definition = surroundings.job.resources.find(key)->second;
  const auto before = std::chrono::steady_clock::now();
  InitContext context(surroundings, *this, key);
  try {
    resources_.emplace(key, definition.create(context));
  } catch (...) {
    const model::ErrorInfo cause = DescribeException(std::current_exception());
    const std::string text = fmt::format("The resource {} could not be made", key);
    throw ResourceInitError(text, DagsterError("DagsterResourceFunctionError", text, &cause));
  }
  order_.push_back(key);
  const auto taken = std::chrono::steady_clock::now() - before;
  metadata.emplace_back(key, model::metadata::PythonArtifact{definition.artifact.first, definition.artifact.second});
  metadata.emplace_back(key + ":init_time", model::metadata::Text{FormatDuration(taken)});
}

const ResourceRef* ResourceSet::Find(std::string_view key) const {
  const auto found = resources_.find(key);
  return found == resources_.end() ? nullptr : &found->second;
}

IoManager& ResourceSet::GetIoManager(std::string_view key) const {
  const ResourceRef* resource = Find(key);
  if (resource == nullptr || resource->type != typeid(IoManager)) {
    throw Error(Code::kInvalidArgument,
                fmt::format("\"{}\" is used as an IO manager, but {}", key,
                            resource == nullptr ? "there is no such resource" : "the resource of this name is none"));
  }
  return *static_cast<IoManager*>(resource->value.get());
}

}  // namespace tidemill::engine
