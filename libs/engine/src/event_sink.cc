#include <cerrno>
#include <map>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <tidemill/base/file.h>
#include <tidemill/engine/event_sink.h>

namespace tidemill::engine {
namespace {

/// Up to here each file is synced by itself.
constexpr std::size_t kSingleSyncs = 4;

/// Nothing if the file is gone again: replaced under another name, or deleted by a later step.
FileDescriptor OpenWritten(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno != ENOENT) {
    ThrowErrno(fmt::format("cannot open {} to make it durable", path.string()), errno);
  }
  return file;
}

void Sync(const std::filesystem::path& path) {
  const FileDescriptor file = OpenWritten(path);
  if (file.is_open() && ::fsync(file.get()) != 0)
    ThrowErrno(fmt::format("cannot make {} durable", path.string()), errno);
}

void WriteOut(const std::filesystem::path& path, unsigned flags) {
  const FileDescriptor file = OpenWritten(path);
  if (file.is_open() && ::sync_file_range(file.get(), 0, 0, flags) != 0) {
    ThrowErrno(fmt::format("cannot write out {}", path.string()), errno);
  }
}

/// File systems with one journal, whose commits hold everything that was changed before (ext2 to 4, and XFS).
bool HasOneJournal(const std::filesystem::path& path) {
  struct statfs status {};
  return ::statfs(path.c_str(), &status) == 0 && (status.f_type == 0xEF53 || status.f_type == 0x58465342);
}

/// Many files of one file system. An fsync each would flush the disk's cache each time, and syncfs would wait for what
/// everybody else writes. So the contents are written out side by side; then one file is changed and synced, by which
/// the journal commits all that came before it: places, sizes and names of the others.
void SyncTogether(const std::vector<std::filesystem::path>& paths) {
  for (const auto& path : paths) WriteOut(path, SYNC_FILE_RANGE_WRITE);
  for (const auto& path : paths) {
    WriteOut(path, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  }
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    const FileDescriptor file = OpenWritten(*path);
    if (!file.is_open()) continue;
    if (::futimens(file.get(), nullptr) != 0 || ::fsync(file.get()) != 0) {
      ThrowErrno(fmt::format("cannot make {} durable", path->string()), errno);
    }
    return;
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
  std::map<dev_t, std::vector<std::filesystem::path>> together;
  for (const auto& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) together[status.st_dev].push_back(path);
  }
  for (auto& [device, files] : together) {
    if (files.size() > kSingleSyncs && HasOneJournal(files.front())) {
      SyncTogether(files);
    } else {
      for (const auto& file : files) {
        Sync(file);
        folders.insert(file.parent_path());
      }
    }
  }
  for (const auto& folder : folders) Sync(folder);
}

StorageEventSink::StorageEventSink(storage::EventStorage& storage, Acknowledge acknowledge)
    : committer_(storage, std::move(acknowledge), [this] { files_.MakeDurable(); }, {}) {}

void StorageEventSink::Write(model::EventLogEntry entry) {
  storage::NewEvent event(std::move(entry));
  const std::lock_guard lock(mutex_);
  committer_.Enqueue(std::move(event));
}

std::string AcknowledgedLines(std::span<const storage::NewEvent> events, std::span<const std::int64_t> storage_ids) {
  std::string lines;
  for (std::size_t i = 0; i < events.size(); ++i) {
    fmt::format_to(std::back_inserter(lines), "{{\"event\": {}, \"storage_id\": {}}}\n", events[i].text,
                   storage_ids[i]);
  }
  return lines;
}

}  // namespace tidemill::engine
