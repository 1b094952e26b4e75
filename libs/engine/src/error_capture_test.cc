#include <stdexcept>

#include <gmock/gmock.h>

#include <tidemill/engine/error_capture.h>

namespace tidemill::engine {
namespace {

using testing::Contains;
using testing::HasSubstr;

[[gnu::noinline]] void ThrowInner() { throw std::out_of_range("no such row"); }

[[gnu::noinline]] void ThrowNested() {
  try {
    ThrowInner();
  } catch (...) {
    std::throw_with_nested(std::runtime_error("cannot load"));
  }
}

model::ErrorInfo Caught(void (*function)()) {
  try {
    function();
  } catch (...) {
    return DescribeException(std::current_exception());
  }
  return {};
}

TEST(ErrorCaptureTest, NamesTypeTextAndTheFunctionThatThrew) {
  const model::ErrorInfo info = Caught(ThrowInner);

  EXPECT_EQ(info.cls_name, "std::out_of_range");
  EXPECT_EQ(info.message, "std::out_of_range: no such row\n");
  ASSERT_FALSE(info.stack.empty());
  EXPECT_THAT(info.stack.back(), HasSubstr("ThrowInner")) << "the innermost frame stands last, as in Python";
  EXPECT_THAT(info.stack, Contains(HasSubstr("Caught")));
  for (const std::string& frame : info.stack) EXPECT_EQ(frame.back(), '\n');
}

TEST(ErrorCaptureTest, WhatItIsNestedInIsTheCause) {
  const model::ErrorInfo info = Caught(ThrowNested);

  EXPECT_EQ(info.message, "std::runtime_error: cannot load\n");
  ASSERT_NE(info.cause, nullptr);
  EXPECT_EQ(info.cause->message, "std::out_of_range: no such row\n");
  EXPECT_THAT(info.cause->stack.back(), HasSubstr("ThrowInner"));
}

TEST(ErrorCaptureTest, AnythingCanBeThrown) {
  EXPECT_EQ(Caught([] { throw std::string("text"); }).message, "std::string: text\n");
  EXPECT_EQ(Caught([] { throw 7; }).message, "int\n");
}

TEST(ErrorCaptureTest, AnErrorOfThePlatformHasDagstersName) {
  const model::ErrorInfo cause = Caught(ThrowInner);
  const model::ErrorInfo info = DagsterError("DagsterExecutionStepExecutionError", "Error occurred:", &cause);
  EXPECT_EQ(info.message, "dagster._core.errors.DagsterExecutionStepExecutionError: Error occurred:\n");
  EXPECT_EQ(info.cause->cls_name, "std::out_of_range");
}

}  // namespace
}  // namespace tidemill::engine
