#pragma once

#include <tidemill/graphql/value.h>

#include "execution.h"

namespace tidemill::graphql {

/// Writes one value where `type` is asked for, as the specification's CompleteValue.
class FieldWriter final : public ValueVisitor {
 public:
  FieldWriter(Execution& execution, const PlannedField& field, Type type, const Path& path)
      : execution_(execution), field_(field), type_(type), path_(path) {}

  bool Null() override;
  bool Bool(bool value) override;
  bool Int(std::int64_t value) override;
  bool Float(double value) override;
  bool String(std::string_view value) override;
  bool Json(const json::Value& value) override;
  bool Items(const void* first, std::size_t count, std::size_t stride, const ValueOps& item) override;
  bool List(const void* value, const ValueOps& list) override;
  bool Object(const void* value, const CppType& type, std::string_view type_name) override;

 private:
  bool Fail(std::string message) { return execution_.Fail(field_, path_, std::move(message)); }
  bool LeafExpected(const json::Value& value);
  bool JsonLeaf(const json::Value& value);
  bool Quoted(std::string_view text);
  /// `show(i, writer)` shows an item to its writer.
  template <class Show>
  bool WriteItems(std::size_t count, Show show);

  Execution& execution_;
  const PlannedField& field_;
  Type type_;
  const Path& path_;
};

}  // namespace tidemill::graphql
