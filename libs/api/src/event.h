#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/events.h>
#include <tidemill/storage/event_storage.h>

#include "metadata.h"

namespace tidemill::api {

/// An event of a log, bound to every object type of the union DagsterRunEvent. Cheap to copy.
struct Event {
  std::shared_ptr<const model::EventLogEntry> entry;

  const model::DagsterEvent& dagster_event() const { return *entry->dagster_event; }
};

/// The outcome of an asset check: an event of type kAssetCheckEvaluation, bound to AssetCheckEvaluation.
struct CheckEvaluation {
  std::shared_ptr<const model::EventLogEntry> entry;

  const model::event::CheckEvaluation& data() const {
    return std::get<model::event::CheckEvaluation>(entry->dagster_event->data);
  }
};

/// Whether Dagster keeps the event out of what it shows of a run's log.
bool IsHidden(const model::EventLogEntry& entry);

/// The events share one allocation with `stored`. Hidden ones are left out.
std::vector<Event> EventsOf(std::vector<storage::StoredEvent> stored);

/// The object type that an event has in the schema, e.g. "EngineEvent". Throws Error(kUnimplemented) for a type of
/// event that no run's log holds.
std::string_view EventTypeOf(const model::EventLogEntry& entry);

/// The metadata of the event, nullptr if its kind has none.
const model::Metadata* MetadataOf(const model::DagsterEvent& event);

/// Types and fields of events, but for those that lead to runs (event_runs.h).
void BindEvents(graphql::Schema& schema);

}  // namespace tidemill::api
