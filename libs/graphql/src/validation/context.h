#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/graphql/type_system.h>

#include "../ast.h"
#include "../source.h"

namespace tidemill::graphql {

/// Thrown when validation gives up, after it has recorded why.
struct ValidationAborted {};

/// A variable where it is used, and what is asked for there.
struct VariableUsage {
  const ast::Value* variable;
  std::optional<Type> type;
  bool has_default;  ///< The argument or input field has one.
  std::optional<Type> parent;
};

/// What rules may ask while the document is walked, and where they report.
class ValidationContext final {
 public:
  ValidationContext(const TypeSystem& schema, const ast::Document& ast);

  const TypeSystem& types() const { return types_; }
  const ast::Document& document() const { return document_; }
  /// The last of that name; null if there is none.
  const ast::Fragment* FindFragment(std::string_view name) const;

  /// Throws ValidationAborted when there are too many.
  void Report(std::string message, std::vector<ast::Position> positions);
  [[noreturn]] void Abort(std::string message = "Validation aborted.");
  std::vector<DocumentError> TakeErrors() { return std::move(errors_); }

  /// Spreads in a selection set and those nested in it, in the reference's order.
  const std::vector<const ast::Selection*>& SpreadsIn(const ast::SelectionSet& set);
  /// Fragments that the operations reach.
  std::vector<const ast::Fragment*> ReachableFragments(const std::vector<const ast::Operation*>& operations);
  /// Of an operation with the fragments that it reaches.
  const std::vector<VariableUsage>& UsagesOf(const ast::Operation& operation);
  /// Filled by a walk before that of the rules; by operation or fragment.
  std::unordered_map<const void*, std::vector<VariableUsage>>& own_usages() { return own_usages_; }

  // Where the walk is; nothing where the document names what the schema has not.
  std::optional<Type> type() const { return types_stack_.empty() ? std::nullopt : types_stack_.back(); }
  const NamedType* parent_type() const { return parents_.empty() ? nullptr : parents_.back(); }
  const Field* field() const { return fields_.empty() ? nullptr : fields_.back(); }
  const Directive* directive() const { return directive_; }
  const InputValue* argument() const { return argument_; }
  std::optional<Type> input_type() const { return inputs_.empty() ? std::nullopt : inputs_.back(); }
  std::optional<Type> parent_input_type() const {
    return inputs_.size() < 2 ? std::nullopt : inputs_[inputs_.size() - 2];
  }
  bool has_default() const { return !defaults_.empty() && defaults_.back(); }

 private:
  friend class Walker;

  const TypeSystem& types_;
  const ast::Document& document_;
  std::unordered_map<std::string_view, const ast::Fragment*> fragments_;
  std::vector<DocumentError> errors_;
  std::unordered_map<const ast::SelectionSet*, std::vector<const ast::Selection*>> spreads_;
  std::unordered_map<const void*, std::vector<VariableUsage>> own_usages_;
  std::unordered_map<const ast::Operation*, std::vector<VariableUsage>> usages_;

  std::vector<std::optional<Type>> types_stack_;
  std::vector<const NamedType*> parents_;
  std::vector<const Field*> fields_;
  std::vector<std::optional<Type>> inputs_;
  std::vector<bool> defaults_;
  const Directive* directive_ = nullptr;
  const InputValue* argument_ = nullptr;
};

/// One rule of the specification; told of each node in the document's order.
class Rule {
 public:
  explicit Rule(ValidationContext& context) : context_(context) {}
  virtual ~Rule() = default;

  virtual void EnterDocument() {}
  virtual void LeaveDocument() {}
  virtual void EnterOperation(const ast::Operation&) {}
  virtual void LeaveOperation(const ast::Operation&) {}
  virtual void EnterFragment(const ast::Fragment&) {}
  virtual void EnterVariableDefinition(const ast::VariableDefinition&) {}
  virtual void EnterNamedType(const ast::Name&) {}
  /// `of_inline` is that of an inline fragment.
  virtual void EnterSelectionSet(const ast::SelectionSet&, bool /*of_inline*/) {}
  virtual void EnterField(const ast::Selection&) {}
  virtual void LeaveField(const ast::Selection&) {}
  virtual void EnterSpread(const ast::Selection&) {}
  virtual void EnterInlineFragment(const ast::Selection&) {}
  /// All directives of one node, at a location as `DirectiveLocation` names it.
  virtual void EnterDirectives(const std::vector<ast::Directive>&) {}
  virtual void EnterDirective(const ast::Directive&, std::string_view /*location*/) {}
  virtual void LeaveDirective(const ast::Directive&) {}
  /// Of a field; the owner is null of a directive's.
  virtual void EnterArgument(const ast::Argument&, const ast::Selection* /*owner*/) {}
  virtual void EnterValue(const ast::Value&) {}
  virtual void LeaveValue(const ast::Value&) {}
  virtual void EnterObjectField(const ast::ObjectField&) {}

 protected:
  ValidationContext& context() { return context_; }

 private:
  ValidationContext& context_;
};

using Rules = std::vector<std::unique_ptr<Rule>>;

// Each appends rules in the reference's order where its own are neighbours; Validate puts them together.
std::unique_ptr<Rule> FragmentNesting(ValidationContext& context);
std::unique_ptr<Rule> ExecutableDefinitions(ValidationContext& context);
std::unique_ptr<Rule> UniqueOperationNames(ValidationContext& context);
std::unique_ptr<Rule> LoneAnonymousOperation(ValidationContext& context);
std::unique_ptr<Rule> SingleFieldSubscriptions(ValidationContext& context);
std::unique_ptr<Rule> KnownTypeNames(ValidationContext& context);
std::unique_ptr<Rule> FragmentsOnCompositeTypes(ValidationContext& context);
std::unique_ptr<Rule> VariablesAreInputTypes(ValidationContext& context);
std::unique_ptr<Rule> ScalarLeafs(ValidationContext& context);
std::unique_ptr<Rule> FieldsOnCorrectType(ValidationContext& context);
std::unique_ptr<Rule> UniqueFragmentNames(ValidationContext& context);
std::unique_ptr<Rule> KnownFragmentNames(ValidationContext& context);
std::unique_ptr<Rule> NoUnusedFragments(ValidationContext& context);
std::unique_ptr<Rule> PossibleFragmentSpreads(ValidationContext& context);
std::unique_ptr<Rule> NoFragmentCycles(ValidationContext& context);
std::unique_ptr<Rule> UniqueVariableNames(ValidationContext& context);
std::unique_ptr<Rule> NoUndefinedVariables(ValidationContext& context);
std::unique_ptr<Rule> NoUnusedVariables(ValidationContext& context);
std::unique_ptr<Rule> KnownDirectives(ValidationContext& context);
std::unique_ptr<Rule> UniqueDirectivesPerLocation(ValidationContext& context);
std::unique_ptr<Rule> KnownArgumentNames(ValidationContext& context);
std::unique_ptr<Rule> UniqueArgumentNames(ValidationContext& context);
std::unique_ptr<Rule> ValuesOfCorrectType(ValidationContext& context);
std::unique_ptr<Rule> ProvidedRequiredArguments(ValidationContext& context);
std::unique_ptr<Rule> VariablesInAllowedPosition(ValidationContext& context);
std::unique_ptr<Rule> OverlappingFieldsCanBeMerged(ValidationContext& context);
std::unique_ptr<Rule> UniqueInputFieldNames(ValidationContext& context);
std::unique_ptr<Rule> MaxIntrospectionDepth(ValidationContext& context);

}  // namespace tidemill::graphql
