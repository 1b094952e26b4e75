#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "execution.h"
#include "keeper.h"

namespace tidemill::graphql {
namespace {

/// Gathers the objects in a value, by the selection that is asked of them. What is wrong is left for the writer.
class Gatherer final : public ValueVisitor {
 public:
  using Objects = std::unordered_map<const Selection*, std::vector<const void*>>;

  Gatherer(const BoundSchema& schema, const PlannedField& field, Objects& objects)
      : schema_(schema), field_(field), objects_(objects) {}

  void Gather(const Kept& kept, bool batch) {
    Try([&] { batch ? List(kept.value, *kept.ops) : kept.ops->visit(kept.value, *this); });
  }

  bool Null() override { return true; }
  bool Bool(bool) override { return true; }
  bool Int(std::int64_t) override { return true; }
  bool Float(double) override { return true; }
  bool String(std::string_view) override { return true; }
  bool Json(const json::Value& value) override {
    if (value.is_array()) {
      for (const json::Value& item : value.AsArray()) Json(item);
      return true;
    }
    return !value.is_object() || Object(&value, kCppType<json::Value>, {});
  }
  bool Items(const void* first, std::size_t count, std::size_t stride, const ValueOps& item) override {
    for (std::size_t i = 0; i < count; ++i) {
      Try([&] { item.visit(static_cast<const std::byte*>(first) + i * stride, *this); });
    }
    return true;
  }
  bool List(const void* value, const ValueOps& list) override {
    for (std::size_t i = 0; i < list.count(value); ++i) {
      Try([&] { list.visit_item(value, i, *this); });
    }
    return true;
  }
  bool Object(const void* value, const CppType& type, std::string_view type_name) override {
    std::string message;
    const NamedType* actual = schema_.ObjectTypeOf(field_.definition->type.named(), value, type, type_name, message);
    const Selection* selection = actual == nullptr ? nullptr : field_.SelectionOf(*actual);
    if (selection != nullptr && selection->ahead && !selection->error) objects_[selection].push_back(value);
    return true;
  }

 private:
  /// What throws does so again when the value is written, and makes the error there.
  template <class Show>
  static void Try(Show show) {
    try {
      show();
    } catch (const std::exception&) {
    }
  }

  const BoundSchema& schema_;
  const PlannedField& field_;
  Objects& objects_;
};

}  // namespace

Round& Execution::NewRound(const Selection& selection, const std::vector<const void*>& parents) {
  Group& group = groups_[&selection];
  Round& round = group.rounds.emplace_back();
  round.columns.resize(selection.fields.size());
  for (const void* parent : parents) {
    if (group.places.emplace(parent, Group::Place{&round, round.parents.size()}).second) {
      round.parents.push_back(parent);
    }
  }
  return round;
}

void Execution::Prefetch(const Selection& selection, const std::vector<const void*>& parents) {
  Round& round = NewRound(selection, parents);
  if (round.parents.empty()) return;
  for (std::size_t i = 0; i < selection.fields.size(); ++i) {
    if (selection.fields[i].ahead) PrefetchField(selection.fields[i], round, round.columns[i]);
  }
}

void Execution::PrefetchField(const PlannedField& field, Round& round, Column& column) {
  ResolveColumn(field, round, column);
  PrefetchBelow(field, column.rows);
}

void Execution::ResolveColumn(const PlannedField& field, const Round& round, Column& column) {
  const internal::Resolver& resolver = *field.resolver;
  const FieldArguments& arguments = ArgumentsOf(field);
  bool batch = resolver.batch != nullptr;
  column.rows.resize(batch ? 1 : round.parents.size());
  FieldInfo info(field);
  Input input(arguments.values);
  for (std::size_t i = 0; i < column.rows.size(); ++i) {
    Kept& kept = column.rows[i];
    try {
      if (arguments.error) throw ArgumentError(arguments.error->positions.front(), arguments.error->message);
      std::vector<const void*> parents = batch ? round.parents : std::vector<const void*>{round.parents[i]};
      if (resolver.upcast != nullptr) {
        for (const void*& parent : parents) parent = resolver.upcast(parent);
      }
      internal::Call call = MakeCall(parents.front(), input, info);
      call.parents = parents;
      KeptVisitor keeper(kept);
      batch ? resolver.batch(resolver, call, keeper) : resolver.field(resolver, call, keeper);
      if (batch && kept.ops->count(kept.value) != parents.size()) {
        throw Error(Code::kInternal, fmt::format("the batch of {}.{} gave {} values for {} objects", field.parent->name,
                                                 field.definition->name, kept.ops->count(kept.value), parents.size()));
      }
    } catch (...) {
      kept.error = std::current_exception();
    }
  }
}

void Execution::PrefetchBelow(const PlannedField& field, const std::vector<Kept>& values) {
  Gatherer::Objects objects;
  Gatherer gatherer(schema_, field, objects);
  bool batch = field.resolver->batch != nullptr;
  for (const Kept& kept : values) {
    if (kept.error) continue;
    gatherer.Gather(kept, batch);
  }
  for (const auto& [selection, parents] : objects) Prefetch(*selection, parents);
}

}  // namespace tidemill::graphql
