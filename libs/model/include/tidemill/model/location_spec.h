#pragma once

#include <optional>
#include <string>
#include <variant>

namespace tidemill::model {

/// Definitions in Python, loaded by the user's own environment.
struct PythonTarget {
  enum class Kind { kFile, kModule, kPackage, kAutoloadModule };
  Kind kind = Kind::kFile;
  std::string target;  ///< An absolute path, or a dotted name.
  std::optional<std::string> attribute;
  std::optional<std::string> working_directory;
  std::optional<std::string> python;  ///< The interpreter; nothing: the default one.
};

/// A C++ executable that links the SDK.
struct ExecutableTarget {
  std::string path;
};

/// A server that somebody else runs.
struct GrpcServerTarget {
  std::string host = "localhost";
  int port = 0;        ///< 0: the socket.
  std::string socket;  ///< A path.
  bool use_tls = false;
};

/// A code location and where its definitions are: one entry of a workspace.
struct LocationSpec {
  std::string name;
  std::variant<PythonTarget, ExecutableTarget, GrpcServerTarget> target;
};

}  // namespace tidemill::model
