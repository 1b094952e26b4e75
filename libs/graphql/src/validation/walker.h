#pragma once

#include <string_view>
#include <vector>

#include "context.h"

namespace tidemill::graphql {

/// Walks a document once in its order, keeps the context's types up to date and tells each rule of each node.
class Walker final {
 public:
  Walker(ValidationContext& context, const Rules& rules) : context_(context), rules_(rules) {}

  void WalkDocument();

 private:
  template <class Tell>
  void Each(Tell tell) {
    for (const auto& rule : rules_) tell(*rule);
  }

  void WalkOperation(const ast::Operation& operation);
  void WalkFragment(const ast::Fragment& fragment);
  void WalkVariableDefinition(const ast::VariableDefinition& definition);
  void WalkType(const ast::TypeReference& type);
  void WalkSelectionSet(const ast::SelectionSet& set, bool of_inline);
  void WalkField(const ast::Selection& field);
  void WalkInlineFragment(const ast::Selection& fragment);
  void WalkDirectives(const std::vector<ast::Directive>& directives, std::string_view location);
  void WalkArgument(const ast::Argument& argument, const ast::Selection* owner);
  void WalkValue(const ast::Value& value);
  void WalkObjectField(const ast::ObjectField& field);
  void PushInput(std::optional<Type> type, bool has_default);
  void PopInput();

  ValidationContext& context_;
  const Rules& rules_;
};

}  // namespace tidemill::graphql
