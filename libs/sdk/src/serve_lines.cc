#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/sdk/location_handlers.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::sdk {
namespace {

/// Takes lines from a descriptor.
class LineReader final {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}

  /// Without its newline; nothing at the end of the input.
  std::optional<std::string> Next() {
    while (true) {
      const std::size_t end = buffer_.find('\n', searched_);
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        searched_ = 0;
        return line;
      }
      searched_ = buffer_.size();
      if (!Fill()) return {};
    }
  }

 private:
  bool Fill() {
    char bytes[65536];
    while (true) {
      const ssize_t count = ::read(descriptor_, bytes, sizeof bytes);
      if (count > 0) {
        buffer_.append(bytes, static_cast<std::size_t>(count));
        return true;
      }
      if (count == 0) return false;
      if (errno != EINTR) ThrowErrno("reading the host's requests", errno);
    }
  }

  const int descriptor_;
  std::string buffer_;
  std::size_t searched_ = 0;
};

void WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      ThrowErrno("answering the host", errno);
    }
  }
}

std::string ErrorAnswer(std::exception_ptr exception) {
  model::ErrorInfo info = engine::DescribeException(exception);
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    // Hosts tell what was not found from what was wrong by the class.
    if (error.code() == Code::kNotFound) info.cls_name = "NotFoundError";
  } catch (...) {  // The description has all there is.
  }
  return fmt::format("{{\"error\": {}}}\n", serdes::Encode(info));
}

std::string Answer(LocationHandlers& handlers, const std::string& line) {
  try {
    const json::Value request = json::Parse(line);
    const json::Value* method = request.Find("method");
    if (method == nullptr) throw Error(Code::kInvalidArgument, "a request needs a \"method\"");
    const json::Value* args = request.Find("args");
    std::string answer = handlers.Handle(method->AsString(), args != nullptr ? *args : json::Value());
    answer.insert(0, R"({"result": )");
    answer += "}\n";
    return answer;
  } catch (...) {
    return ErrorAnswer(std::current_exception());
  }
}

}  // namespace

void ServeLines(LocationHandlers& handlers, int input, int output) {
  LineReader reader(input);
  while (const auto line = reader.Next()) WriteAll(output, Answer(handlers, *line));
}

}  // namespace tidemill::sdk
