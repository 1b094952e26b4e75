#pragma once

#include "execution.h"

namespace tidemill::graphql {

/// Keeps what a resolver gives, to be shown later.
class KeptVisitor final : public ValueVisitor {
 public:
  explicit KeptVisitor(Kept& kept) : kept_(kept) {}

  bool Take(void* value, const ValueOps& ops) override {
    kept_.owner = ops.keep(value);
    kept_.value = kept_.owner.get();
    kept_.ops = &ops;
    return true;
  }
  bool TakeReference(const void* value, const ValueOps& ops) override {
    kept_.value = value;
    kept_.ops = &ops;
    return true;
  }

  // Resolvers give whole values only.
  bool Null() override { return true; }
  bool Bool(bool) override { return true; }
  bool Int(std::int64_t) override { return true; }
  bool Float(double) override { return true; }
  bool String(std::string_view) override { return true; }
  bool Json(const json::Value&) override { return true; }
  bool Items(const void*, std::size_t, std::size_t, const ValueOps&) override { return true; }
  bool List(const void*, const ValueOps&) override { return true; }
  bool Object(const void*, const CppType&, std::string_view) override { return true; }

 private:
  Kept& kept_;
};

}  // namespace tidemill::graphql
