#include <filesystem>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/sdk/io_managers.h>

#include "memory_io_manager.h"
#include "new_file.h"

namespace tidemill::sdk {
namespace {

namespace fs = std::filesystem;
using engine::AnyValue;
using engine::InputContext;
using engine::OutputContext;
using engine::ValueType;

/// A partition's key as a path below its asset's: the parts of a product are folders, and none leads out of the asset.
fs::path PartitionPath(std::string_view key) {
  fs::path path;
  std::string part;
  const auto add = [&] {
    path /= part == ".." ? "%2E%2E" : part;
    part.clear();
  };
  if (key.starts_with('/')) {
    part = "%2F";
    key.remove_prefix(1);
  }
  for (const char c : key) {
    if (c == '/' || c == '|') {
      add();
    } else {
      part += c;
    }
  }
  add();
  return path;
}

fs::path AssetPath(const model::AssetKey& key) {
  fs::path path;
  for (const auto& part : key.path) path /= part.starts_with('/') ? "%2F" + part.substr(1) : part;
  return path;
}

fs::path OutputPath(const std::string& run_id, const std::string& step_key, const std::string& output,
                    const std::optional<std::string>& mapping_key) {
  fs::path path = fs::path(run_id) / step_key / output;
  if (mapping_key) path /= *mapping_key;
  return path;
}

/// The path of what an output stores, below the base.
fs::path PathOf(const OutputContext& context) {
  if (!context.asset_key()) {
    const auto& step = context.step();
    return OutputPath(step.run_id, step.step_key, context.output_name(), context.mapping_key());
  }
  const auto& partitions = context.partition_keys();
  if (partitions.empty()) return AssetPath(*context.asset_key());
  if (partitions.size() > 1) {
    throw Error(
        Code::kFailedPrecondition,
        fmt::format("asset \"{}\": one value cannot be stored as {} partitions; launch one run for each partition, "
                    "or let the function store them and return MaterializeResult",
                    context.asset_key()->ToUserString(), partitions.size()));
  }
  return AssetPath(*context.asset_key()) / PartitionPath(partitions.front());
}

/// The path of an input that is no partition.
fs::path PathOf(const InputContext& context) {
  if (context.asset_key()) return AssetPath(*context.asset_key());
  const auto& upstream = context.upstream_output();
  if (!upstream) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("input \"{}\" has no upstream output to load", context.input_name()));
  }
  return OutputPath(context.upstream_run_id(), upstream->step_key, upstream->output_name, upstream->mapping_key);
}

/// Loads an input by `load(path, type)`, its partitions one by one.
template <class Load>
AnyValue LoadFrom(InputContext& context, const Load& load) {
  const ValueType& type = context.type();
  const auto& partitions = context.partition_keys();
  if (!context.asset_key() || partitions.empty()) return {type, load(PathOf(context), type, nullptr)};
  const fs::path asset = AssetPath(*context.asset_key());
  if (type.from_partitions) {
    std::vector<std::pair<std::string, std::shared_ptr<const void>>> loaded;
    for (const auto& key : partitions) loaded.emplace_back(key, load(asset / PartitionPath(key), *type.item, &key));
    return {type, type.from_partitions(loaded)};
  }
  if (partitions.size() > 1) {
    throw Error(
        Code::kFailedPrecondition,
        fmt::format("input \"{}\" reads {} partitions of asset \"{}\"; make the parameter a PartitionMap<{}>",
                    context.input_name(), partitions.size(), context.asset_key()->ToUserString(), type.cpp_name));
  }
  return {type, load(asset / PartitionPath(partitions.front()), type, &partitions.front())};
}

/// How values are written to files.
struct FileFormat {
  const char* manager;  ///< For log lines.
  bool (*stores)(const ValueType& type);
  std::string (*write)(const AnyValue& value);
  std::shared_ptr<const void> (*read)(const ValueType& type, std::string_view bytes);
};

constexpr FileFormat kJson{
    "FilesystemJsonIoManager",
    [](const ValueType& type) { return type.to_json && type.from_json; },
    [](const AnyValue& value) { return json::Dump(value.type().to_json(value.data())); },
    [](const ValueType& type, std::string_view bytes) { return type.from_json(json::Parse(bytes)); },
};

constexpr FileFormat kBinary{
    "FilesystemBinaryIoManager",
    [](const ValueType& type) { return type.to_bytes && type.from_bytes; },
    [](const AnyValue& value) { return value.type().to_bytes(value.data()); },
    [](const ValueType& type, std::string_view bytes) { return type.from_bytes(bytes); },
};

class FilesystemIoManager final : public engine::IoManager {
 public:
  FilesystemIoManager(const FileFormat& format, const FilesystemConfig& config)
      : format_(format), base_dir_(config.base_dir) {}

  void HandleOutput(OutputContext& context, const AnyValue& value) override {
    CheckStorable(value.type());
    const fs::path path = Base(context.storage_root()) / PathOf(context);
    RemoveUnpartitioned(context, path.parent_path());
    context.Log(model::level::kDebug, fmt::format("Writing file at: {} using {}...", path.string(), format_.manager));
    Write(context, path, format_.write(value));
    context.WroteFile(path);
    context.AddMetadata({{"path", model::metadata::Path{path.string()}}});
  }

  AnyValue LoadInput(InputContext& context) override {
    const fs::path base = Base(context.storage_root());
    if (context.asset_key() && !context.partition_keys().empty()) {
      context.Log(model::level::kDebug, fmt::format("Loading {} partitions...", context.partition_keys().size()));
    }
    return LoadFrom(context, [&](const fs::path& relative, const ValueType& type, const std::string* partition) {
      CheckStorable(type);
      const fs::path path = base / relative;
      context.Log(model::level::kDebug, partition == nullptr ? fmt::format("Loading file from: {} using {}...",
                                                                           path.string(), format_.manager)
                                                             : fmt::format("Loading partition {} from {} using {}...",
                                                                           *partition, path.string(), format_.manager));
      return Read(context, path, type);
    });
  }

 private:
  /// An output of a run is read by those who saw its event, an asset's file by anybody at any time.
  static void Write(const OutputContext& context, const fs::path& path, std::string_view content) {
    if (context.asset_key() || !WriteNewFile(path, content)) WriteFileAtomic(path, content);
  }

  std::shared_ptr<const void> Read(const InputContext& context, const fs::path& path, const ValueType& type) const {
    try {
      return format_.read(type, ReadFile(path));
    } catch (const Error& error) {
      if (error.code() == Code::kNotFound) {
        throw Error(Code::kNotFound,
                    fmt::format("input \"{}\": there is no file {}; materialize what is upstream of it first",
                                context.input_name(), path.string()));
      }
      throw Error(error.code(), fmt::format("input \"{}\" cannot be loaded as a {} from {}: {}", context.input_name(),
                                            type.cpp_name, path.string(), error.what()));
    }
  }

  void CheckStorable(const ValueType& type) const {
    if (format_.stores(type)) return;
    throw Error(
        Code::kFailedPrecondition,
        fmt::format("values of type {} cannot be stored in files: describe it by BOOST_DESCRIBE_STRUCT, specialise "
                    "tidemill::sdk::Codec for it, or choose another IO manager by .IoManager(key)",
                    type.cpp_name));
  }

  fs::path Base(const fs::path& storage_root) const { return base_dir_ ? fs::path(*base_dir_) : storage_root; }

  /// An asset that has partitions now may have had none: its file is where their folder must be.
  static void RemoveUnpartitioned(OutputContext& context, const fs::path& folder) {
    if (context.partition_keys().empty()) return;
    std::error_code error;
    if (!fs::is_regular_file(folder, error)) return;
    context.Log(
        model::level::kWarning,
        fmt::format("Removing the file {}: it holds the asset from before it had partitions.", folder.string()));
    fs::remove(folder);
  }

  const FileFormat& format_;
  const std::optional<std::string> base_dir_;
};

}  // namespace

std::string StoragePath(const model::AssetKey& asset, std::string_view partition) {
  const fs::path path = AssetPath(asset);
  return (partition.empty() ? path : path / PartitionPath(partition)).string();
}

std::string StoragePath(const std::string& run_id, const model::StepOutputHandle& output) {
  return OutputPath(run_id, output.step_key, output.output_name, output.mapping_key).string();
}

void MemoryIoManager::HandleOutput(OutputContext& context, const AnyValue& value) {
  Put(PathOf(context).string(), value);
}

AnyValue MemoryIoManager::LoadInput(InputContext& context) {
  return LoadFrom(context, [&](const fs::path& path, const ValueType& type, const std::string*) {
    return Find(context, path.string(), type);
  });
}

void MemoryIoManager::Put(const std::string& path, AnyValue value) {
  const std::lock_guard lock(mutex_);
  values_.insert_or_assign(path, std::move(value));
}

std::map<std::string, AnyValue> MemoryIoManager::values() const {
  const std::lock_guard lock(mutex_);
  return values_;
}

std::shared_ptr<const void> MemoryIoManager::Find(const InputContext& context, const std::string& path,
                                                  const ValueType& type) const {
  const std::lock_guard lock(mutex_);
  const auto at = values_.find(path);
  if (at == values_.end()) {
    throw Error(Code::kNotFound,
                fmt::format("input \"{}\": this process holds no value \"{}\"; run what is upstream in the "
                            "same process, or choose an IO manager that stores values",
                            context.input_name(), path));
  }
  if (at->second.type().type != type.type) {
    throw Error(Code::kInvalidArgument,
                fmt::format("input \"{}\" takes a {}, but the value \"{}\" is a {}", context.input_name(),
                            type.cpp_name, path, at->second.type().cpp_name));
  }
  return at->second.shared();
}

std::shared_ptr<engine::IoManager> FilesystemJson(const FilesystemConfig& config) {
  return std::make_shared<FilesystemIoManager>(kJson, config);
}

std::shared_ptr<engine::IoManager> FilesystemBinary(const FilesystemConfig& config) {
  return std::make_shared<FilesystemIoManager>(kBinary, config);
}

std::shared_ptr<engine::IoManager> InMemory() { return std::make_shared<MemoryIoManager>(); }

}  // namespace tidemill::sdk
