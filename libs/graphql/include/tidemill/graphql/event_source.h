#pragma once

#include <functional>
#include <optional>

#include <tidemill/graphql/value.h>

namespace tidemill::graphql {

/// The events behind a subscription field, type erased; resolvers derive from EventSource<T>.
///
/// Destroying it cancels it: after the destructor `wake` is not called any more.
class EventSourceBase {
 public:
  virtual ~EventSourceBase() = default;

  /// Called once, before the first event is asked for. `wake` may be called from any thread, as often as wanted, when
  /// an event may be ready or the source has ended; it only makes the server ask again.
  virtual void Start(std::function<void()> wake) = 0;

  /// Whether no event will come after those that were taken.
  virtual bool ended() const = 0;

  /// Shows the next event, if one is ready.
  virtual bool Deliver(ValueVisitor& visitor) = 0;
};

/// What a subscription field's resolver returns: a pull interface, so that a slow reader holds nothing up. The server
/// asks for the next event when the reader's socket has room; a source keeps a position in what it reads (a log), not
/// a queue. All calls but `wake` come from one thread at a time.
template <class T>
class EventSource : public EventSourceBase {
 public:
  /// The next event, or nothing if none is ready. May throw: the subscription then ends with that error.
  virtual std::optional<T> Next() = 0;

  bool Deliver(ValueVisitor& visitor) final {
    std::optional<T> event = Next();
    if (event) visitor.Take(&*event, kValueOps<T>);
    return event.has_value();
  }
};

}  // namespace tidemill::graphql
