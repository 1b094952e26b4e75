#pragma once

#include <string>
#include <utility>

#include <tidemill/api/api.h>
#include <tidemill/base/error.h>

#include "errors.h"

namespace tidemill::api {

/// What a mutation answers where nothing may be changed.
inline NamedError Unauthorized(std::string message = "Authorization failed") {
  return NamedError("UnauthorizedError", std::move(message));
}

/// What most mutations do around their work: refuse it where nothing may be changed, and answer its Error.
template <class Result, class F>
Result Guarded(const RequestContext& context, F work) {
  if (context.read_only()) return Unauthorized();
  try {
    return work();
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

}  // namespace tidemill::api
