#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::webserver {

/// The files of the web UI in one file, mapped into memory: none is read before it is asked for. The format stands in
/// the module's README. Immutable; any thread may read it.
class WebappPack final {
 public:
  struct File {
    std::string path;  ///< "/_next/static/…"
    std::string content_type;
    std::string etag;
    bool gzip = false;       ///< How `bytes` are packed.
    std::string_view bytes;  ///< As long as the pack lives.
  };

  /// Maps a file. Throws Error(kNotFound) if there is none, as the other constructor for its content.
  explicit WebappPack(const std::filesystem::path& path);
  /// Reads a pack out of bytes that outlive it. Throws Error(kDataLoss) that says what is wrong.
  explicit WebappPack(std::string_view bytes);
  ~WebappPack();
  WebappPack(const WebappPack&) = delete;
  WebappPack& operator=(const WebappPack&) = delete;

  /// Null if there is none.
  const File* Find(std::string_view path) const;
  /// Whether the pack has files below the first segment of this path: "/_next/none" is, "/runs/none" is not.
  bool HasFolderOf(std::string_view path) const;
  const std::vector<File>& files() const { return files_; }

 private:
  void Read(std::string_view bytes);

  void* mapped_ = nullptr;
  std::size_t mapped_size_ = 0;
  std::vector<File> files_;  // By path.
  std::set<std::string, std::less<>> folders_;
};

/// Where the executable's own pack lies: webapp.pack beside it.
std::filesystem::path WebappPackPath();

}  // namespace tidemill::webserver
