#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/engine.h>

#include "document.h"
#include "execution.h"

namespace tidemill::graphql {

/// A request with its document, plan and variables, or the errors that keep it from being executed.
class PreparedRequest final {
 public:
  /// Throws Error(kInternal) if the context is not of the class that the schema's resolvers take.
  PreparedRequest(const BoundSchema& schema, DocumentCache& cache, const Request& request, const Context& context);

  bool ok() const { return errors_.empty(); }
  void Refuse(std::string message) { errors_.push_back({std::move(message), {}}); }

  // Of one that is ok.
  const ast::Operation& operation() const { return *operation_; }
  const Plan& plan() const { return *plan_; }
  const Variables& variables() const { return variables_; }
  std::string_view source() const { return document_->text(); }

  /// Appends the response that tells the errors.
  Outcome WriteErrors(std::string& out) const;

 private:
  std::shared_ptr<const PreparedDocument> document_;
  const ast::Operation* operation_ = nullptr;
  std::shared_ptr<const Plan> plan_;
  Variables variables_;
  std::vector<DocumentError> errors_;
};

}  // namespace tidemill::graphql
