#include "executor.h"

namespace tidemill::engine {

ExecutionEnd ExecuteMultiprocess(const Execution& execution) { return ExecuteInProcess(execution); }

}  // namespace tidemill::engine
