#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/graphql/engine.h>

#include "ast.h"
#include "bound_schema.h"
#include "coercion.h"
#include "plan.h"
#include "source.h"

namespace tidemill::graphql {

/// A document that was parsed and validated once, with the plans of its operations. Thread-safe.
class PreparedDocument final {
 public:
  PreparedDocument(std::string text, const BoundSchema& schema, const EngineOptions& options);

  const std::string& text() const { return text_; }
  /// Of syntax, validation or limits; a document with errors is not executed.
  const std::vector<DocumentError>& errors() const { return errors_; }
  const std::vector<const ast::Operation*>& operations() const { return operations_; }

  /// The operation of that name, or the only one; null, and `message` set, if there is none.
  const ast::Operation* FindOperation(std::string_view name, std::string& message) const;

  /// The plan of an operation for these values of the variables that its `@skip` and `@include` ask.
  std::shared_ptr<const Plan> PlanOf(const ast::Operation& operation, const Variables& variables) const;

 private:
  void Prepare(const BoundSchema& schema, const EngineOptions& options);

  std::string text_;
  const BoundSchema& schema_;
  ast::Document document_;
  std::vector<DocumentError> errors_;
  std::vector<const ast::Operation*> operations_;
  FragmentMap fragments_;
  std::vector<std::string_view> conditions_;  ///< Variables of `@skip` and `@include`.
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const Plan>> plans_;  ///< Guarded by mutex_.
};

/// The documents used last, by their text. Bounded, thread-safe.
class DocumentCache final {
 public:
  DocumentCache(const BoundSchema& schema, const EngineOptions& options) : schema_(schema), options_(options) {}

  std::shared_ptr<const PreparedDocument> Get(std::string_view text);

 private:
  using Entry = std::shared_ptr<const PreparedDocument>;

  void Evict();

  const BoundSchema& schema_;
  const EngineOptions& options_;
  std::mutex mutex_;
  std::list<Entry> by_use_;  ///< The one used last in front.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemill::graphql
