#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "selection_node.h"

namespace tidemill::assets {
namespace {

using Kind = SelectionNode::Kind;

enum class TokenKind { kEnd, kSymbol, kDigits, kWord, kPattern, kQuoted, kNull };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  std::size_t column = 1;

  bool Is(std::string_view symbol) const {
    return (kind == TokenKind::kSymbol || kind == TokenKind::kWord) && text == symbol;
  }
};

bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool IsWordPart(char c) { return IsWordStart(c) || (c >= '/' && c <= '9'); }

[[noreturn]] void Fail(std::size_t column, std::string_view what) {
  throw Error(Code::kInvalidArgument, fmt::format("asset selection, column {}: {}", column, what));
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token Next() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    if (at_ == text_.size()) return {TokenKind::kEnd, "", at_ + 1};
    const char c = text_[at_];
    if (c >= '0' && c <= '9') return Take(TokenKind::kDigits, Run([](char d) { return d >= '0' && d <= '9'; }));
    if (c == '"') return Quoted();
    if (text_.substr(at_).starts_with("<null>")) return Take(TokenKind::kNull, 6);
    if (IsWordStart(c) || c == '*') return WordOrPattern();
    if (std::string_view("=+:(),").find(c) != std::string_view::npos) return Take(TokenKind::kSymbol, 1);
    Fail(at_ + 1, fmt::format("'{}' has no meaning here: put names with such characters in double quotes", c));
  }

 private:
  template <class Predicate>
  std::size_t Run(Predicate is_part) const {
    std::size_t size = 0;
    while (at_ + size < text_.size() && is_part(text_[at_ + size])) ++size;
    return size;
  }

  Token Take(TokenKind kind, std::size_t size) {
    const Token token{kind, text_.substr(at_, size), at_ + 1};
    at_ += size;
    return token;
  }

  Token WordOrPattern() {
    const std::size_t word = IsWordStart(text_[at_]) ? Run(IsWordPart) : 0;
    const std::size_t pattern = Run([](char c) { return IsWordPart(c) || c == '*'; });
    if (pattern > word) {
      return Take(pattern == 1 ? TokenKind::kSymbol : TokenKind::kPattern, pattern);
    }
    return Take(TokenKind::kWord, word);
  }

  Token Quoted() {
    const std::size_t end = text_.find_first_of("\"\\\r\n", at_ + 1);
    if (end == std::string_view::npos || text_[end] != '"') {
      Fail(at_ + 1, "this quoted text does not end: it holds no backslash or line end, and closes with a double quote");
    }
    return Take(TokenKind::kQuoted, end + 1 - at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct AttributeSpec {
  std::string_view name;
  Kind kind;
  AssetAttribute attribute = AssetAttribute::kCodeLocation;
};
constexpr AttributeSpec kAttributes[] = {
    {"key", Kind::kKeyPattern},
    {"tag", Kind::kTag},
    {"owner", Kind::kOwner},
    {"group", Kind::kGroup},
    {"kind", Kind::kKind},
    {"is", Kind::kIs},
    {"partitions", Kind::kPartitions},
    {"job", Kind::kJob},
    {"code_location", Kind::kAttribute, AssetAttribute::kCodeLocation},
    {"sensor", Kind::kAttribute, AssetAttribute::kSensor},
    {"schedule", Kind::kAttribute, AssetAttribute::kSchedule},
    {"status", Kind::kAttribute, AssetAttribute::kStatus},
    {"column", Kind::kAttribute, AssetAttribute::kColumn},
    {"column_tag", Kind::kAttribute, AssetAttribute::kColumnTag},
    {"table_name", Kind::kAttribute, AssetAttribute::kTableName},
    {"changed_in_branch", Kind::kAttribute, AssetAttribute::kChangedInBranch},
    {"automation_type", Kind::kAttribute, AssetAttribute::kAutomationType},
};

const AttributeSpec* FindAttribute(const Token& token) {
  if (token.kind != TokenKind::kWord) return nullptr;
  const auto it = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                               [&](const AttributeSpec& spec) { return spec.name == token.text; });
  return it == std::end(kAttributes) ? nullptr : it;
}

bool IsAnd(const Token& token) { return token.Is("and") || token.Is("AND"); }
bool IsOr(const Token& token) { return token.Is("or") || token.Is("OR"); }
bool IsNot(const Token& token) { return token.Is("not") || token.Is("NOT"); }
bool IsFunction(const Token& token) { return token.Is("sinks") || token.Is("roots"); }

/// A word that the grammar claims for itself, so that it is no value without quotes.
bool IsReserved(const Token& token) {
  if (token.Is("sensor") || token.Is("schedule") || token.Is("job")) return false;
  return IsAnd(token) || IsOr(token) || IsNot(token) || IsFunction(token) || FindAttribute(token) != nullptr;
}

std::string Unquoted(std::string_view text) {
  while (text.starts_with('"')) text.remove_prefix(1);
  while (text.ends_with('"')) text.remove_suffix(1);
  return std::string(text);
}

class Parser {
 public:
  Parser(std::string_view text, SelectionOptions options) : lexer_(text), options_(options) { Advance(); }

  SelectionNodePtr Run() {
    auto root = Or();
    if (token_.kind != TokenKind::kEnd) Expected("'and', 'or' or the end");
    return root;
  }

 private:
  static constexpr int kMaxDepth = 200;

  void Advance() { token_ = lexer_.Next(); }

  [[noreturn]] void Expected(std::string_view what) const {
    Fail(token_.column, token_.kind == TokenKind::kEnd
                            ? fmt::format("it ends where {} is expected", what)
                            : fmt::format("'{}' stands where {} is expected", token_.text, what));
  }

  bool Skip(std::string_view symbol) {
    if (!token_.Is(symbol)) return false;
    Advance();
    return true;
  }

  void Require(std::string_view symbol) {
    if (!Skip(symbol)) Expected(fmt::format("'{}'", symbol));
  }

  SelectionNode Leaf(Kind kind) const {
    SelectionNode node;
    node.kind = kind;
    node.include_external = options_.include_external;
    return node;
  }

  static SelectionNodePtr Make(SelectionNode node) { return std::make_shared<const SelectionNode>(std::move(node)); }

  SelectionNodePtr Or() {
    if (++depth_ > kMaxDepth) Fail(token_.column, "it is nested too deep");
    auto left = And();
    while (IsOr(token_)) {
      Advance();
      left = JoinSelections(Kind::kOr, left, And());
    }
    --depth_;
    return left;
  }

  SelectionNodePtr And() {
    auto left = Not();
    while (IsAnd(token_)) {
      Advance();
      left = JoinSelections(Kind::kAnd, left, Not());
    }
    return left;
  }

  SelectionNodePtr Not() {
    if (!IsNot(token_)) return Traversal();
    if (++depth_ > kMaxDepth) Fail(token_.column, "it is nested too deep");
    Advance();
    const auto negated = Not();
    --depth_;
    return JoinSelections(Kind::kSubtract, Make(Leaf(Kind::kAll)), negated);
  }

  SelectionNodePtr Traversal() {
    if (Skip("*")) return Make(Leaf(Kind::kAll));
    std::optional<std::int64_t> up_depth;
    const bool has_digits = token_.kind == TokenKind::kDigits;
    if (has_digits) up_depth = Digits();
    const bool up = Skip("+");
    if (has_digits && !up) Expected("'+'");
    auto base = Primary();
    std::optional<std::int64_t> down_depth;
    const bool down = Skip("+");
    if (down && token_.kind == TokenKind::kDigits) down_depth = Digits();
    if (up && down) {
      return JoinSelections(Kind::kOr, Walk(Kind::kUpstream, base, up_depth),
                            Walk(Kind::kDownstream, base, down_depth));
    }
    if (up) return Walk(Kind::kUpstream, base, up_depth);
    return down ? Walk(Kind::kDownstream, base, down_depth) : base;
  }

  static SelectionNodePtr Walk(Kind kind, SelectionNodePtr base, std::optional<std::int64_t> depth) {
    SelectionNode node;
    node.kind = kind;
    node.depth = depth;
    node.children = {std::move(base)};
    return Make(std::move(node));
  }

  std::int64_t Digits() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(token_.text.data(), token_.text.data() + token_.text.size(), value);
    Advance();
    return error == std::errc() ? value : std::numeric_limits<std::int64_t>::max();
  }

  SelectionNodePtr Primary() {
    if (Skip("(")) {
      auto inner = Or();
      Require(")");
      return inner;
    }
    if (IsFunction(token_)) {
      SelectionNode node;
      node.kind = token_.Is("sinks") ? Kind::kSinks : Kind::kRoots;
      Advance();
      Require("(");
      node.children = {Or()};
      Require(")");
      return Make(std::move(node));
    }
    const AttributeSpec* spec = FindAttribute(token_);
    if (spec == nullptr) Expected("an attribute such as key: or tag:, a function, '(', '+', '*' or 'not'");
    Advance();
    Require(":");
    return Make(Attribute(*spec));
  }

  /// Nothing for "<null>".
  std::optional<std::string> Value() {
    if (token_.kind == TokenKind::kNull) {
      Advance();
      return std::nullopt;
    }
    if (token_.kind != TokenKind::kQuoted && (token_.kind != TokenKind::kWord || IsReserved(token_))) {
      Expected("a value: a word, a text in double quotes, or <null>");
    }
    std::string value = Unquoted(token_.text);
    Advance();
    return value;
  }

  std::string KeyPattern() {
    const bool is_word = token_.kind == TokenKind::kWord && FindAttribute(token_) == nullptr && !IsReserved(token_);
    if (!is_word && token_.kind != TokenKind::kQuoted && token_.kind != TokenKind::kPattern) {
      Expected("an asset key: a word that may hold '*', or a text in double quotes");
    }
    std::string value = Unquoted(token_.text);
    Advance();
    return value;
  }

  SelectionNode Attribute(const AttributeSpec& spec) {
    SelectionNode node = Leaf(spec.kind);
    node.attribute = spec.attribute;
    const std::size_t column = token_.column;
    if (spec.kind == Kind::kKeyPattern) {
      node.value = KeyPattern();
      return node;
    }
    node.value = Value();
    const bool is_column_tag = spec.kind == Kind::kAttribute && spec.attribute == AssetAttribute::kColumnTag;
    if (spec.kind == Kind::kTag || is_column_tag) {
      if (!node.value) Fail(column, "a tag needs a name");
      node.key = *std::exchange(node.value, "");
      if (Skip("=")) node.value = Value().value_or("");
    }
    if (spec.kind == Kind::kIs && node.value != "external" && node.value != "materializable") {
      Fail(column, "is: takes 'external' or 'materializable'");
    }
    if (spec.kind == Kind::kGroup && node.value && node.value->find('*') != std::string::npos) {
      node.kind = Kind::kGroupPattern;
    }
    if (spec.kind == Kind::kGroup && node.value == "") node.value.reset();
    return node;
  }

  Lexer lexer_;
  SelectionOptions options_;
  Token token_;
  int depth_ = 0;
};

}  // namespace

SelectionNodePtr ParseSelection(std::string_view text, SelectionOptions options) { return Parser(text, options).Run(); }

SelectionNodePtr JoinSelections(Kind kind, const SelectionNodePtr& left, const SelectionNodePtr& right) {
  SelectionNode node;
  node.kind = kind;
  for (const auto* side : {&left, &right}) {
    if ((*side)->kind == kind && kind != Kind::kSubtract) {
      node.children.insert(node.children.end(), (*side)->children.begin(), (*side)->children.end());
    } else {
      node.children.push_back(*side);
    }
  }
  return std::make_shared<const SelectionNode>(std::move(node));
}

}  // namespace tidemill::assets
