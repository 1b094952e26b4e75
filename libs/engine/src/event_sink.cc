#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tidemill/base/file.h>
#include <tidemill/engine/event_sink.h>

namespace tidemill::engine {
namespace {

/// Up to here each file is synced by itself; beyond, one syncfs is cheaper.
constexpr std::size_t kSingleSyncs = 4;

void Sync(const std::filesystem::path& path, bool whole_file_system) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // An output may be gone again: overwritten by rename under another name, or deleted by a later step.
  if (!file.is_open()) {
    if (errno == ENOENT) return;
    ThrowErrno(fmt::format("cannot open {} to make it durable", path.string()), errno);
  }
  if ((whole_file_system ? ::syncfs(file.get()) : ::fsync(file.get())) != 0) {
    ThrowErrno(fmt::format("cannot make {} durable", path.string()), errno);
  }
}

}  // namespace

void WrittenFiles::Add(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  paths_.insert(path);
}

void WrittenFiles::MakeDurable() {
  std::set<std::filesystem::path> paths;
  {
    const std::lock_guard lock(mutex_);
    paths.swap(paths_);
  }
  std::set<std::filesystem::path> folders;
  for (const auto& path : paths) folders.insert(path.parent_path());
  if (paths.size() > kSingleSyncs) {
    std::set<dev_t> synced;
    for (const auto& folder : folders) {
      struct stat status {};
      if (::stat(folder.c_str(), &status) == 0 && synced.insert(status.st_dev).second) Sync(folder, true);
    }
    return;
  }
  for (const auto& path : paths) Sync(path, false);
  for (const auto& folder : folders) Sync(folder, false);
}

StorageEventSink::StorageEventSink(storage::EventStorage& storage, Acknowledge acknowledge)
    : committer_(storage, std::move(acknowledge), [this] { files_.MakeDurable(); }, {}) {}

void StorageEventSink::Write(model::EventLogEntry entry) { committer_.Enqueue(storage::NewEvent(std::move(entry))); }

std::string AcknowledgedLines(std::span<const storage::NewEvent> events, std::span<const std::int64_t> storage_ids) {
  std::string lines;
  for (std::size_t i = 0; i < events.size(); ++i) {
    fmt::format_to(std::back_inserter(lines), "{{\"event\": {}, \"storage_id\": {}}}\n", events[i].text,
                   storage_ids[i]);
  }
  return lines;
}

}  // namespace tidemill::engine
