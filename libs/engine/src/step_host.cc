#include <exception>
#include <optional>
#include <span>

#include <tidemill/engine/step_host.h>

#include "step_worker.h"

namespace tidemill::engine {
namespace {

class StepWork final : public ForkedWork {
 public:
  StepWork(const CodeLocation& location, const Clock& clock) : location_(location), clock_(clock) {}

  void Share(std::string_view message) override {
    task_ = DecodeTask(message);
    error_ = nullptr;
    try {
      prepared_.emplace(PrepareRun(location_, task_.run));
    } catch (...) {
      error_ = std::current_exception();  // Said by each step in its log.
    }
  }

  int Run(std::string_view message, FileDescriptor descriptor) override {
    DecodeStep(message, task_);
    return ServeStep(std::move(descriptor), task_, clock_, [this]() -> const PreparedRun& {
      if (error_) std::rethrow_exception(error_);
      return *prepared_;
    });
  }

 private:
  const CodeLocation& location_;
  const Clock& clock_;
  StepTask task_;
  std::optional<PreparedRun> prepared_;
  std::exception_ptr error_;
};

}  // namespace

std::unique_ptr<StepHost> MakeStepHost(const CodeLocation& location, int ack_fd, const Clock& clock) {
  if (!ForkHost::IsPossible()) return nullptr;
  return std::make_unique<StepHost>(std::make_unique<StepWork>(location, clock),
                                    std::span(&ack_fd, ack_fd >= 0 ? 1 : 0));
}

}  // namespace tidemill::engine
