#include "captured_logs.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include <tidemill/api/api.h>
#include <tidemill/api/log_tails.h>
#include <tidemill/base/error.h>

#include "run.h"

namespace tidemill::api {
namespace {

struct LogMetadata {
  std::vector<std::string> log_key;
  std::string out_path;
  std::string err_path;
};

struct Offsets {
  std::int64_t out = 0;
  std::int64_t err = 0;
};

std::int64_t OffsetOf(std::string_view text, std::string_view cursor) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc() && end == text.data() + text.size() && value >= 0) return value;
  throw Error(Code::kInvalidArgument, "\"" + std::string(cursor) + "\" is no cursor of captured logs, like \"0:120\"");
}

/// As in Dagster a text without exactly one colon stands for the beginning.
Offsets OffsetsOf(const std::optional<std::string>& cursor) {
  if (!cursor || cursor->empty()) return {};
  const std::size_t colon = cursor->find(':');
  if (colon == std::string::npos || cursor->find(':', colon + 1) != std::string::npos) return {};
  const std::string_view text = *cursor;
  return {OffsetOf(text.substr(0, colon), text), OffsetOf(text.substr(colon + 1), text)};
}

/// What the file holds from `offset` on, which moves behind it. Nothing if that is nothing, or there is no file.
std::optional<std::string> ReadFrom(const std::filesystem::path& path, std::int64_t& offset,
                                    std::optional<std::int64_t> limit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  file.seekg(0, std::ios::end);
  const std::int64_t left = static_cast<std::int64_t>(file.tellg()) - offset;
  if (left <= 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(limit && *limit >= 0 ? std::min(*limit, left) : left), '\0');
  file.seekg(offset);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  offset += file.gcount();
  if (bytes.empty()) return std::nullopt;
  return ReplaceInvalidUtf8(bytes);
}

/// How many bytes the character at `text` has by its first byte, and the bounds of its second one. 0: it is none.
std::size_t LengthOf(unsigned char lead, unsigned char& low, unsigned char& high) {
  low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

std::string UrlOf(const std::vector<std::string>& log_key, std::string_view extension) {
  std::string url = "/logs";
  for (const std::string& part : log_key) url += "/" + part;
  return url + "/" + std::string(extension);
}

std::vector<std::string> LogKeyOf(const graphql::Arguments& arguments) {
  return arguments.Get<std::vector<std::string>>("logKey");
}

LogMetadata MetadataOf(const graphql::Arguments& arguments, const RequestContext& context) {
  LogMetadata metadata{LogKeyOf(arguments), {}, {}};
  metadata.out_path = context.instance().CapturedLogPath(metadata.log_key, "out").string();
  metadata.err_path = context.instance().CapturedLogPath(metadata.log_key, "err").string();
  return metadata;
}

/// What one message brings of each stream at most.
constexpr std::int64_t kPiece = 1 << 20;
/// How often the files of a step that runs are looked at.
constexpr std::chrono::milliseconds kInterval{20};

/// Both streams as they grow, until the step has ended.
class LogStream final : public graphql::EventSource<CapturedLogs> {
 public:
  LogStream(const instance::Instance& instance, Poller& poller, std::vector<std::string> log_key,
            std::optional<std::string> cursor)
      : instance_(instance), poller_(poller), log_key_(std::move(log_key)), cursor_(std::move(cursor)) {
    OffsetsOf(cursor_);  // Refused now if it is none.
  }

  void Start(std::function<void()> wake) override {
    auto look = [wake = std::move(wake), known = std::uintmax_t{0}, files = Files()]() mutable {
      const std::uintmax_t size = SizeOf(files);
      if (std::exchange(known, size) != size) wake();
      return kInterval;
    };
    look_ = poller_.Add(std::move(look));
  }
  bool ended() const override { return ended_; }

  std::optional<CapturedLogs> Next() override {
    if (ended_) return std::nullopt;
    // Asked before the files are read: what is written before the end is read then.
    const bool complete = std::filesystem::exists(instance_.CapturedLogPath(log_key_, "complete"));
    CapturedLogs logs = ReadCapturedLogs(instance_, log_key_, cursor_, kPiece);
    const auto is_full = [](const auto& text) { return text && static_cast<std::int64_t>(text->size()) >= kPiece; };
    ended_ = complete && !is_full(logs.out) && !is_full(logs.err);
    if (cursor_ == logs.cursor) return std::nullopt;
    cursor_ = logs.cursor;
    return logs;
  }

 private:
  std::vector<std::filesystem::path> Files() const {
    std::vector<std::filesystem::path> files;
    for (const char* extension : {"out", "err", "complete"}) {
      files.push_back(instance_.CapturedLogPath(log_key_, extension));
    }
    return files;
  }

  /// Another number when one of the files has grown or come.
  static std::uintmax_t SizeOf(const std::vector<std::filesystem::path>& files) {
    std::uintmax_t sum = 0;
    for (const auto& file : files) {
      std::error_code missing;
      const std::uintmax_t size = std::filesystem::file_size(file, missing);
      if (!missing) sum += size + 1;
    }
    return sum;
  }

  const instance::Instance& instance_;
  Poller& poller_;
  const std::vector<std::string> log_key_;
  std::optional<std::string> cursor_;
  bool ended_ = false;
  std::unique_ptr<Poller::Handle> look_;
};

std::unique_ptr<graphql::EventSource<CapturedLogs>> Follow(const graphql::Arguments& arguments,
                                                           const RequestContext& context) {
  LogTails* tails = context.services().log_tails;
  if (tails == nullptr) throw Error(Code::kFailedPrecondition, "this server follows no logs: ask capturedLogs instead");
  return std::make_unique<LogStream>(context.instance(), tails->poller(), LogKeyOf(arguments),
                                     arguments.Get<std::optional<std::string>>("cursor"));
}

}  // namespace

std::string ReplaceInvalidUtf8(std::string_view bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    unsigned char low = 0;
    unsigned char high = 0;
    const std::size_t length = LengthOf(static_cast<unsigned char>(bytes[i]), low, high);
    std::size_t valid = length == 0 ? 0 : 1;
    while (valid > 0 && valid < length && i + valid < bytes.size()) {
      const auto next = static_cast<unsigned char>(bytes[i + valid]);
      if (next < low || next > high) break;
      low = 0x80;
      high = 0xBF;
      ++valid;
    }
    if (length > 0 && valid == length) {
      text.append(bytes.substr(i, length));
    } else {
      text.append(kReplacement);
    }
    i += std::max<std::size_t>(valid, 1);
  }
  return text;
}

CapturedLogs ReadCapturedLogs(const instance::Instance& instance, std::vector<std::string> log_key,
                              const std::optional<std::string>& cursor, std::optional<std::int64_t> limit) {
  Offsets offsets = OffsetsOf(cursor);
  CapturedLogs logs;
  logs.out = ReadFrom(instance.CapturedLogPath(log_key, "out"), offsets.out, limit);
  logs.err = ReadFrom(instance.CapturedLogPath(log_key, "err"), offsets.err, limit);
  logs.cursor = std::to_string(offsets.out) + ":" + std::to_string(offsets.err);
  logs.log_key = std::move(log_key);
  return logs;
}

void BindCapturedLogs(graphql::Schema& schema) {
  schema.Subscription().Stream("capturedLogs", Follow);
  schema.Object<CapturedLogs>("CapturedLogs")
      .Field("logKey", &CapturedLogs::log_key)
      .Field("stdout", &CapturedLogs::out)
      .Field("stderr", &CapturedLogs::err)
      .Field("cursor", &CapturedLogs::cursor);
  schema.Object<LogMetadata>("CapturedLogsMetadata")
      .Field("stdoutDownloadUrl", [](const LogMetadata& logs) { return UrlOf(logs.log_key, "out"); })
      .Field("stdoutLocation", &LogMetadata::out_path)
      .Field("stderrDownloadUrl", [](const LogMetadata& logs) { return UrlOf(logs.log_key, "err"); })
      .Field("stderrLocation", &LogMetadata::err_path);
  schema.Object<Run>("Run").Field(
      "capturedLogs", [](const Run& run, const graphql::Arguments& arguments, const RequestContext& context) {
        return ReadCapturedLogs(context.instance(),
                                {run.run().run_id, "compute_logs", arguments.Get<std::string>("fileKey")}, std::nullopt,
                                std::nullopt);
      });
  schema.Query()
      .Field("capturedLogsMetadata", MetadataOf)
      .Field("capturedLogs", [](const graphql::Arguments& arguments, const RequestContext& context) {
        return ReadCapturedLogs(context.instance(), LogKeyOf(arguments),
                                arguments.Get<std::optional<std::string>>("cursor"),
                                arguments.Get<std::optional<std::int64_t>>("limit"));
      });
}

}  // namespace tidemill::api
