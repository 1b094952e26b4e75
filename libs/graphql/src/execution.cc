#include "execution.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/graphql/error.h>

#include "field_writer.h"
#include "json_writer.h"
#include "source.h"

namespace tidemill::graphql {
namespace {

constexpr Root kRoot;

/// Python's order of lists: item by item, then the shorter first.
int ComparePaths(const json::Array& one, const json::Array& other) {
  for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
    if (one[i] == other[i]) continue;
    if (one[i].is_int() && other[i].is_int()) return one[i].AsInt() < other[i].AsInt() ? -1 : 1;
    if (one[i].is_string() && other[i].is_string()) return one[i].AsString() < other[i].AsString() ? -1 : 1;
    return one[i].is_int() ? -1 : 1;
  }
  return one.size() == other.size() ? 0 : one.size() < other.size() ? -1 : 1;
}

bool Before(const ResponseError& one, const ResponseError& other) {
  if (one.locations != other.locations) return one.locations < other.locations;
  if (int order = ComparePaths(one.path, other.path); order != 0) return order < 0;
  return one.message < other.message;
}

}  // namespace

json::Array Path::ToJson() const {
  json::Array steps;
  for (const Path* path = this; path != nullptr; path = path->parent) {
    steps.push_back(path->key.empty() ? json::Value(static_cast<std::int64_t>(path->index)) : json::Value(path->key));
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

void AppendErrors(std::string& out, std::vector<ResponseError> errors) {
  std::stable_sort(errors.begin(), errors.end(), Before);
  out += ",\"errors\":[";
  for (const ResponseError& error : errors) {
    if (&error != &errors.front()) out += ',';
    out += "{\"message\":";
    AppendJsonString(out, error.message);
    if (!error.locations.empty()) {
      out += ",\"locations\":[";
      for (const Location& location : error.locations) {
        if (&location != &error.locations.front()) out += ',';
        out += fmt::format("{{\"line\":{},\"column\":{}}}", location.line, location.column);
      }
      out += ']';
    }
    if (!error.path.empty()) {
      out += ",\"path\":";
      AppendJson(out, error.path);
    }
    if (!error.extensions.empty()) {
      out += ",\"extensions\":";
      AppendJson(out, error.extensions);
    }
    out += '}';
  }
  out += ']';
}

Execution::Execution(const BoundSchema& schema, const Plan& plan, std::string_view source, const Variables& variables,
                     void* context, std::string& out, std::size_t max_bytes)
    : schema_(schema),
      plan_(plan),
      source_(source),
      variables_(variables),
      context_(context),
      out_(out),
      limit_(max_bytes == 0 ? std::string::npos : out.size() + max_bytes),
      arguments_(plan.arguments.size()) {}

void Execution::Run(bool serial) {
  const Selection& root = *plan_.root;
  std::size_t start = out_.size();
  bool ok = false;
  if (root.error) {
    errors_.push_back({root.error->message, {}, {}, {}});
    for (std::uint32_t position : root.error->positions) {
      errors_.back().locations.push_back(LocationOf(source_, position));
    }
  } else {
    if (root.ahead && !serial) Prefetch(root, {&kRoot});
    // One mutation after the other: what is batched below one is resolved when its turn comes.
    if (root.ahead && serial) NewRound(root, {&kRoot});
    ok = WriteObject(root, &kRoot, nullptr);
  }
  if (ok) return;
  out_.resize(start);
  out_ += "null";
}

void Execution::RunEvent(const Kept& event) {
  const PlannedField& field = plan_.root->fields.front();
  std::size_t start = out_.size();
  if (field.ahead) PrefetchBelow(field, {event});
  out_ += '{';
  if (WriteField(field, &kRoot, nullptr, &event, 0)) {
    out_ += '}';
    return;
  }
  out_.resize(start);
  out_ += "null";
}

internal::Call Execution::MakeCall(const void* parent, const Input& arguments, const FieldInfo& info) const {
  return {parent, {}, arguments, info, context_};
}

const FieldArguments& Execution::ArgumentsOf(const PlannedField& field) {
  if (!field.uses_variables) return plan_.arguments[field.slot];
  std::unique_ptr<FieldArguments>& arguments = arguments_[field.slot];
  if (!arguments) arguments = std::make_unique<FieldArguments>(CoerceFieldArguments(field, variables_));
  return *arguments;
}

bool Execution::WriteObject(const Selection& selection, const void* object, const Path* path) {
  if (out_.size() > limit_) throw ResponseTooLarge();
  out_ += '{';
  if (!selection.ahead) {
    for (const PlannedField& field : selection.fields) {
      if (!WriteField(field, object, path, nullptr, 0)) return false;
    }
  } else {
    Group::Place place = groups_[&selection].places.at(object);
    for (std::size_t i = 0; i < selection.fields.size(); ++i) {
      const PlannedField& field = selection.fields[i];
      Column& column = place.round->columns[i];
      if (field.ahead && column.rows.empty()) PrefetchField(field, *place.round, column);
      const Kept* kept = nullptr;
      if (field.ahead) kept = &column.rows[field.resolver->batch != nullptr ? 0 : place.row];
      if (!WriteField(field, object, path, kept, place.row)) return false;
    }
  }
  out_ += '}';
  return true;
}

bool Execution::WriteField(const PlannedField& field, const void* object, const Path* path, const Kept* kept,
                           std::size_t row) {
  out_ += field.json_key;
  if (field.is_typename) {
    out_ += '"';
    out_ += field.parent->name;
    out_ += '"';
    return true;
  }
  std::size_t start = out_.size();
  Path here{path, field.key, 0};
  if (WriteValue(field, object, here, kept, row)) return true;
  if (field.definition->type.is_non_null()) return false;
  out_.resize(start);
  out_ += "null";
  return true;
}

bool Execution::WriteValue(const PlannedField& field, const void* object, const Path& path, const Kept* kept,
                           std::size_t row) {
  FieldWriter writer(*this, field, field.definition->type, path);
  try {
    if (kept != nullptr) {
      if (kept->error) return FailByException(field, path, kept->error);
      bool batch = field.resolver->batch != nullptr;
      return batch ? kept->ops->visit_item(kept->value, row, writer) : kept->ops->visit(kept->value, writer);
    }
    if (field.resolver == nullptr) {
      return Fail(field, path, fmt::format("{}.{} has no resolver.", field.parent->name, field.definition->name));
    }
    const FieldArguments& arguments = ArgumentsOf(field);
    if (arguments.error) return Fail(field, path, *arguments.error);
    if (field.resolver->upcast != nullptr) object = field.resolver->upcast(object);
    FieldInfo info(field);
    Input input(arguments.values);
    return field.resolver->field(*field.resolver, MakeCall(object, input, info), writer);
  } catch (const ResponseTooLarge&) {
    throw;
  } catch (...) {
    return FailByException(field, path, std::current_exception());
  }
}

bool Execution::Fail(const PlannedField& field, const Path& path, std::string message) {
  ResponseError error{std::move(message), {}, path.ToJson(), {}};
  for (const ast::Selection* node : field.nodes) error.locations.push_back(LocationOf(source_, node->position));
  errors_.push_back(std::move(error));
  return false;
}

bool Execution::Fail(const PlannedField& field, const Path& path, const DocumentError& document_error) {
  Fail(field, path, document_error.message);
  errors_.back().locations.clear();
  for (std::uint32_t position : document_error.positions) {
    errors_.back().locations.push_back(LocationOf(source_, position));
  }
  return false;
}

bool Execution::FailByException(const PlannedField& field, const Path& path, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const FieldError& field_error) {
    Fail(field, path, field_error.what());
    errors_.back().extensions = field_error.extensions();
  } catch (const ArgumentError& argument_error) {
    Fail(field, path, DocumentError{argument_error.what(), {argument_error.position()}});
  } catch (const std::exception& exception) {
    Fail(field, path, exception.what());
  } catch (...) {
    Fail(field, path, "An unknown exception was thrown.");
  }
  return false;
}

}  // namespace tidemill::graphql
