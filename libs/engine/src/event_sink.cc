#include <algorithm>
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
#include <tidemill/storage/event_row.h>

namespace tidemill::engine {
namespace {

/// Files that are written out side by side.
constexpr std::size_t kOpenFiles = 512;

/// Nothing if the file is gone again: replaced under another name, or deleted by a later step.
FileDescriptor OpenWritten(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno != ENOENT) ThrowErrno(fmt::format("cannot open {} to make it durable", path), errno);
  return file;
}

void Sync(const std::string& path) {
  const FileDescriptor file = OpenWritten(path);
  if (file.is_open() && ::fsync(file.get()) != 0) ThrowErrno(fmt::format("cannot make {} durable", path), errno);
}

/// Files that become durable together. An fsync each would flush the disk's cache each time, and syncfs would wait for
/// what everybody else writes. On file systems with one journal, whose commits hold everything that was changed before
/// (ext2 to 4, and XFS), the contents are written out side by side; then one file is changed and synced, by which the
/// journal commits all that came before it: places, sizes and names of the others.
class SyncedTogether {
 public:
  void Add(const std::string& path) {
    FileDescriptor file = OpenWritten(path);
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) return;
    if (!HasOneJournal(status.st_dev, file.get())) {
      Sync(path);
      folders_.insert(std::filesystem::path(path).parent_path());
      return;
    }
    WriteOut(file.get(), path, SYNC_FILE_RANGE_WRITE);
    open_.push_back({status.st_dev, std::move(file), &path});
    if (open_.size() >= kOpenFiles) Wait();
  }

  void Finish() {
    Wait();
    for (const auto& [device, last] : last_) {
      if (!last.file.is_open()) continue;
      if (::futimens(last.file.get(), nullptr) != 0 || ::fsync(last.file.get()) != 0) {
        ThrowErrno(fmt::format("cannot make {} durable", *last.path), errno);
      }
    }
    for (const std::string& folder : folders_) Sync(folder);
  }

 private:
  struct Written {
    dev_t device = 0;
    FileDescriptor file;
    const std::string* path = nullptr;
  };

  bool HasOneJournal(dev_t device, int file) {
    const auto [found, is_new] = has_one_journal_.try_emplace(device);
    if (is_new) {
      struct statfs status {};
      found->second = ::fstatfs(file, &status) == 0 && (status.f_type == 0xEF53 || status.f_type == 0x58465342);
    }
    return found->second;
  }

  static void WriteOut(int file, const std::string& path, unsigned flags) {
    if (::sync_file_range(file, 0, 0, flags) != 0) ThrowErrno(fmt::format("cannot write out {}", path), errno);
  }

  void Wait() {
    for (Written& written : open_) {
      WriteOut(written.file.get(), *written.path,
               SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
      last_[written.device] = std::move(written);
    }
    open_.clear();
  }

  std::map<dev_t, bool> has_one_journal_;
  std::vector<Written> open_;
  std::map<dev_t, Written> last_;
  std::set<std::string> folders_;
};

}  // namespace

void WrittenFiles::Add(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  paths_.push_back(path.string());
}

void WrittenFiles::MakeDurable() {
  std::vector<std::string> paths;
  {
    const std::lock_guard lock(mutex_);
    paths.swap(paths_);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  SyncedTogether together;
  for (const std::string& path : paths) together.Add(path);
  together.Finish();
}

namespace {

/// What only the text needs: a queue of events holds it once.
void DropBody(model::EventLogEntry& entry) {
  entry.user_message = {};
  entry.error_info.reset();
  if (!entry.dagster_event) return;
  entry.dagster_event->message.reset();
  entry.dagster_event->data = {};
  entry.dagster_event->logging_tags = {};
}

}  // namespace

StorageEventSink::StorageEventSink(storage::EventStorage& storage, Acknowledge acknowledge)
    : committer_(storage, std::move(acknowledge), [this] { files_.MakeDurable(); }, {}) {}

void StorageEventSink::Write(model::EventLogEntry entry) {
  storage::NewEvent event(std::move(entry));
  if (!storage::IsMirrored(event.entry)) DropBody(event.entry);
  const std::lock_guard lock(mutex_);
  committer_.Enqueue(std::move(event));
}

std::string AcknowledgedLines(std::span<const storage::NewEvent> events, std::span<const std::int64_t> storage_ids) {
  std::string lines;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const model::EventLogEntry& entry = events[i].entry;
    const std::string type = entry.dagster_event
                                 ? fmt::format("\"{}\"", model::EventTypeName(entry.dagster_event->type))
                                 : std::string("null");
    fmt::format_to(std::back_inserter(lines), "{{\"type\": {}, \"level\": {}, \"event\": {}, \"storage_id\": {}}}\n",
                   type, entry.level, events[i].text, storage_ids[i]);
  }
  return lines;
}

}  // namespace tidemill::engine
