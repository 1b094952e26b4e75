#include "prepared_request.h"

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "coercion.h"
#include "json_writer.h"
#include "source.h"

namespace tidemill::graphql {

PreparedRequest::PreparedRequest(const BoundSchema& schema, DocumentCache& cache, const Request& request,
                                 const Context& context) {
  if (schema.context() != nullptr && schema.context() != context.type()) {
    throw Error(Code::kInternal,
                fmt::format("the GraphQL resolvers take {}&, the request came with {}", ClassName(*schema.context()),
                            context.type() == nullptr ? "no context" : ClassName(*context.type()) + "&"));
  }
  document_ = cache.Get(request.query);
  errors_ = document_->errors();
  if (!errors_.empty()) return;
  std::string message;
  operation_ = document_->FindOperation(request.operation_name, message);
  if (operation_ == nullptr) {
    Refuse(message);
    return;
  }
  CoercedVariables coerced = CoerceVariables(schema.types(), operation_->variables, request.variables);
  errors_ = std::move(coerced.errors);
  if (!errors_.empty()) return;
  variables_ = std::move(coerced.values);
  const TypeSystem& types = schema.types();
  bool query = operation_->kind == ast::OperationKind::kQuery;
  bool mutation = operation_->kind == ast::OperationKind::kMutation;
  if ((query ? types.query() : mutation ? types.mutation() : types.subscription()) == nullptr) {
    errors_.push_back({fmt::format("Schema is not configured to execute {} operation.", query      ? "query"
                                                                                        : mutation ? "mutation"
                                                                                                   : "subscription"),
                       {operation_->position}});
    return;
  }
  plan_ = document_->PlanOf(*operation_, variables_);
}

Outcome PreparedRequest::WriteErrors(std::string& out) const {
  out += "{\"data\":null,\"errors\":[";
  for (const DocumentError& error : errors_) {
    if (&error != &errors_.front()) out += ',';
    out += "{\"message\":";
    AppendJsonString(out, error.message);
    if (!error.positions.empty()) {
      out += ",\"locations\":[";
      for (std::size_t i = 0; i < error.positions.size(); ++i) {
        Location location = LocationOf(document_->text(), error.positions[i]);
        if (i > 0) out += ',';
        out += fmt::format("{{\"line\":{},\"column\":{}}}", location.line, location.column);
      }
      out += ']';
    }
    out += '}';
  }
  out += "]}";
  return {true, errors_.size()};
}

}  // namespace tidemill::graphql
