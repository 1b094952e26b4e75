#include "reports.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace demo {

std::string ReportFolder::Write(const std::string& name, const std::string& text) const {
  const char* home = std::getenv("DAGSTER_HOME");
  const std::filesystem::path path = std::filesystem::path(home ? home : ".") / folder / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write the report " + path.string());
  return path.string();
}

}  // namespace demo
