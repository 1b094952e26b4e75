#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/instance/home.h>

namespace tidemill::instance {
namespace {

std::filesystem::path ExpandUser(const std::string& text) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || (text != "~" && !text.starts_with("~/"))) return text;
  return std::filesystem::path(home) / (text.size() > 2 ? text.substr(2) : "");
}

void CheckFolder(const std::filesystem::path& path, std::string_view name) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return;
  throw Error(Code::kFailedPrecondition,
              fmt::format("{} \"{}\" is no folder; make it with `mkdir -p {}`", name, path.string(), path.string()));
}

}  // namespace

std::optional<std::filesystem::path> FindHome(const std::optional<std::string>& option,
                                              const std::optional<std::string>& variable) {
  if (option && !option->empty()) {
    const std::filesystem::path path = std::filesystem::absolute(ExpandUser(*option)).lexically_normal();
    CheckFolder(path, "--home");
    return path;
  }
  if (!variable || variable->empty()) return std::nullopt;
  const std::filesystem::path path = ExpandUser(*variable);
  if (!path.is_absolute()) {
    throw Error(Code::kFailedPrecondition, fmt::format("$DAGSTER_HOME \"{}\" must be an absolute path", *variable));
  }
  CheckFolder(path, "$DAGSTER_HOME");
  return path;
}

TemporaryHome::TemporaryHome(const std::filesystem::path& parent) {
  std::string pattern = (parent / ".tmp_dagster_home_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    ThrowErrno(fmt::format("cannot make a temporary home in {}", parent.string()), errno);
  }
  path_ = pattern;
}

TemporaryHome::TemporaryHome(TemporaryHome&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryHome::~TemporaryHome() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tidemill::instance
