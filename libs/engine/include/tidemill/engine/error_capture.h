#pragma once

#include <exception>
#include <string>

#include <tidemill/model/error_info.h>

namespace tidemill::engine {

/// An exception as data: its type, its text, the stack where it was thrown, and what it was nested in
/// (std::throw_with_nested) as its causes.
///
/// The stack is taken by an interposed __cxa_throw, for the last few throws of each thread: describe an exception where
/// it is caught, on the thread that threw it. Function names come from the executable's symbols, files and lines from
/// its debug information, if it has any.
model::ErrorInfo DescribeException(std::exception_ptr exception);

/// An error of the platform itself, worded as Dagster words it: "dagster._core.errors.<class>: <text>\n".
model::ErrorInfo DagsterError(std::string cls_name, std::string_view text, const model::ErrorInfo* cause = nullptr);

/// "tidemill::Error" of a type_info's name.
std::string Demangle(const char* name);

}  // namespace tidemill::engine
