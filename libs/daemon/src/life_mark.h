#pragma once

#include <optional>
#include <string_view>

#include <tidemill/base/file.h>

namespace tidemill::daemon {

/// A name of this machine that is taken as long as a process with its descriptor lives: an abstract socket. Nothing of
/// it is on the disk, and the kernel gives the name back when the last of these processes ends, however it ends.
///
/// Takes the name; nothing if somebody has it. Names are up to 100 bytes. Throws Error as ThrowErrno does.
std::optional<FileDescriptor> TakeLifeMark(std::string_view name);

/// Whether somebody has the name.
bool IsLifeMarkTaken(std::string_view name);

}  // namespace tidemill::daemon
