#include <utility>

#include <tidemill/serdes/serdes.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::storage {

NewEvent::NewEvent(model::EventLogEntry event) : entry(std::move(event)), text(serdes::Encode(entry)) {}

}  // namespace tidemill::storage
