#include "errors.h"

#include <algorithm>
#include <vector>

#include <tidemill/api/api.h>

namespace tidemill::api {
namespace {

/// The bound that Dagster sets to chains of causes.
constexpr std::size_t kMaxChain = 10;

struct ErrorChainLink {
  PythonError error;
  bool is_explicit = false;
};

std::vector<PythonError> CausesOf(const PythonError& error) {
  std::vector<PythonError> causes;
  for (const model::ErrorInfo* next = error.info.cause.get(); next != nullptr && causes.size() < kMaxChain;
       next = next->cause.get()) {
    causes.push_back({*next});
  }
  return causes;
}

std::vector<ErrorChainLink> ChainOf(const PythonError& error) {
  std::vector<ErrorChainLink> chain;
  const model::ErrorInfo* current = &error.info;
  while (chain.size() < kMaxChain) {
    const bool is_explicit = current->cause != nullptr;
    current = is_explicit ? current->cause.get() : current->context.get();
    if (current == nullptr) break;
    chain.push_back({{*current}, is_explicit});
  }
  return chain;
}

/// The value that NamedError::With set for this field.
json::Value FieldOf(const NamedError& error, const graphql::FieldInfo& field) {
  const json::Value* value = error.fields.Find(field.name());
  return value == nullptr ? json::Value() : *value;
}

/// Every error type whose fields are plain values; the others are bound by whoever makes them.
bool IsPlainError(const graphql::NamedType& type, const graphql::NamedType& interface) {
  return type.kind == graphql::TypeKind::kObject && std::ranges::count(type.interfaces, &interface) != 0 &&
         std::ranges::all_of(type.fields, [](const graphql::Field& field) { return field.type.named().is_leaf(); });
}

}  // namespace

PythonError ToPythonError(const Error& error) {
  model::ErrorInfo info;
  info.message = std::string(error.what()) + "\n";
  info.cls_name = std::string(CodeName(error.code()));
  return {std::move(info), true};
}

void BindErrors(graphql::Schema& schema) {
  schema.Object<PythonError>("PythonError")
      .Field("message",
             [](const PythonError& error, const RequestContext& context) {
               if (error.raised) context.NoteFailure();
               return error.info.message;
             })
      .Field("className", [](const PythonError& error) { return error.info.cls_name; })
      .Field("stack", [](const PythonError& error) -> const std::vector<std::string>& { return error.info.stack; })
      .Field("cause",
             [](const PythonError& error) {
               return error.info.cause ? std::optional(PythonError{*error.info.cause}) : std::nullopt;
             })
      .Field("causes", CausesOf)
      .Field("errorChain", ChainOf);
  schema.Object<ErrorChainLink>("ErrorChainLink")
      .Field("message", [](const ErrorChainLink& link) -> const std::string& { return link.error.info.message; })
      .Field("error", &ErrorChainLink::error)
      .Field("isExplicitLink", &ErrorChainLink::is_explicit);

  const graphql::NamedType& interface = *schema.types().Find("Error");
  for (const graphql::NamedType& type : schema.types().types()) {
    if (!IsPlainError(type, interface)) continue;
    auto binding = schema.Object<NamedError>(type.name);
    for (const graphql::Field& field : type.fields) {
      if (field.name == "message") {
        binding.Field("message", &NamedError::message);
      } else {
        binding.Field(field.name, FieldOf);
      }
    }
  }
  schema.TypeOf<NamedError>([](const NamedError& error) -> const std::string& { return error.type_name; });
}

}  // namespace tidemill::api
