#include "webapp_pack.h"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/base/json.h>

namespace tidemill::webserver {

namespace {

constexpr std::string_view kMagic = "tidemill-webapp 1 ";

[[noreturn]] void ThrowDamaged(std::string_view what) {
  throw Error(Code::kDataLoss, fmt::format("the pack of the web UI is damaged: {}; build it again", what));
}

std::string_view Slice(std::string_view bytes, std::int64_t offset, std::int64_t size) {
  const auto total = static_cast<std::int64_t>(bytes.size());
  if (offset < 0 || size < 0 || offset > total || size > total - offset) ThrowDamaged("a file lies outside of it");
  return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

// "/_next" of "/_next/static/a.js"; nothing of "/a.js".
std::string_view FolderOf(std::string_view path) {
  const std::size_t slash = path.find('/', 1);
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

WebappPack::WebappPack(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) ThrowErrno(path.string(), errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) ThrowErrno(path.string(), errno);
  if (status.st_size == 0) ThrowDamaged("it is empty");
  mapped_size_ = static_cast<std::size_t>(status.st_size);
  mapped_ = ::mmap(nullptr, mapped_size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped_ == MAP_FAILED) ThrowErrno(path.string(), errno);
  try {
    Read({static_cast<const char*>(mapped_), mapped_size_});
  } catch (...) {
    ::munmap(mapped_, mapped_size_);
    throw;
  }
}

WebappPack::WebappPack(std::string_view bytes) { Read(bytes); }

WebappPack::~WebappPack() {
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_size_);
}

void WebappPack::Read(std::string_view bytes) {
  const std::size_t line = bytes.substr(0, 64).find('\n');
  if (bytes.substr(0, kMagic.size()) != kMagic || line == std::string_view::npos) ThrowDamaged("its first line");
  std::int64_t index_size = 0;
  const std::string_view number = bytes.substr(kMagic.size(), line - kMagic.size());
  const auto read = std::from_chars(number.data(), number.data() + number.size(), index_size);
  if (read.ec != std::errc() || read.ptr != number.data() + number.size()) ThrowDamaged("its first line");
  bytes.remove_prefix(line + 1);
  const std::string_view index = Slice(bytes, 0, index_size);
  bytes.remove_prefix(index.size());
  try {
    for (const json::Value& entry : json::Parse(index).AsArray()) {
      const json::Array& parts = entry.AsArray();
      if (parts.size() != 6) ThrowDamaged("an entry of its index");
      files_.push_back({parts[0].AsString(), parts[1].AsString(), parts[2].AsString(), parts[3].AsBool(),
                        Slice(bytes, parts[4].AsInt(), parts[5].AsInt())});
    }
  } catch (const Error& error) {
    if (error.code() != Code::kInvalidArgument) throw;
    ThrowDamaged(error.what());
  }
  std::ranges::sort(files_, {}, &File::path);
  for (const File& file : files_) {
    if (const std::string_view folder = FolderOf(file.path); !folder.empty()) folders_.emplace(folder);
  }
}

const WebappPack::File* WebappPack::Find(std::string_view path) const {
  const auto found =
      std::ranges::lower_bound(files_, path, {}, [](const File& file) -> std::string_view { return file.path; });
  return found != files_.end() && found->path == path ? &*found : nullptr;
}

bool WebappPack::HasFolderOf(std::string_view path) const {
  const std::string_view folder = FolderOf(path);
  return folders_.find(folder.empty() ? path : folder) != folders_.end();
}

std::filesystem::path WebappPackPath() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "webapp.pack";
}

}  // namespace tidemill::webserver
