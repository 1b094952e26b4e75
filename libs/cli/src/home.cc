#include "home.h"

#include <fmt/format.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

/// What is wrong with an instance is the instance's trouble, also where it is a wrong word in dagster.yaml.
template <class Make>
auto AskInstance(const Make& make) {
  try {
    return make();
  } catch (const Error& error) {
    throw CommandError(ExitCode::kStorage, error.code(), error.what());
  }
}

std::optional<std::filesystem::path> Find(const std::optional<std::string>& option, Environment& environment) {
  return AskInstance([&] { return instance::FindHome(option, environment.variable("DAGSTER_HOME")); });
}

void MakeFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw CommandError(ExitCode::kStorage, Code::kPermissionDenied,
                       fmt::format("--home: cannot make folder {}: {}", folder, error.message()));
  }
}

}  // namespace

Home::Home(const std::filesystem::path& folder)
    : instance_(std::make_unique<instance::Instance>(AskInstance([&] { return instance::Instance::Open(folder); }))) {}

Home::Home(std::unique_ptr<instance::TemporaryHome> temporary) : Home(temporary->path()) {
  temporary_ = std::move(temporary);
}

Home Home::Open(const std::optional<std::string>& option, Use use, Environment& environment) {
  if (use == Use::kExecute && option) MakeFolder(*option);
  if (const auto folder = Find(option, environment)) return Home(*folder);
  if (use == Use::kRead) ThrowUsage("no instance: give --home FOLDER, or set DAGSTER_HOME");
  auto temporary =
      AskInstance([] { return std::make_unique<instance::TemporaryHome>(std::filesystem::current_path()); });
  environment.err.Write(
      fmt::format("note: neither --home nor DAGSTER_HOME is set; the run is kept in {} until this command ends\n",
                  temporary->path().string()));
  return Home(std::move(temporary));
}

std::optional<Home> Home::OpenIfGiven(const std::optional<std::string>& option, Environment& environment) {
  if (const auto folder = Find(option, environment)) return Home(*folder);
  return std::nullopt;
}

}  // namespace tidemill::cli
