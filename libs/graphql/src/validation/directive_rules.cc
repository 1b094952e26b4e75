#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "../suggestions.h"
#include "context.h"

namespace tidemill::graphql {
namespace {

/// "FRAGMENT_SPREAD" as messages name it: "fragment spread".
std::string Describe(std::string_view location) {
  std::string words(location);
  for (char& c : words) c = c == '_' ? ' ' : static_cast<char>(c - 'A' + 'a');
  return words;
}

class KnownDirectivesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterDirective(const ast::Directive& directive, std::string_view location) override {
    const Directive* definition = context().directive();
    if (definition == nullptr) {
      context().Report(fmt::format("Unknown directive '@{}'.", directive.name.text), {directive.position});
    } else if (std::find(definition->locations.begin(), definition->locations.end(), location) ==
               definition->locations.end()) {
      context().Report(fmt::format("Directive '@{}' may not be used on {}.", directive.name.text, Describe(location)),
                       {directive.position});
    }
  }
};

class UniqueDirectivesPerLocationRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterDirectives(const std::vector<ast::Directive>& directives) override {
    std::unordered_map<std::string_view, ast::Position> seen;
    for (const ast::Directive& directive : directives) {
      const Directive* definition = context().types().FindDirective(directive.name.text);
      if (definition == nullptr || definition->repeatable) continue;
      auto [first, added] = seen.emplace(directive.name.text, directive.position);
      if (added) continue;
      context().Report(fmt::format("The directive '@{}' can only be used once at this location.", directive.name.text),
                       {first->second, directive.position});
    }
  }
};

std::string SuggestArgument(std::string_view name, const std::vector<InputValue>& arguments) {
  std::vector<std::string_view> options;
  for (const InputValue& argument : arguments) options.push_back(argument.name);
  return DidYouMean(Suggestions(name, options));
}

class KnownArgumentNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterDirective(const ast::Directive& directive, std::string_view) override {
    const Directive* definition = context().directive();
    if (definition == nullptr) return;
    for (const ast::Argument& argument : directive.arguments) {
      if (definition->FindArgument(argument.name.text) != nullptr) continue;
      context().Report(
          fmt::format("Unknown argument '{}' on directive '@{}'.", argument.name.text, directive.name.text) +
              SuggestArgument(argument.name.text, definition->arguments),
          {argument.name.position});
    }
  }

  void EnterArgument(const ast::Argument& argument, const ast::Selection* owner) override {
    const Field* field = context().field();
    const NamedType* parent = context().parent_type();
    if (owner == nullptr || context().argument() != nullptr || field == nullptr || parent == nullptr) return;
    context().Report(
        fmt::format("Unknown argument '{}' on field '{}.{}'.", argument.name.text, parent->name, owner->name.text) +
            SuggestArgument(argument.name.text, field->arguments),
        {argument.name.position});
  }
};

class UniqueArgumentNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterField(const ast::Selection& field) override { Check(field.arguments); }
  void EnterDirective(const ast::Directive& directive, std::string_view) override { Check(directive.arguments); }

 private:
  void Check(const std::vector<ast::Argument>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      std::string_view name = arguments[i].name.text;
      std::vector<ast::Position> positions;
      bool first = true;
      for (std::size_t j = 0; j < arguments.size(); ++j) {
        if (arguments[j].name.text != name) continue;
        first = first && j >= i;
        positions.push_back(arguments[j].name.position);
      }
      if (!first || positions.size() == 1) continue;
      context().Report(fmt::format("There can be only one argument named '{}'.", name), std::move(positions));
    }
  }
};

class ProvidedRequiredArgumentsRule final : public Rule {
 public:
  using Rule::Rule;

  void LeaveDirective(const ast::Directive& directive) override {
    const Directive* definition = context().directive();
    if (definition == nullptr) return;
    for (const InputValue& argument : definition->arguments) {
      if (!argument.required() || Given(directive.arguments, argument.name)) continue;
      context().Report(fmt::format("Directive '@{}' argument '{}' of type '{}' is required, but it was not provided.",
                                   directive.name.text, argument.name, argument.type.Text()),
                       {directive.position});
    }
  }

  void LeaveField(const ast::Selection& field) override {
    if (context().field() == nullptr) return;
    for (const InputValue& argument : context().field()->arguments) {
      if (!argument.required() || Given(field.arguments, argument.name)) continue;
      context().Report(fmt::format("Field '{}' argument '{}' of type '{}' is required, but it was not provided.",
                                   field.name.text, argument.name, argument.type.Text()),
                       {field.position});
    }
  }

 private:
  static bool Given(const std::vector<ast::Argument>& arguments, std::string_view name) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [&](const ast::Argument& argument) { return argument.name.text == name; });
  }
};

}  // namespace

std::unique_ptr<Rule> KnownDirectives(ValidationContext& context) {
  return std::make_unique<KnownDirectivesRule>(context);
}
std::unique_ptr<Rule> UniqueDirectivesPerLocation(ValidationContext& context) {
  return std::make_unique<UniqueDirectivesPerLocationRule>(context);
}
std::unique_ptr<Rule> KnownArgumentNames(ValidationContext& context) {
  return std::make_unique<KnownArgumentNamesRule>(context);
}
std::unique_ptr<Rule> UniqueArgumentNames(ValidationContext& context) {
  return std::make_unique<UniqueArgumentNamesRule>(context);
}
std::unique_ptr<Rule> ProvidedRequiredArguments(ValidationContext& context) {
  return std::make_unique<ProvidedRequiredArgumentsRule>(context);
}

}  // namespace tidemill::graphql
