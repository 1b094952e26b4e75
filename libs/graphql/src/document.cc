#include "document.h"

#include <algorithm>

#include "operation_limits.h"
#include "parser.h"
#include "validation/validate.h"

namespace tidemill::graphql {
namespace {

constexpr std::size_t kMaxPlans = 64;

/// The variables that conditions in a selection set ask, without following fragments: all fragments are visited.
void FindConditions(const ast::SelectionSet& set, std::vector<std::string_view>& names) {
  for (const ast::Selection& selection : set.selections) {
    for (const ast::Directive& directive : selection.directives) {
      if (directive.name.text != "skip" && directive.name.text != "include") continue;
      for (const ast::Argument& argument : directive.arguments) {
        if (argument.value.kind == ast::ValueKind::kVariable) names.push_back(argument.value.text);
      }
    }
    if (selection.selection_set) FindConditions(*selection.selection_set, names);
  }
}

}  // namespace

PreparedDocument::PreparedDocument(std::string text, const BoundSchema& schema, const EngineOptions& options)
    : text_(std::move(text)), schema_(schema) {
  try {
    document_ = ParseDocument(text_, {options.max_tokens});
    Prepare(schema, options);
  } catch (const SyntaxError& error) {
    errors_.push_back({error.what(), {error.position()}});
  }
}

void PreparedDocument::Prepare(const BoundSchema& schema, const EngineOptions& options) {
  errors_ = Validate(schema.types(), document_);
  if (!errors_.empty()) return;
  for (const ast::Definition& definition : document_.definitions) {
    if (const auto* operation = std::get_if<ast::Operation>(&definition)) {
      operations_.push_back(operation);
      FindConditions(operation->selection_set, conditions_);
    } else if (const auto* fragment = std::get_if<ast::Fragment>(&definition)) {
      fragments_.emplace(fragment->name.text, fragment);
      FindConditions(fragment->selection_set, conditions_);
    }
  }
  std::sort(conditions_.begin(), conditions_.end());
  conditions_.erase(std::unique(conditions_.begin(), conditions_.end()), conditions_.end());
  errors_ = CheckLimits(operations_, fragments_, options);
}

const ast::Operation* PreparedDocument::FindOperation(std::string_view name, std::string& message) const {
  const ast::Operation* found = nullptr;
  for (const ast::Operation* operation : operations_) {
    if (name.empty()) {
      if (found != nullptr) {
        message = "Must provide operation name if query contains multiple operations.";
        return nullptr;
      }
      found = operation;
    } else if (operation->name.text == name) {
      found = operation;
    }
  }
  if (found == nullptr) {
    message = name.empty() ? "Must provide an operation." : "Unknown operation named '" + std::string(name) + "'.";
  }
  return found;
}

std::shared_ptr<const Plan> PreparedDocument::PlanOf(const ast::Operation& operation,
                                                     const Variables& variables) const {
  std::string key = std::to_string(operation.position) + ":";
  Variables values;
  for (std::string_view name : conditions_) {
    const json::Value* value = variables.Find(name);
    key += value == nullptr ? '-' : value->is_bool() ? (value->AsBool() ? '1' : '0') : 'n';
    if (value != nullptr) values.Append(std::string(name), *value);
  }
  {
    std::lock_guard lock(mutex_);
    if (auto found = plans_.find(key); found != plans_.end()) return found->second;
  }
  const TypeSystem& types = schema_.types();
  const NamedType& root = operation.kind == ast::OperationKind::kQuery      ? *types.query()
                          : operation.kind == ast::OperationKind::kMutation ? *types.mutation()
                                                                            : *types.subscription();
  std::shared_ptr<const Plan> plan = MakePlan(schema_, fragments_, operation, root, values);
  std::lock_guard lock(mutex_);
  if (plans_.size() < kMaxPlans) plans_.emplace(std::move(key), plan);
  return plan;
}

std::shared_ptr<const PreparedDocument> DocumentCache::Get(std::string_view text) {
  {
    std::lock_guard lock(mutex_);
    if (auto found = by_text_.find(text); found != by_text_.end()) {
      by_use_.splice(by_use_.begin(), by_use_, found->second);
      return by_use_.front();
    }
  }
  // Two threads may prepare the same text at once; the first one's is kept.
  auto document = std::make_shared<const PreparedDocument>(std::string(text), schema_, options_);
  std::lock_guard lock(mutex_);
  if (by_text_.contains(text) || text.size() > options_.cached_bytes || options_.cached_documents == 0) {
    return document;
  }
  by_use_.push_front(document);
  by_text_.emplace(document->text(), by_use_.begin());
  bytes_ += text.size();
  Evict();
  return document;
}

void DocumentCache::Evict() {
  while (by_use_.size() > options_.cached_documents || bytes_ > options_.cached_bytes) {
    bytes_ -= by_use_.back()->text().size();
    by_text_.erase(by_use_.back()->text());
    by_use_.pop_back();
  }
}

}  // namespace tidemill::graphql
