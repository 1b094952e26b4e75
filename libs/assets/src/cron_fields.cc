#include "cron_fields.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/error.h>

namespace tidemill::assets {
namespace {

struct FieldSpec {
  const char* name;
  int low, high;
  std::size_t all;
};
constexpr FieldSpec kSpecs[] = {{"minute", 0, 59, 60},
                                {"hour", 0, 23, 24},
                                {"day of month", 1, 31, 31},
                                {"month", 1, 12, 12},
                                {"day of week", 0, 6, 7}};
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"},   {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},  {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}};
constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lower;
}

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

std::vector<std::string> SplitBlanks(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < text.size();) {
    while (i < text.size() && IsBlank(text[i])) ++i;
    std::size_t end = i;
    while (end < text.size() && !IsBlank(text[end])) ++end;
    if (end > i) parts.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return parts;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Reads one field. The order and the outcome of every step are croniter's, also where they surprise.
class FieldParser {
 public:
  FieldParser(std::string_view text, int index, CronFields& out) : text_(text), index_(index), out_(out) {}

  void Parse(std::string expression) {
    if (expression.find('?') != std::string::npos) {
      if (expression != "?") Fail("'?' stands alone");
      if (index_ != CronFields::kDay && index_ != CronFields::kWeekday) Fail("'?' is for the two day fields only");
      expression = "*";
    }
    for (std::size_t begin = 0; begin <= expression.size();) {
      const std::size_t end = std::min(expression.find(',', begin), expression.size());
      ParseItem(expression.substr(begin, end - begin));
      begin = end + 1;
    }
  }

 private:
  [[noreturn]] void Fail(std::string_view why) const {
    throw Error(Code::kInvalidArgument,
                fmt::format("cron schedule '{}': field {} ({}): {}", text_, index_ + 1, spec().name, why));
  }

  const FieldSpec& spec() const { return kSpecs[index_]; }

  static int Number(std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() ? value : 1'000'000'000;  // Beyond every bound, and a step to beyond.
  }

  /// The number of a name of a month or day.
  std::optional<int> Named(std::string_view name) const {
    const auto in = [&](const auto& names, int first) -> std::optional<int> {
      const auto it = std::find(std::begin(names), std::end(names), name);
      if (it == std::end(names)) return std::nullopt;
      return static_cast<int>(it - std::begin(names)) + first;
    };
    if (index_ == CronFields::kMonth) return in(kMonths, 1);
    if (index_ == CronFields::kWeekday) return in(kWeekdays, 0);
    return std::nullopt;
  }

  /// 7 is also Sunday.
  int Alias(int value) const { return index_ == CronFields::kWeekday && value == 7 ? 0 : value; }

  int Bound(std::string_view text) const {
    if (IsDigits(text)) return Alias(Number(text));
    if (const auto named = Named(text)) return Alias(*named);
    Fail(fmt::format("'{}' is neither a number nor a name", text));
  }

  /// "fri#2", "5#2", "mon-wed#1" or "l5": takes the marker off and returns the item without it.
  std::string TakeNth(const std::string& item) {
    nth_ = 0;
    nth_last_ = false;
    if (index_ != CronFields::kWeekday) return item;
    const std::size_t hash = item.find('#');
    if (hash == std::string::npos) {
      if (item.size() < 2 || item[0] != 'l' || !IsDigits(item.substr(1))) return item;
      nth_last_ = true;
      return item.substr(1);
    }
    std::string days = item.substr(0, hash);
    if (!IsDigits(item.substr(hash + 1)) || !IsNthTarget(days)) return item;
    nth_ = Number(item.substr(hash + 1));
    if (nth_ < 1 || nth_ > 5) Fail(fmt::format("'{}': a month has a first to a fifth of a weekday", item));
    return days;
  }

  bool IsNthTarget(std::string_view days) const {
    const auto is_word = [](std::string_view text) {
      return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
    };
    const std::size_t dash = days.find('-');
    if (dash == std::string_view::npos) return is_word(days);
    return Named(days.substr(0, dash)).has_value() && Named(days.substr(dash + 1)).has_value();
  }

  struct Range {
    std::string low, high;
    std::optional<int> step;
  };

  /// "low-high" or "low-high/step"; nothing if it is not of this form.
  std::optional<Range> MatchRange(std::string_view text) const {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos || dash == 0) return std::nullopt;
    std::string_view rest = text.substr(dash + 1);
    Range range{std::string(text.substr(0, dash)), "", std::nullopt};
    if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
      if (!IsDigits(rest.substr(slash + 1))) return std::nullopt;
      range.step = Number(rest.substr(slash + 1));
      rest = rest.substr(0, slash);
    }
    if (rest.empty() || rest.find('-') != std::string_view::npos) return std::nullopt;
    range.high = rest;
    return range;
  }

  void ParseItem(const std::string& original) {
    if (index_ == CronFields::kWeekday && original.empty()) Fail("an empty item");
    const std::string item = TakeNth(original);
    std::string normal = item;
    if (item.size() > 2 && item.starts_with("*/"))
      normal = fmt::format("{}-{}{}", spec().low, spec().high, item.substr(1));
    auto range = MatchRange(normal);
    const std::size_t slash = item.rfind('/');
    if (!range && slash != std::string::npos && slash > 0 && slash + 1 < item.size()) {
      normal = fmt::format("{}-{}/{}", item.substr(0, slash), spec().high, item.substr(slash + 1));
      range = MatchRange(normal);
    }
    if (range) {
      AddRange(*range, item);
    } else {
      AddSingle(item);
    }
  }

  void AddRange(const Range& range, const std::string& item) {
    const int low = Bound(range.low);
    const int high = index_ == CronFields::kDay && range.high == "l" ? 31 : Bound(range.high);
    const int step = range.step.value_or(1);
    if (std::max(low, high) > spec().high) Fail(fmt::format("'{}' goes beyond {}", item, spec().high));
    if (step == 0) Fail(fmt::format("'{}' has a step of 0", item));
    for (const int value : low > high ? Wrapped(low, high, step) : Straight(low, high, step)) AddValue(value, item);
  }

  std::vector<int> Straight(int low, int high, int step) const {
    // A range from a value to itself, "sun-sun", means the whole cycle.
    const int first = low == high ? spec().low : low;
    const int last = low == high ? spec().high : high;
    std::vector<int> values;
    for (std::int64_t value = first; value <= last; value += step) values.push_back(static_cast<int>(value));
    return values;
  }

  /// "fri-mon": to the end of the cycle and on from its start, keeping the step.
  std::vector<int> Wrapped(int low, int high, int step) const {
    std::vector<int> values;
    for (std::int64_t value = low; value <= spec().high; value += step) values.push_back(static_cast<int>(value));
    const int whole = spec().high - spec().low + 1;
    const int skipped = spec().high - values.back();
    const int position = values.back() - spec().low;
    const int skip = static_cast<std::int64_t>(position) + step > whole && skipped < step ? step - skipped : 0;
    for (std::int64_t value = static_cast<std::int64_t>(spec().low) + skip; value <= high; value += step) {
      values.push_back(static_cast<int>(value));
    }
    return values;
  }

  void AddSingle(const std::string& item) {
    if (item.empty()) Fail("an empty item");
    if (item[0] == '-') Fail(fmt::format("'{}' is negative", item));
    CronField& field = out_.fields[static_cast<std::size_t>(index_)];
    if (item == "*") {
      field.star = true;
    } else if (item == "l" && index_ == CronFields::kDay) {
      field.last_day = true;
    } else {
      AddValue(Bound(item), item);
    }
  }

  void AddValue(int value, const std::string& item) {
    value = Alias(value);
    if (value < spec().low || value > spec().high) {
      Fail(fmt::format("'{}' is out of range, {} to {}", item, spec().low, spec().high));
    }
    out_.fields[static_cast<std::size_t>(index_)].values.push_back(value);
    if (nth_ > 0) out_.nth_weekdays[value].nth[static_cast<std::size_t>(nth_)] = true;
    if (nth_last_) out_.nth_weekdays[value].last = true;
  }

  std::string_view text_;
  int index_;
  CronFields& out_;
  int nth_ = 0;
  bool nth_last_ = false;
};

/// Hashed and random fields ("h", "r(0-29)/2"): the first needs a key that schedules lack, the second would fire at
/// other times in each process.
bool IsHashed(std::string_view expression) {
  if (expression.empty() || (expression[0] != 'h' && expression[0] != 'r')) return false;
  return expression.size() == 1 || expression[1] == '(' || expression[1] == '/';
}

void Simplify(CronFields& cron, const std::vector<std::string>& expressions) {
  for (int i = 0; i < 5; ++i) {
    CronField& field = cron.fields[static_cast<std::size_t>(i)];
    std::sort(field.values.begin(), field.values.end());
    field.values.erase(std::unique(field.values.begin(), field.values.end()), field.values.end());
    if (field.size() != kSpecs[i].all) continue;
    // A day field that lists everything stays a list where the other one is no star: either of them may fire.
    const int other = i == CronFields::kDay ? CronFields::kWeekday : i == CronFields::kWeekday ? CronFields::kDay : -1;
    if (other >= 0 && expressions[static_cast<std::size_t>(other)].find('*') == std::string::npos) continue;
    field = CronField{{}, true, false};
  }
}

void CheckMeaning(const CronFields& cron) {
  const auto fail = [&](std::string_view why) {
    throw Error(Code::kInvalidArgument, fmt::format("cron schedule '{}': {}", cron.text, why));
  };
  const CronField& weekdays = cron.fields[CronFields::kWeekday];
  if (!cron.nth_weekdays.empty() && weekdays.size() != 7) {
    for (const int day : weekdays.values) {
      if (!cron.nth_weekdays.contains(day)) {
        fail("field 5 (day of week): a plain weekday next to one with '#' or 'L': use two schedules");
      }
    }
  }
  const CronField& months = cron.fields[CronFields::kMonth];
  const CronField& days = cron.fields[CronFields::kDay];
  if (months.IsNumber() && months.values[0] == 2 && days.IsNumber() && days.values[0] >= 30) {
    fail("field 3 (day of month): February never has that day");
  }
}

}  // namespace

CronFields ParseCronFields(std::string_view text) {
  CronFields cron;
  cron.text = text;
  std::string lower = Lower(text);
  for (const auto& [alias, meaning] : kAliases) {
    if (lower == alias) lower = meaning;
  }
  const auto expressions = SplitBlanks(lower);
  if (expressions.size() != 5) {
    throw Error(Code::kInvalidArgument,
                fmt::format("cron schedule '{}' has {} fields: five are needed (minute, hour, day of month, month, day "
                            "of week), or a name such as @daily",
                            text, expressions.size()));
  }
  for (int i = 0; i < 5; ++i) {
    const auto& expression = expressions[static_cast<std::size_t>(i)];
    if (IsHashed(expression)) {
      throw Error(Code::kInvalidArgument, fmt::format("cron schedule '{}': field {} ({}): hashed and random values are "
                                                      "not supported: name a value",
                                                      text, i + 1, kSpecs[i].name));
    }
    FieldParser(text, i, cron).Parse(expression);
  }
  Simplify(cron, expressions);
  CheckMeaning(cron);
  constexpr std::string_view kLeapDay = " 29 2 *";
  if (text.ends_with(kLeapDay)) {
    cron.is_leap_day = true;
    cron.fields[CronFields::kDay].values = {28};
  }
  return cron;
}

}  // namespace tidemill::assets
