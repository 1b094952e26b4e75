#include "life_mark.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include <tidemill/base/error.h>

namespace tidemill::daemon {
namespace {

struct Address {
  explicit Address(std::string_view name) {
    if (name.size() > 100) throw Error(Code::kInvalidArgument, "a life mark's name is at most 100 bytes long");
    address.sun_family = AF_UNIX;
    // The leading zero makes it abstract.
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }

  sockaddr_un address{};
  socklen_t size = 0;
};

FileDescriptor Socket() {
  FileDescriptor descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!descriptor.is_open()) ThrowErrno("socket", errno);
  return descriptor;
}

}  // namespace

std::optional<FileDescriptor> TakeLifeMark(std::string_view name) {
  const Address address(name);
  FileDescriptor descriptor = Socket();
  if (::bind(descriptor.get(), address.get(), address.size) == 0) return descriptor;
  if (errno == EADDRINUSE) return std::nullopt;
  ThrowErrno("bind", errno);
}

bool IsLifeMarkTaken(std::string_view name) {
  const Address address(name);
  const FileDescriptor descriptor = Socket();
  if (::connect(descriptor.get(), address.get(), address.size) == 0) return true;
  if (errno == ECONNREFUSED) return false;
  ThrowErrno("connect", errno);
}

}  // namespace tidemill::daemon
