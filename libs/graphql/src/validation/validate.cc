#include "validate.h"

#include "context.h"
#include "walker.h"

namespace tidemill::graphql {
namespace {

/// Notes where variables are used, before the rules ask: an operation may use fragments that stand behind it.
class UsageCollector final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation& operation) override { usages_ = &context().own_usages()[&operation]; }
  void EnterFragment(const ast::Fragment& fragment) override { usages_ = &context().own_usages()[&fragment]; }
  void EnterValue(const ast::Value& value) override {
    if (value.kind != ast::ValueKind::kVariable) return;
    usages_->push_back({&value, context().input_type(), context().has_default(), context().parent_input_type()});
  }

 private:
  std::vector<VariableUsage>* usages_ = nullptr;
};

Rules MakeRules(ValidationContext& context) {
  // In the reference's order, since that is the order of errors at one node.
  Rules rules;
  for (auto make : {&FragmentNesting,
                    &ExecutableDefinitions,
                    &UniqueOperationNames,
                    &LoneAnonymousOperation,
                    &SingleFieldSubscriptions,
                    &KnownTypeNames,
                    &FragmentsOnCompositeTypes,
                    &VariablesAreInputTypes,
                    &ScalarLeafs,
                    &FieldsOnCorrectType,
                    &UniqueFragmentNames,
                    &KnownFragmentNames,
                    &NoUnusedFragments,
                    &PossibleFragmentSpreads,
                    &NoFragmentCycles,
                    &UniqueVariableNames,
                    &NoUndefinedVariables,
                    &NoUnusedVariables,
                    &KnownDirectives,
                    &UniqueDirectivesPerLocation,
                    &KnownArgumentNames,
                    &UniqueArgumentNames,
                    &ValuesOfCorrectType,
                    &ProvidedRequiredArguments,
                    &VariablesInAllowedPosition,
                    &OverlappingFieldsCanBeMerged,
                    &UniqueInputFieldNames,
                    &MaxIntrospectionDepth}) {
    rules.push_back(make(context));
  }
  return rules;
}

}  // namespace

std::vector<DocumentError> Validate(const TypeSystem& types, const ast::Document& document) {
  ValidationContext context(types, document);
  Rules collector;
  collector.push_back(std::make_unique<UsageCollector>(context));
  Walker(context, collector).WalkDocument();
  Rules rules = MakeRules(context);
  try {
    Walker(context, rules).WalkDocument();
  } catch (const ValidationAborted&) {
    // The context holds the errors, the last says why.
  }
  return context.TakeErrors();
}

}  // namespace tidemill::graphql
