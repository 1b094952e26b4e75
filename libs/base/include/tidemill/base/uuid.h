#pragma once

#include <string>

namespace tidemill {

/// A random (version 4) UUID in its lower-case text form. Thread-safe; seeded from the operating system.
std::string NewUuid();

/// `length` random letters a-z: the form of Dagster's compute-log keys (8) and backfill ids (8).
std::string NewLetters(int length);

}  // namespace tidemill
