#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "../print_value.h"
#include "context.h"

namespace tidemill::graphql {
namespace {

constexpr std::int64_t kBudget = 500000;
constexpr std::size_t kMaxDetail = 1000;
constexpr std::size_t kMaxNodes = 20;

using Nodes = std::vector<const ast::Selection*>;

struct FieldDetails {
  const NamedType* parent;
  const ast::Selection* node;
  const Field* definition;
};

/// The fields of one selection set, inline fragments included, and the fragments that it spreads.
struct Collected {
  std::vector<std::pair<std::string_view, std::vector<FieldDetails>>> fields;  ///< By response name, in order.
  std::unordered_map<std::string_view, std::size_t> index;
  std::vector<std::string_view> fragments;
  std::unordered_map<std::string_view, bool> compared;  ///< Fragments, and whether as mutually exclusive.
};

struct Conflict {
  std::string response_name;
  std::string reason;
  Nodes fields1;
  Nodes fields2;
};
using Conflicts = std::vector<Conflict>;

std::string Abbreviate(std::string text) {
  return text.size() > kMaxDetail ? std::string(SliceCodePoints(text, 0, kMaxDetail)) + "..." : text;
}

/// Fields of one response name must be one field with the same arguments, and agree in shape where they cannot meet.
///
/// Compares each pair of fields within a selection set, with the fragments that it spreads, and of those with each
/// other. What was compared once is not compared again; beyond a budget of comparisons validation gives up.
class OverlappingFieldsRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterSelectionSet(const ast::SelectionSet& set, bool of_inline) override {
    if (of_inline) return;
    bool alone = set.selections.size() <= 1;
    if (alone && (set.selections.empty() || set.selections[0].kind != ast::SelectionKind::kInlineFragment)) return;
    for (const Conflict& conflict : WithinSet(context().parent_type(), set)) {
      std::vector<ast::Position> positions;
      for (const ast::Selection* node : conflict.fields1) positions.push_back(node->position);
      for (const ast::Selection* node : conflict.fields2) positions.push_back(node->position);
      context().Report(fmt::format("Fields '{}' conflict because {}. Use different aliases on the fields to fetch both "
                                   "if this was intentional.",
                                   Abbreviate(conflict.response_name), conflict.reason),
                       std::move(positions));
    }
  }

 private:
  void Spend(std::int64_t cost) {
    budget_ -= cost;
    if (budget_ < 0) context().Abort();
  }

  Conflicts WithinSet(const NamedType* parent, const ast::SelectionSet& set) {
    Conflicts conflicts;
    Collected& collected = Collect(parent, set);
    for (auto& [name, fields] : collected.fields) {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        for (std::size_t j = i + 1; j < fields.size(); ++j) Compare(conflicts, false, name, fields[i], fields[j]);
      }
    }
    if (collected.fragments.empty() || (collected.fields.empty() && collected.fragments.size() == 1)) return conflicts;
    for (std::size_t i = 0; i < collected.fragments.size(); ++i) {
      FieldsAndFragment(conflicts, false, collected, collected.fragments[i]);
      for (std::size_t j = i + 1; j < collected.fragments.size(); ++j) {
        Fragments(conflicts, false, collected.fragments[i], collected.fragments[j]);
      }
    }
    return conflicts;
  }

  void FieldsAndFragment(Conflicts& conflicts, bool exclusive, Collected& collected, std::string_view name) {
    Spend(1);
    if (collected.fields.empty()) return;
    auto [compared, added] = collected.compared.try_emplace(name, exclusive);
    if (!added && (!compared->second || exclusive)) return;
    compared->second = exclusive;
    const ast::Fragment* fragment = context().FindFragment(name);
    if (fragment == nullptr) return;
    Collected& other = CollectFragment(*fragment);
    if (&collected == &other) return;
    Between(conflicts, exclusive, collected, other);
    for (std::string_view next : other.fragments) FieldsAndFragment(conflicts, exclusive, collected, next);
  }

  void Fragments(Conflicts& conflicts, bool exclusive, std::string_view name1, std::string_view name2) {
    Spend(2);
    if (name1 == name2 || Compared(name1, name2, exclusive)) return;
    pairs_[{name1, name2}] = exclusive;
    const ast::Fragment* fragment1 = context().FindFragment(name1);
    const ast::Fragment* fragment2 = context().FindFragment(name2);
    if (fragment1 == nullptr || fragment2 == nullptr) return;
    Collected& collected1 = CollectFragment(*fragment1);
    Collected& collected2 = CollectFragment(*fragment2);
    Between(conflicts, exclusive, collected1, collected2);
    for (std::string_view next : collected2.fragments) Fragments(conflicts, exclusive, name1, next);
    for (std::string_view next : collected1.fragments) Fragments(conflicts, exclusive, next, name2);
  }

  bool Compared(std::string_view name1, std::string_view name2, bool exclusive) const {
    auto has = [&](std::string_view one, std::string_view other) {
      auto found = pairs_.find({one, other});
      return found != pairs_.end() && (exclusive || !found->second);
    };
    return has(name1, name2) || has(name2, name1);
  }

  Conflicts BetweenSets(bool exclusive, const NamedType* parent1, const ast::SelectionSet& set1,
                        const NamedType* parent2, const ast::SelectionSet& set2) {
    Conflicts conflicts;
    Collected& collected1 = Collect(parent1, set1);
    Collected& collected2 = Collect(parent2, set2);
    Between(conflicts, exclusive, collected1, collected2);
    for (std::string_view name : collected2.fragments) FieldsAndFragment(conflicts, exclusive, collected1, name);
    for (std::string_view name : collected1.fragments) FieldsAndFragment(conflicts, exclusive, collected2, name);
    for (std::string_view name1 : collected1.fragments) {
      for (std::string_view name2 : collected2.fragments) Fragments(conflicts, exclusive, name1, name2);
    }
    return conflicts;
  }

  void Between(Conflicts& conflicts, bool exclusive, Collected& collected1, Collected& collected2) {
    if (collected1.fields.empty() || collected2.fields.empty()) return;
    for (auto& [name, fields1] : collected1.fields) {
      Spend(1);
      auto found = collected2.index.find(name);
      if (found == collected2.index.end()) continue;
      for (const FieldDetails& one : fields1) {
        for (const FieldDetails& other : collected2.fields[found->second].second) {
          Compare(conflicts, exclusive, name, one, other);
        }
      }
    }
  }

  void Compare(Conflicts& conflicts, bool parents_exclusive, std::string_view name, const FieldDetails& one,
               const FieldDetails& other) {
    bool exclusive =
        parents_exclusive || (one.parent != other.parent && one.parent != nullptr && other.parent != nullptr &&
                              one.parent->kind == TypeKind::kObject && other.parent->kind == TypeKind::kObject);
    Spend(2);
    std::string_view name1 = one.node->name.text;
    std::string_view name2 = other.node->name.text;
    if (!exclusive) {
      if (name1 != name2) {
        conflicts.push_back({std::string(name),
                             fmt::format("'{}' and '{}' are different fields", Abbreviate(std::string(name1)),
                                         Abbreviate(std::string(name2))),
                             {one.node},
                             {other.node}});
        return;
      }
      if (!SameArguments(one.node->arguments, other.node->arguments)) {
        conflicts.push_back({std::string(name), "they have differing arguments", {one.node}, {other.node}});
        return;
      }
    }
    if (one.definition != nullptr && other.definition != nullptr &&
        TypesConflict(one.definition->type, other.definition->type)) {
      conflicts.push_back({std::string(name),
                           fmt::format("they return conflicting types '{}' and '{}'", one.definition->type.Text(),
                                       other.definition->type.Text()),
                           {one.node},
                           {other.node}});
      return;
    }
    if (one.node->selection_set && other.node->selection_set) CompareBelow(conflicts, exclusive, name, one, other);
  }

  void CompareBelow(Conflicts& conflicts, bool exclusive, std::string_view name, const FieldDetails& one,
                    const FieldDetails& other) {
    auto named = [](const FieldDetails& field) {
      return field.definition == nullptr ? nullptr : &field.definition->type.named();
    };
    Conflicts below =
        BetweenSets(exclusive, named(one), *one.node->selection_set, named(other), *other.node->selection_set);
    if (below.empty()) return;
    std::string reason;
    for (const Conflict& conflict : below) {
      reason += fmt::format("{}subfields '{}' conflict because {}", reason.empty() ? "" : " and ",
                            Abbreviate(conflict.response_name), conflict.reason);
      if (reason.size() > kMaxDetail) break;
    }
    conflicts.push_back({std::string(name), Abbreviate(std::move(reason)), NodesOf(one, below, &Conflict::fields1),
                         NodesOf(other, below, &Conflict::fields2)});
  }

  static Nodes NodesOf(const FieldDetails& field, const Conflicts& conflicts, Nodes Conflict::*fields) {
    Nodes nodes{field.node};
    for (const Conflict& conflict : conflicts) {
      const Nodes& more = conflict.*fields;
      std::size_t count = std::min(more.size(), kMaxNodes - nodes.size());
      nodes.insert(nodes.end(), more.end() - static_cast<std::ptrdiff_t>(count), more.end());
      if (nodes.size() == kMaxNodes) break;
    }
    return nodes;
  }

  bool SameArguments(const std::vector<ast::Argument>& one, const std::vector<ast::Argument>& other) {
    if (one.size() != other.size()) return false;
    return std::all_of(one.begin(), one.end(), [&](const ast::Argument& argument) {
      Spend(1);
      // Of equal names the last counts.
      auto found = std::find_if(other.rbegin(), other.rend(),
                                [&](const ast::Argument& each) { return each.name.text == argument.name.text; });
      return found != other.rend() && SameValue(argument.value, found->value);
    });
  }

  static bool SameValue(const ast::Value& one, const ast::Value& other) {
    if (one.kind != other.kind || one.text != other.text || one.block != other.block ||
        one.items.size() != other.items.size() || one.fields.size() != other.fields.size()) {
      return false;
    }
    if (!std::equal(one.items.begin(), one.items.end(), other.items.begin(), SameValue)) return false;
    auto sorted = [](const ast::Value& value) {
      std::vector<const ast::ObjectField*> fields;
      for (const ast::ObjectField& field : value.fields) fields.push_back(&field);
      std::stable_sort(fields.begin(), fields.end(), [](const ast::ObjectField* a, const ast::ObjectField* b) {
        return a->name.text < b->name.text;
      });
      return fields;
    };
    auto fields = sorted(one);
    return std::ranges::equal(fields, sorted(other), [](const ast::ObjectField* a, const ast::ObjectField* b) {
      return a->name.text == b->name.text && SameValue(a->value, b->value);
    });
  }

  static bool TypesConflict(Type one, Type other) {
    if (one == other) return false;
    if (one.is_list() || other.is_list()) {
      return !one.is_list() || !other.is_list() || TypesConflict(one.of(), other.of());
    }
    if (one.is_non_null() || other.is_non_null()) {
      return !one.is_non_null() || !other.is_non_null() || TypesConflict(one.of(), other.of());
    }
    return (one.named().is_leaf() || other.named().is_leaf()) && one != other;
  }

  Collected& CollectFragment(const ast::Fragment& fragment) {
    return Collect(context().types().Find(fragment.type_condition.text), fragment.selection_set);
  }

  Collected& Collect(const NamedType* parent, const ast::SelectionSet& set) {
    auto [found, added] = collected_.try_emplace({parent, &set});
    if (added) CollectInto(found->second, parent, set);
    return found->second;
  }

  void CollectInto(Collected& collected, const NamedType* parent, const ast::SelectionSet& set) {
    for (const ast::Selection& selection : set.selections) {
      if (selection.kind == ast::SelectionKind::kField) {
        auto [found, added] = collected.index.emplace(selection.response_name(), collected.fields.size());
        if (added) collected.fields.push_back({selection.response_name(), {}});
        const Field* definition = parent == nullptr ? nullptr : parent->FindField(selection.name.text);
        collected.fields[found->second].second.push_back({parent, &selection, definition});
      } else if (selection.kind == ast::SelectionKind::kFragmentSpread) {
        auto& names = collected.fragments;
        if (std::find(names.begin(), names.end(), selection.name.text) == names.end()) {
          names.push_back(selection.name.text);
        }
      } else {
        const NamedType* type =
            selection.type_condition ? context().types().Find(selection.type_condition->text) : parent;
        CollectInto(collected, type, *selection.selection_set);
      }
    }
  }

  std::int64_t budget_ = kBudget;
  std::map<std::pair<const NamedType*, const ast::SelectionSet*>, Collected> collected_;
  std::map<std::pair<std::string_view, std::string_view>, bool> pairs_;
};

}  // namespace

std::unique_ptr<Rule> OverlappingFieldsCanBeMerged(ValidationContext& context) {
  return std::make_unique<OverlappingFieldsRule>(context);
}

}  // namespace tidemill::graphql
