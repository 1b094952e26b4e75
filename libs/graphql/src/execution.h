#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bound_schema.h"
#include "plan.h"

namespace tidemill::graphql {

/// Where a value is in the response: a chain on the stack, the innermost last.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;   ///< Of a field.
  std::size_t index = 0;  ///< Of an item, if the key is empty.
  json::Array ToJson() const;
};

/// An error of a field, or of a request if its path is empty.
struct ResponseError {
  std::string message;
  std::vector<Location> locations;
  json::Array path;
  json::Object extensions;
};

/// Appends `,"errors":[…]`, in the reference's order: by location, path, message.
void AppendErrors(std::string& out, std::vector<ResponseError> errors);

/// A resolver's result, kept until it is written.
struct Kept {
  std::shared_ptr<void> owner;  ///< Null of a reference.
  const void* value = nullptr;
  const ValueOps* ops = nullptr;
  std::exception_ptr error;
};

/// The results of one field, resolved ahead for many parents.
struct Column {
  std::vector<Kept> rows;  ///< One for each parent; of a batch, one list for all.
};

/// Parents of one selection that are resolved ahead together.
struct Round {
  std::vector<const void*> parents;
  std::vector<Column> columns;  ///< By field of the selection; empty of those not resolved ahead.
};

/// All parents of one selection that were resolved ahead, and where each is.
struct Group {
  struct Place {
    Round* round;
    std::size_t row;
  };
  std::unordered_map<const void*, Place> places;
  std::deque<Round> rounds;
};

/// Executes a plan once: resolves fields and appends JSON. One thread, one use.
///
/// Fields are resolved and written depth first, a value living on the stack while it is written. Only what has a
/// batched field below is resolved ahead, level by level, and kept.
class Execution final {
 public:
  Execution(const BoundSchema& schema, const Plan& plan, std::string_view source, const Variables& variables,
            void* context, std::string& out, std::size_t max_bytes);

  /// Appends the `data` of a query or mutation: an object or null.
  void Run(bool serial);
  /// Appends the `data` of a subscription's event.
  void RunEvent(const Kept& event);

  std::vector<ResponseError>& errors() { return errors_; }

  // For the writers of values.
  bool WriteObject(const Selection& selection, const void* object, const Path* path);
  bool WriteField(const PlannedField& field, const void* object, const Path* path, const Kept* kept, std::size_t row);
  /// Records the error of a field and gives false, for a null that propagates.
  bool Fail(const PlannedField& field, const Path& path, std::string message);
  bool Fail(const PlannedField& field, const Path& path, const DocumentError& error);
  bool FailByException(const PlannedField& field, const Path& path, const std::exception_ptr& error);
  const BoundSchema& schema() const { return schema_; }
  std::string& out() { return out_; }
  internal::Call MakeCall(const void* parent, const Input& arguments, const FieldInfo& info) const;
  const FieldArguments& ArgumentsOf(const PlannedField& field);

 private:
  bool WriteValue(const PlannedField& field, const void* object, const Path& path, const Kept* kept, std::size_t row);

  // Ahead of writing (prefetch.cc).
  void Prefetch(const Selection& selection, const std::vector<const void*>& parents);
  Round& NewRound(const Selection& selection, const std::vector<const void*>& parents);
  void PrefetchField(const PlannedField& field, Round& round, Column& column);
  void ResolveColumn(const PlannedField& field, const Round& round, Column& column);
  void PrefetchBelow(const PlannedField& field, const std::vector<Kept>& values);

  const BoundSchema& schema_;
  const Plan& plan_;
  std::string_view source_;
  const Variables& variables_;
  void* context_;
  std::string& out_;
  std::size_t limit_;
  std::vector<std::unique_ptr<FieldArguments>> arguments_;  ///< Of fields that use variables.
  std::unordered_map<const Selection*, Group> groups_;
  std::vector<ResponseError> errors_;
};

/// Thrown through a request whose response grows beyond the limit.
struct ResponseTooLarge {};

}  // namespace tidemill::graphql
