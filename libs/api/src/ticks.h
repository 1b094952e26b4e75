#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/schema.h>

#include "instigators.h"

namespace tidemill::api {

/// InstigationTick: one evaluation of a schedule or sensor.
struct Tick {
  std::shared_ptr<const model::Tick> tick;

  const model::TickData& data() const { return tick->data; }
};

/// InstigationEventConnection: what an evaluation logged.
struct InstigationLog {
  struct Line {
    std::string message;
    std::string timestamp;  ///< Milliseconds since the epoch.
    std::string_view level;
  };
  std::vector<Line> events;
  std::string cursor;
};

/// The ticks of an instigator, newest first, as the arguments of `ticks` choose them.
std::vector<Tick> TicksOf(const std::string& selector_id, const graphql::Arguments& arguments,
                          const RequestContext& context);
/// The tick of the argument `tickId`. Throws Error(kNotFound) if there is none.
Tick FindTick(const Instigator& instigator, const graphql::Arguments& arguments, const RequestContext& context);

void BindTicks(graphql::Schema& schema);

}  // namespace tidemill::api
