#pragma once

#include <map>
#include <string>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/cli/environment.h>

namespace tidemill::cli {

/// Keeps what is written; each write apart, since a frame must be one.
class FakeStream final : public Stream {
 public:
  void Write(std::string_view text) override {
    text_ += text;
    writes_.emplace_back(text);
  }
  bool is_terminal() const override { return is_terminal_; }
  Size size() const override { return size_; }
  bool closed() const override { return closed_; }

  const std::string& text() const { return text_; }
  const std::vector<std::string>& writes() const { return writes_; }
  void set_terminal(bool is_terminal) { is_terminal_ = is_terminal; }
  void set_size(Size size) { size_ = size; }
  void set_closed(bool closed) { closed_ = closed; }

 private:
  std::string text_;
  std::vector<std::string> writes_;
  bool is_terminal_ = false;
  bool closed_ = false;
  Size size_;
};

/// An environment whose parts a test sets.
struct FakeEnvironment {
  FakeStream out;
  FakeStream err;
  ManualClock clock{Timestamp{}};
  std::map<std::string, std::string, std::less<>> variables;
  std::vector<std::string> answers;  ///< To prompts, in order.
  Environment environment{out, err, clock,
                          [this](std::string_view name) -> std::optional<std::string> {
                            const auto found = variables.find(name);
                            if (found == variables.end()) return std::nullopt;
                            return found->second;
                          },
                          [this](std::string_view prompt) -> std::optional<std::string> {
                            err.Write(prompt);
                            if (answers.empty()) return std::nullopt;
                            std::string answer = answers.front();
                            answers.erase(answers.begin());
                            return answer;
                          }};
};

}  // namespace tidemill::cli
