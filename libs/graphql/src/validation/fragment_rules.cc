#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "../suggestions.h"
#include "context.h"

namespace tidemill::graphql {
namespace {

class KnownTypeNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterNamedType(const ast::Name& name) override {
    if (context().types().Find(name.text) != nullptr) return;
    std::vector<std::string_view> options;
    for (const NamedType& type : context().types().types()) options.push_back(type.name);
    context().Report(fmt::format("Unknown type '{}'.", name.text) + DidYouMean(Suggestions(name.text, options)),
                     {name.position});
  }
};

class FragmentsOnCompositeTypesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterInlineFragment(const ast::Selection& fragment) override {
    if (fragment.type_condition) Check(*fragment.type_condition, "Fragment");
  }
  void EnterFragment(const ast::Fragment& fragment) override {
    Check(fragment.type_condition, fmt::format("Fragment '{}'", fragment.name.text));
  }

 private:
  void Check(const ast::Name& condition, std::string_view subject) {
    const NamedType* type = context().types().Find(condition.text);
    if (type == nullptr || type->is_composite()) return;
    context().Report(fmt::format("{} cannot condition on non composite type '{}'.", subject, condition.text),
                     {condition.position});
  }
};

class UniqueFragmentNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterFragment(const ast::Fragment& fragment) override {
    auto [first, added] = known_.emplace(fragment.name.text, fragment.name.position);
    if (added) return;
    context().Report(fmt::format("There can be only one fragment named '{}'.", fragment.name.text),
                     {first->second, fragment.name.position});
  }

 private:
  std::unordered_map<std::string_view, ast::Position> known_;
};

class KnownFragmentNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterSpread(const ast::Selection& spread) override {
    if (context().FindFragment(spread.name.text) != nullptr) return;
    context().Report(fmt::format("Unknown fragment '{}'.", spread.name.text), {spread.name.position});
  }
};

class NoUnusedFragmentsRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation& operation) override { operations_.push_back(&operation); }
  void EnterFragment(const ast::Fragment& fragment) override { fragments_.push_back(&fragment); }
  void LeaveDocument() override {
    std::unordered_set<std::string_view> used;
    for (const ast::Fragment* fragment : context().ReachableFragments(operations_)) used.insert(fragment->name.text);
    for (const ast::Fragment* fragment : fragments_) {
      if (used.contains(fragment->name.text)) continue;
      context().Report(fmt::format("Fragment '{}' is never used.", fragment->name.text), {fragment->position});
    }
  }

 private:
  std::vector<const ast::Operation*> operations_;
  std::vector<const ast::Fragment*> fragments_;
};

class PossibleFragmentSpreadsRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterInlineFragment(const ast::Selection& fragment) override {
    std::optional<Type> type = context().type();
    const NamedType* named = type && type->is_named() && type->named().is_composite() ? &type->named() : nullptr;
    Check(named, "Fragment", fragment.position);
  }
  void EnterSpread(const ast::Selection& spread) override {
    const ast::Fragment* fragment = context().FindFragment(spread.name.text);
    if (fragment == nullptr) return;
    const NamedType* type = context().types().Find(fragment->type_condition.text);
    Check(type != nullptr && type->is_composite() ? type : nullptr, fmt::format("Fragment '{}'", spread.name.text),
          spread.position);
  }

 private:
  void Check(const NamedType* type, std::string_view subject, ast::Position position) {
    const NamedType* parent = context().parent_type();
    if (type == nullptr || parent == nullptr || TypeSystem::Overlap(*type, *parent)) return;
    context().Report(fmt::format("{} cannot be spread here as objects of type '{}' can never be of type '{}'.", subject,
                                 parent->name, type->name),
                     {position});
  }
};

class NoFragmentCyclesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterFragment(const ast::Fragment& fragment) override { Follow(fragment); }

 private:
  void Follow(const ast::Fragment& fragment) {
    if (!visited_.insert(fragment.name.text).second) return;
    const auto& spreads = context().SpreadsIn(fragment.selection_set);
    if (spreads.empty()) return;
    on_path_.emplace(fragment.name.text, path_.size());
    for (const ast::Selection* spread : spreads) {
      auto cycle = on_path_.find(spread->name.text);
      path_.push_back(spread);
      if (cycle != on_path_.end()) {
        ReportCycle(spread->name.text, cycle->second);
      } else if (const ast::Fragment* next = context().FindFragment(spread->name.text)) {
        Follow(*next);
      }
      path_.pop_back();
    }
    on_path_.erase(fragment.name.text);
  }

  void ReportCycle(std::string_view name, std::size_t start) {
    std::string via;
    std::vector<ast::Position> positions;
    for (std::size_t i = start; i < path_.size(); ++i) {
      positions.push_back(path_[i]->position);
      if (i + 1 == path_.size()) break;
      via += (via.empty() ? "" : ", ") + fmt::format("'{}'", path_[i]->name.text);
    }
    context().Report(
        fmt::format("Cannot spread fragment '{}' within itself{}.", name, via.empty() ? "" : " via " + via),
        std::move(positions));
  }

  std::unordered_set<std::string_view> visited_;
  std::vector<const ast::Selection*> path_;
  std::unordered_map<std::string_view, std::size_t> on_path_;
};

}  // namespace

std::unique_ptr<Rule> KnownTypeNames(ValidationContext& context) {
  return std::make_unique<KnownTypeNamesRule>(context);
}
std::unique_ptr<Rule> FragmentsOnCompositeTypes(ValidationContext& context) {
  return std::make_unique<FragmentsOnCompositeTypesRule>(context);
}
std::unique_ptr<Rule> UniqueFragmentNames(ValidationContext& context) {
  return std::make_unique<UniqueFragmentNamesRule>(context);
}
std::unique_ptr<Rule> KnownFragmentNames(ValidationContext& context) {
  return std::make_unique<KnownFragmentNamesRule>(context);
}
std::unique_ptr<Rule> NoUnusedFragments(ValidationContext& context) {
  return std::make_unique<NoUnusedFragmentsRule>(context);
}
std::unique_ptr<Rule> PossibleFragmentSpreads(ValidationContext& context) {
  return std::make_unique<PossibleFragmentSpreadsRule>(context);
}
std::unique_ptr<Rule> NoFragmentCycles(ValidationContext& context) {
  return std::make_unique<NoFragmentCyclesRule>(context);
}

}  // namespace tidemill::graphql
