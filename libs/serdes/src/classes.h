#pragma once

#include "codec.h"

/// A class of Dagster as a table of its fields, and the ways in which single fields differ from plain values.
namespace tidemill::serdes {

/// Text as a template argument.
template <std::size_t N>
struct FixedText {
  std::array<char, N> chars{};

  consteval FixedText(const char (&literal)[N]) {
    std::copy_n(literal, N, chars.begin());
  }  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const { return {chars.data(), N - 1}; }
};

/// Three texts put together at compile time.
template <FixedText A, FixedText B, FixedText C>
struct Joined {
  static constexpr auto kChars = [] {
    std::array<char, A.view().size() + B.view().size() + C.view().size()> chars{};
    auto end = std::copy(A.view().begin(), A.view().end(), chars.begin());
    end = std::copy(B.view().begin(), B.view().end(), end);
    std::copy(C.view().begin(), C.view().end(), end);
    return chars;
  }();
  static constexpr std::string_view kText{kChars.data(), kChars.size()};
};

/// One field of class T on disk.
template <class T>
struct FieldOf {
  std::string_view name;
  std::string_view prefix;  ///< `, "name": `
  void (*write)(std::string& out, const T& object);
  void (*read)(T& object, const json::Value& value);  ///< Null: the field is constant or comes from others.
  bool (*omitted)(const T& object);                   ///< Null: the field is always written.
};

template <class T, std::size_t N>
struct ClassTable {
  using Object = T;
  std::string_view name;
  std::string_view opening;  ///< `{"__class__": "name"`
  std::array<FieldOf<T>, N> fields;
};

/// Makes something to show of an object of the class that does not fit, from the object and what is wrong with it.
template <class T>
using WhenUnreadable = T (*)(const json::Value& object, const Error& reason);

/// Specialized for the classes of which one that does not fit must not hide the others.
template <class T>
constexpr WhenUnreadable<T> kWhenUnreadable = nullptr;

/// Specialized for each described class. Fields must stand in the order of their names, as they do on disk.
template <class T>
constexpr auto kClass = nullptr;

template <class T, FixedText Name, class... Fields>
consteval auto Class(Fields... fields) {
  ClassTable<T, sizeof...(Fields)> table{Name.view(), Joined<"{\"__class__\": \"", Name, "\"">::kText, {fields...}};
  for (std::size_t i = 1; i < table.fields.size(); ++i) {
    if (!(table.fields[i - 1].name < table.fields[i].name)) throw "fields out of order";
  }
  return table;
}

// ---- Fields

/// A field's value as its type stands in JSON.
struct Plain {
  template <class M>
  static void Write(std::string& out, const M& member) {
    Codec<M>::Write(out, member);
  }
  template <class M>
  static void Read(M& member, const json::Value& value) {
    member = Codec<M>::Read(value);
  }
};

/// When a field is left out.
enum class Omit { kNever, kWhenNull, kWhenEmpty };

template <class M>
bool IsNull(const M& member) {
  if constexpr (requires { member.is_null(); }) {
    return member.is_null();
  } else if constexpr (requires { member.has_value(); }) {
    return !member.has_value();
  } else {
    return false;
  }
}

template <class M>
bool IsEmpty(const M& member) {
  if constexpr (requires { member.is_null(); }) {
    return member.is_null() || (member.is_array() && member.AsArray().empty()) ||
           (member.is_object() && member.AsObject().empty());
  } else if constexpr (requires { member.has_value(); }) {
    return !member.has_value() || IsEmpty(*member);
  } else if constexpr (requires { member.empty(); }) {
    return member.empty();
  } else {
    return false;
  }
}

template <class T, class M>
T OwnerOf(M T::*);

template <FixedText Name, auto Member, class Format, Omit omit>
consteval auto MakeField() {
  using T = decltype(OwnerOf(Member));
  FieldOf<T> field{Name.view(), Joined<", \"", Name, "\": ">::kText, nullptr, nullptr, nullptr};
  field.write = [](std::string& out, const T& object) { Format::Write(out, object.*Member); };
  field.read = [](T& object, const json::Value& value) { Format::Read(object.*Member, value); };
  if constexpr (omit == Omit::kWhenNull) field.omitted = [](const T& object) { return IsNull(object.*Member); };
  if constexpr (omit == Omit::kWhenEmpty) field.omitted = [](const T& object) { return IsEmpty(object.*Member); };
  return field;
}

/// `Field<"key", &StepHandle::key>`: a member under its name on disk.
template <FixedText Name, auto Member, class Format = Plain, Omit omit = Omit::kNever>
constexpr auto Field = MakeField<Name, Member, Format, omit>();

/// Left out when null (Dagster's skip_when_none_fields).
template <FixedText Name, auto Member, class Format = Plain>
constexpr auto NullableField = MakeField<Name, Member, Format, Omit::kWhenNull>();

/// Left out when null or empty (Dagster's skip_when_empty_fields).
template <FixedText Name, auto Member, class Format = Plain>
constexpr auto EmptyableField = MakeField<Name, Member, Format, Omit::kWhenEmpty>();

/// A field of class T that always holds the JSON text `Text`.
template <FixedText Name, class T, FixedText Text>
constexpr FieldOf<T> Constant{Name.view(), Joined<", \"", Name, "\": ">::kText,
                              [](std::string& out, const T&) { out.append(Text.view()); }, nullptr, nullptr};

/// A field of class T that is computed; `Read` is null where reading the other fields gives all.
template <FixedText Name, class T, void (*Write)(std::string&, const T&),
          void (*Read)(T&, const json::Value&) = nullptr>
constexpr FieldOf<T> Computed{Name.view(), Joined<", \"", Name, "\": ">::kText, Write, Read, nullptr};

// ---- Formats of fields

/// A text that old writers left null.
struct NullAsEmpty {
  static void Write(std::string& out, const std::string& member) { json::AppendQuoted(out, member); }
  static void Read(std::string& member, const json::Value& value) {
    member = value.is_null() ? std::string() : value.AsString();
  }
};

/// A member's name of an enum that the model keeps as text.
template <FixedText Type>
struct EnumText {
  static void Write(std::string& out, const std::string& member) { AppendEnum(out, Type.view(), member); }
  static void Write(std::string& out, const std::optional<std::string>& member) {
    if (member) {
      Write(out, *member);
    } else {
      out.append("null");
    }
  }
  static void Read(auto& member, const json::Value& value) {
    if constexpr (requires { member.reset(); }) {
      if (value.is_null()) return member.reset();
    }
    member = std::string(EnumMember(value));
  }
};

/// An enum whose type's name on disk depends on the field.
template <FixedText Type>
struct EnumAs {
  template <class E>
  static void Write(std::string& out, const std::optional<E>& member) {
    if (member) {
      AppendEnum(out, Type.view(), kEnum<E>.members.at(static_cast<std::size_t>(*member)));
    } else {
      out.append("null");
    }
  }
  template <class E>
  static void Read(std::optional<E>& member, const json::Value& value) {
    member = Codec<std::optional<E>>::Read(value);
  }
};

/// One cron text as a string, several as a list.
struct AsCron {
  static void Write(std::string& out, const std::vector<std::string>& crons) {
    if (crons.size() == 1) {
      json::AppendQuoted(out, crons.front());
    } else {
      Codec<std::vector<std::string>>::Write(out, crons);
    }
  }
  static void Read(std::vector<std::string>& crons, const json::Value& value) {
    if (value.is_string()) {
      crons = {value.AsString()};
    } else {
      crons = Codec<std::vector<std::string>>::Read(value);
    }
  }
};

/// A Python set as an object of one member, sorted as Dagster sorts it. Lists are read, too.
template <FixedText Key>
struct SetUnder {
  template <class E>
  static void Write(std::string& out, const std::vector<E>& members) {
    std::vector<std::pair<std::string, const E*>> sorted;
    sorted.reserve(members.size());
    for (const E& member : members) sorted.emplace_back(PythonText(member), &member);
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    out.append(Joined<"{\"", Key, "\": [">::kText);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (i > 0) out.append(", ");
      Codec<E>::Write(out, *sorted[i].second);
    }
    out.append("]}");
  }
  template <class E>
  static void Write(std::string& out, const std::optional<std::vector<E>>& members) {
    if (members) {
      Write(out, *members);
    } else {
      out.append("null");
    }
  }
  template <class M>
  static void Read(M& members, const json::Value& value) {
    for (const std::string_view key : {"__set__", "__frozenset__"}) {
      if (const json::Value* items = value.Find(key)) {
        members = Codec<M>::Read(*items);
        return;
      }
    }
    members = Codec<M>::Read(value);
  }
};

using AsSet = SetUnder<"__set__">;
using AsFrozenSet = SetUnder<"__frozenset__">;

/// A set whose kind is kept in the member `Frozen`.
template <FixedText Name, auto Members, auto Frozen>
consteval auto MakeEitherSetField() {
  using T = decltype(OwnerOf(Members));
  FieldOf<T> field{Name.view(), Joined<", \"", Name, "\": ">::kText, nullptr, nullptr, nullptr};
  field.write = [](std::string& out, const T& object) {
    if (object.*Frozen) {
      AsFrozenSet::Write(out, object.*Members);
    } else {
      AsSet::Write(out, object.*Members);
    }
  };
  field.read = [](T& object, const json::Value& value) {
    AsSet::Read(object.*Members, value);
    object.*Frozen = value.Find("__set__") == nullptr;
  };
  return field;
}
template <FixedText Name, auto Members, auto Frozen>
constexpr auto EitherSetField = MakeEitherSetField<Name, Members, Frozen>();

// ---- Reading and writing by the table

/// The object, if its class is `name`; else throws.
const json::Object& ObjectOfClass(const json::Value& value, std::string_view name);

template <class T>
void WriteClass(std::string& out, std::string_view opening, std::span<const FieldOf<T>> fields, const T& object) {
  out.append(opening);
  for (const FieldOf<T>& field : fields) {
    if (field.omitted != nullptr && field.omitted(object)) continue;
    out.append(field.prefix);
    field.write(out, object);
  }
  out.push_back('}');
}

template <class T>
void ReadClass(T& object, std::string_view name, std::span<const FieldOf<T>> fields, const json::Value& value) {
  std::size_t at = 0;  // both sides are sorted as a rule, so the next member is mostly the next field
  for (const auto& [key, item] : ObjectOfClass(value, name)) {
    for (std::size_t step = 0; step < fields.size(); ++step) {
      const FieldOf<T>& field = fields[(at + step) % fields.size()];
      if (field.name != key) continue;
      at += step + 1;
      if (field.read == nullptr) break;
      try {
        field.read(object, item);
      } catch (const Error& error) {
        RethrowAt(name, key, error);
      }
      break;
    }
  }
}

template <class T>
struct Described {
  static std::string_view Name() { return kClass<T>.name; }
  static void Write(std::string& out, const T& object) {
    WriteClass<T>(out, kClass<T>.opening, kClass<T>.fields, object);
  }
  static T Read(const json::Value& value) {
    T object{};
    ReadClass<T>(object, kClass<T>.name, kClass<T>.fields, value);
    return object;
  }
};

/// A field that holds an object of another class, whose fields are members of T itself: `Table` is its ClassTable.
template <FixedText Name, const auto& Table>
consteval auto Nested() {
  using T = typename std::decay_t<decltype(Table)>::Object;
  FieldOf<T> field{Name.view(), Joined<", \"", Name, "\": ">::kText, nullptr, nullptr, nullptr};
  field.write = [](std::string& out, const T& object) { WriteClass<T>(out, Table.opening, Table.fields, object); };
  field.read = [](T& object, const json::Value& value) {
    if (!value.is_null()) ReadClass<T>(object, Table.name, Table.fields, value);
  };
  return field;
}

}  // namespace tidemill::serdes
