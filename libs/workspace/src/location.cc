#include <algorithm>

#include <tidemill/base/error.h>
#include <tidemill/base/uuid.h>
#include <tidemill/workspace/location.h>

namespace tidemill::workspace {

const Repository* Location::FindRepository(std::string_view repository_name) const {
  const auto found = std::find_if(repositories.begin(), repositories.end(),
                                  [&](const auto& repository) { return repository->name() == repository_name; });
  return found == repositories.end() ? nullptr : found->get();
}

void SetError(Location& location, const std::exception_ptr& error) {
  location.load_status = LoadStatus::kLoaded;
  location.version_key = NewUuid();
  model::ErrorInfo& info = location.error.emplace();
  try {
    std::rethrow_exception(error);
  } catch (const locations::LocationError& user_error) {
    info = user_error.info();
  } catch (const Error& other) {
    info.message = std::string(other.what()) + "\n";
    info.cls_name =
        other.code() == Code::kUnavailable ? "DagsterUserCodeUnreachableError" : "DagsterUserCodeProcessError";
  }
}

Location LoadLocation(std::shared_ptr<locations::CodeLocationClient> client, const Clock& clock) {
  Location location;
  location.name = client->name();
  location.origin = client->origin();
  location.client = client;
  location.load_status = LoadStatus::kLoaded;
  location.updated = clock.Now();
  location.version_key = NewUuid();
  try {
    location.info = client->Info();
    for (const locations::LocationInfo::Repository& repository : location.info.repositories) {
      location.repositories.push_back(
          std::make_shared<const Repository>(location.name, client->Repository(repository.name), client));
    }
  } catch (const Error&) {
    location.repositories.clear();
    SetError(location, std::current_exception());
  }
  return location;
}

}  // namespace tidemill::workspace
