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

Location LoadLocation(std::shared_ptr<locations::CodeLocationClient> client, const Clock& clock) {
  Location location;
  location.name = client->name();
  location.origin = client->origin();
  location.client = client;
  try {
    location.info = client->Info();
    for (const locations::LocationInfo::Repository& repository : location.info.repositories) {
      location.repositories.push_back(
          std::make_shared<const Repository>(location.name, client->Repository(repository.name), client));
    }
  } catch (const Error& error) {
    location.repositories.clear();
    model::ErrorInfo& info = location.error.emplace();
    info.message = std::string(error.what()) + "\n";
    info.cls_name = "DagsterUserCodeError";
  }
  location.load_status = LoadStatus::kLoaded;
  location.updated = clock.Now();
  location.version_key = NewUuid();
  return location;
}

}  // namespace tidemill::workspace
