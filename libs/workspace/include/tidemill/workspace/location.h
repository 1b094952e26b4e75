#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/model/error_info.h>
#include <tidemill/workspace/repository.h>

namespace tidemill::workspace {

/// Is what the location shows its last word, or is a load of it under way?
enum class LoadStatus { kLoading, kLoaded };

/// One code location at one moment. Immutable.
struct Location {
  std::string name;
  json::Value origin;  ///< Serdes JSON of a RepositoryLocationOrigin.
  LoadStatus load_status = LoadStatus::kLoading;
  Timestamp updated;
  /// Another value after each load that changed something; browsers cache by it.
  std::string version_key;
  /// Why the last load failed. Repositories of the load before may still be there.
  std::optional<model::ErrorInfo> error;
  /// Null until the location has loaded once.
  std::shared_ptr<locations::CodeLocationClient> client;
  locations::LocationInfo info;
  std::vector<std::shared_ptr<const Repository>> repositories;

  /// nullptr if there is none of this name.
  const Repository* FindRepository(std::string_view repository_name) const;
};

/// Makes `location` one whose load failed with this exception, which must be an Error.
void SetError(Location& location, const std::exception_ptr& error);

/// Asks the location for everything it defines. A failure becomes `error` of the result, never an exception.
Location LoadLocation(std::shared_ptr<locations::CodeLocationClient> client, const Clock& clock);

}  // namespace tidemill::workspace
