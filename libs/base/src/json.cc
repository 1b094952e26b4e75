#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

namespace tidemill::json {

Object::Object() = default;
Object::Object(std::initializer_list<Member> members) : members_(members) {}
Object::Object(std::vector<Member> members) : members_(std::move(members)) {}
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

const Value* Object::Find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Value* Object::Find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).Find(key)); }

const Value& Object::At(std::string_view key) const {
  if (const Value* value = Find(key)) return *value;
  throw Error(Code::kInvalidArgument, fmt::format("JSON object has no member \"{}\"", key));
}

Value& Object::Set(std::string_view key, Value value) {
  if (Value* present = Find(key)) return *present = std::move(value);
  members_.emplace_back(std::string(key), std::move(value));
  return members_.back().second;
}

void Object::Append(std::string key, Value value) { members_.emplace_back(std::move(key), std::move(value)); }

bool Object::Erase(std::string_view key) {
  return std::erase_if(members_, [&](const Member& member) { return member.first == key; }) > 0;
}

std::string_view TypeName(const Value& value) {
  static constexpr std::array<std::string_view, 8> kNames = {"null",    "boolean", "integer", "float",
                                                             "integer", "string",  "array",   "object"};
  return kNames.at(value.data().index());
}

namespace {

[[noreturn]] void ThrowType(const Value& value, std::string_view wanted) {
  throw Error(Code::kInvalidArgument, fmt::format("JSON value is {} where {} is expected", TypeName(value), wanted));
}

template <class T>
auto& Get(auto& value, std::string_view wanted) {
  if (auto* held = std::get_if<T>(&value.data())) return *held;
  ThrowType(value, wanted);
}

}  // namespace

bool Value::AsBool() const { return Get<bool>(*this, "boolean"); }
std::int64_t Value::AsInt() const { return Get<std::int64_t>(*this, "integer"); }

double Value::AsDouble() const {
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*integer);
  if (const auto* big = std::get_if<BigInt>(&data_)) return std::stod(big->digits);
  return Get<double>(*this, "float");
}

const std::string& Value::AsString() const& { return Get<std::string>(*this, "string"); }
const Array& Value::AsArray() const& { return Get<Array>(*this, "array"); }
Array& Value::AsArray() & { return const_cast<Array&>(std::as_const(*this).AsArray()); }
const Object& Value::AsObject() const& { return Get<Object>(*this, "object"); }
Object& Value::AsObject() & { return const_cast<Object&>(std::as_const(*this).AsObject()); }
std::string Value::AsString() && { return std::move(const_cast<std::string&>(std::as_const(*this).AsString())); }
Array Value::AsArray() && { return std::move(AsArray()); }
Object Value::AsObject() && { return std::move(AsObject()); }

const Value* Value::Find(std::string_view key) const {
  const auto* object = std::get_if<Object>(&data_);
  return object == nullptr ? nullptr : object->Find(key);
}

bool Value::operator==(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  if (!is_object()) {
    return std::visit(
        [&]<class T>(const T& mine) {
          if constexpr (std::is_same_v<T, Object>) {
            return false;  // handled below
          } else {
            return mine == std::get<T>(other.data_);
          }
        },
        data_);
  }
  const Object& mine = AsObject();
  const Object& theirs = other.AsObject();
  return mine.size() == theirs.size() && std::all_of(mine.begin(), mine.end(), [&](const Object::Member& member) {
           const Value* counterpart = theirs.Find(member.first);
           return counterpart != nullptr && *counterpart == member.second;
         });
}

namespace {

constexpr char kHex[] = "0123456789abcdef";

void AppendUnicodeEscape(std::string& out, unsigned unit) {
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[(unit >> shift) & 15]);
}

/// True for the lone surrogates that stand for one raw byte, as Python's surrogateescape makes them.
bool IsEscapedByte(unsigned point) { return point >= 0xDC80 && point <= 0xDCFF; }

/// Decodes one UTF-8 sequence at `text[at]` and moves `at` past it. A byte that starts no valid sequence becomes its
/// lone surrogate; so that the two cannot be confused, the encoded form of such a surrogate is no valid sequence.
unsigned DecodeUtf8(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  const bool valid_lead = lead < 0x80 || (lead >= 0xC2 && lead < 0xF5);
  if (valid_lead && at + length <= text.size()) {
    static constexpr std::array<unsigned, 5> kMask = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned point = lead & kMask[length];
    bool valid = true;
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      valid = valid && (next & 0xC0) == 0x80;
      point = (point << 6) | (next & 0x3F);
    }
    static constexpr std::array<unsigned, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    if (valid && point >= kLeast[length] && point <= 0x10FFFF && !IsEscapedByte(point)) {
      at += length;
      return point;
    }
  }
  ++at;
  return 0xDC00u + lead;
}

}  // namespace

void AppendQuoted(std::string& out, std::string_view utf8) {
  out.push_back('"');
  std::size_t plain = 0;  // start of the run of characters that need no escape
  std::size_t at = 0;
  while (at < utf8.size()) {
    const auto c = static_cast<unsigned char>(utf8[at]);
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    out.append(utf8, plain, at - plain);
    switch (c) {
      case '"':
        out.append("\\\"");
        ++at;
        break;
      case '\\':
        out.append("\\\\");
        ++at;
        break;
      case '\n':
        out.append("\\n");
        ++at;
        break;
      case '\r':
        out.append("\\r");
        ++at;
        break;
      case '\t':
        out.append("\\t");
        ++at;
        break;
      case '\b':
        out.append("\\b");
        ++at;
        break;
      case '\f':
        out.append("\\f");
        ++at;
        break;
      default: {
        const unsigned point = DecodeUtf8(utf8, at);
        if (point >= 0x10000) {
          AppendUnicodeEscape(out, 0xD800 + ((point - 0x10000) >> 10));
          AppendUnicodeEscape(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
        } else {
          AppendUnicodeEscape(out, point);
        }
      }
    }
    plain = at;
  }
  out.append(utf8, plain, at - plain);
  out.push_back('"');
}

void AppendInt(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void AppendDouble(std::string& out, double value) {
  if (std::isnan(value)) return void(out.append("NaN"));
  if (std::isinf(value)) return void(out.append(value > 0 ? "Infinity" : "-Infinity"));
  // Python switches to exponents outside of 1e-4 <= |x| < 1e16.
  const double magnitude = std::fabs(value);
  const bool fixed = value == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
  out.append(digits);
  if (fixed && digits.find('.') == std::string_view::npos) out.append(".0");
}

namespace {

/// Walks a value once; `indent` < 0 writes on one line.
class Writer {
 public:
  Writer(std::string& out, Order order, int indent) : out_(out), order_(order), indent_(indent) {}

  void Write(const Value& value) {
    std::visit([this](const auto& held) { WriteHeld(held); }, value.data());
  }

 private:
  void WriteHeld(std::nullptr_t) { out_.append("null"); }
  void WriteHeld(bool value) { out_.append(value ? "true" : "false"); }
  void WriteHeld(std::int64_t value) { AppendInt(out_, value); }
  void WriteHeld(double value) { AppendDouble(out_, value); }
  void WriteHeld(const BigInt& value) { out_.append(value.digits); }
  void WriteHeld(const std::string& value) { AppendQuoted(out_, value); }

  void WriteHeld(const Array& array) {
    if (array.empty()) return void(out_.append("[]"));
    Open('[');
    bool first = true;
    for (const Value& item : array) {
      Separate(first);
      Write(item);
    }
    Close(']');
  }

  void WriteHeld(const Object& object) {
    if (object.empty()) return void(out_.append("{}"));
    std::vector<const Object::Member*> members;
    members.reserve(object.size());
    for (const Object::Member& member : object) members.push_back(&member);
    if (order_ == Order::kSorted) {
      // UTF-8 sorts by bytes as Python's strings do by code points.
      std::stable_sort(members.begin(), members.end(),
                       [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    Open('{');
    bool first = true;
    for (const Object::Member* member : members) {
      Separate(first);
      AppendQuoted(out_, member->first);
      out_.append(": ");
      Write(member->second);
    }
    Close('}');
  }

  void Open(char bracket) {
    out_.push_back(bracket);
    ++depth_;
  }

  void Separate(bool& first) {
    if (!first) out_.append(indent_ < 0 ? ", " : ",");
    first = false;
    BreakLine();
  }

  void Close(char bracket) {
    --depth_;
    BreakLine();
    out_.push_back(bracket);
  }

  void BreakLine() {
    if (indent_ < 0) return;
    out_.push_back('\n');
    out_.append(static_cast<std::size_t>(depth_) * static_cast<std::size_t>(indent_), ' ');
  }

  std::string& out_;
  const Order order_;
  const int indent_;
  int depth_ = 0;
};

}  // namespace

void AppendValue(std::string& out, const Value& value, Order order) { Writer(out, order, -1).Write(value); }

std::string Dump(const Value& value, Order order) {
  std::string out;
  AppendValue(out, value, order);
  return out;
}

std::string DumpPretty(const Value& value, int indent, Order order) {
  std::string out;
  Writer(out, order, indent).Write(value);
  return out;
}

}  // namespace tidemill::json
