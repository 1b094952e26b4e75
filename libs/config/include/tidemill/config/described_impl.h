#pragma once

// The templates behind described.h; included by it only.

namespace tidemill::config::described {

template <class T, class = void>
struct Traits {
  static_assert(sizeof(T) == 0,
                "this type cannot be configured: describe it by BOOST_DESCRIBE_STRUCT or BOOST_DESCRIBE_ENUM");
};

template <class T>
inline constexpr bool kIsDescribedStruct = std::is_class_v<T>&& boost::describe::has_describe_members<T>::value;

template <class T>
struct IsRequired : std::false_type {};
template <class T>
struct IsRequired<Required<T>> : std::true_type {};

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
std::optional<std::string> DescriptionOf() {
  if constexpr (requires { T::kDescription; }) return std::string(T::kDescription);
  return std::nullopt;
}

template <class T>
std::optional<std::string> FieldDescriptionOf(std::string_view field) {
  if constexpr (requires { T::kFieldDescriptions; }) {
    for (const FieldDescription& description : T::kFieldDescriptions) {
      if (description.field == field) return std::string(description.text);
    }
  }
  return std::nullopt;
}

/// Names the field in what an inner value throws.
template <class Function>
auto InField(std::string_view name, Function function) {
  try {
    return function();
  } catch (const Error& error) {
    throw Error(error.code(), "config field \"" + std::string(name) + "\": " + error.what());
  }
}

template <class T>
struct Traits<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>> {
  static ConfigTypePtr Type() { return ConfigType::IntSource(); }
  static T From(const json::Value& value) {
    std::int64_t number = value.AsInt();
    if (!std::in_range<T>(number))
      throw Error(Code::kInvalidArgument, json::Dump(value) + " is out of the field's range");
    return static_cast<T>(number);
  }
  static json::Value To(T value) { return json::Value(static_cast<std::int64_t>(value)); }
};

template <class T>
struct Traits<T, std::enable_if_t<std::is_floating_point_v<T>>> {
  static ConfigTypePtr Type() { return ConfigType::Float(); }
  static T From(const json::Value& value) { return static_cast<T>(value.AsDouble()); }
  static json::Value To(T value) { return json::Value(static_cast<double>(value)); }
};

template <>
struct Traits<bool> {
  static ConfigTypePtr Type() { return ConfigType::BoolSource(); }
  static bool From(const json::Value& value) { return value.AsBool(); }
  static json::Value To(bool value) { return value; }
};

template <>
struct Traits<std::string> {
  static ConfigTypePtr Type() { return ConfigType::StringSource(); }
  static std::string From(const json::Value& value) { return value.AsString(); }
  static json::Value To(const std::string& value) { return value; }
};

template <>
struct Traits<json::Value> {
  static ConfigTypePtr Type() { return ConfigType::Any(); }
  static json::Value From(const json::Value& value) { return value; }
  static json::Value To(const json::Value& value) { return value; }
};

/// A described enum under its C++ name, its values under theirs.
template <class T>
struct Traits<T, std::enable_if_t<std::is_enum_v<T>>> {
  static_assert(boost::describe::has_describe_enumerators<T>::value, "describe the enum by BOOST_DESCRIBE_ENUM");
  using Enumerators = boost::describe::describe_enumerators<T>;

  static ConfigTypePtr Type() {
    std::vector<model::ConfigEnumValueSnap> values;
    boost::mp11::mp_for_each<Enumerators>([&](auto enumerator) { values.push_back({enumerator.name, std::nullopt}); });
    return ConfigType::Enum(std::string(Name()), std::move(values));
  }
  static T From(const json::Value& value) {
    const std::string& name = value.AsString();
    std::optional<T> found;
    boost::mp11::mp_for_each<Enumerators>([&](auto enumerator) {
      if (name == enumerator.name) found = enumerator.value;
    });
    if (!found) throw Error(Code::kInvalidArgument, "\"" + name + "\" is no value of " + std::string(Name()));
    return *found;
  }
  static json::Value To(T value) {
    const char* name = nullptr;
    boost::mp11::mp_for_each<Enumerators>([&](auto enumerator) {
      if (value == enumerator.value) name = enumerator.name;
    });
    if (name == nullptr) throw Error(Code::kInvalidArgument, "a value of " + std::string(Name()) + " has no name");
    return name;
  }

 private:
  /// The unqualified name out of the signature "… [with T = ns::Color; …]" or "… [T = ns::Color]".
  static constexpr std::string_view Name() {
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_prefix(text.find("T = ") + 4);
    text = text.substr(0, text.find_first_of(";],"));
    std::size_t colon = text.rfind(':');
    return colon == std::string_view::npos ? text : text.substr(colon + 1);
  }
};

template <class T>
struct Traits<std::optional<T>> {
  static ConfigTypePtr Type() { return ConfigType::Noneable(Traits<T>::Type()); }
  static std::optional<T> From(const json::Value& value) {
    if (value.is_null()) return std::nullopt;
    return Traits<T>::From(value);
  }
  static json::Value To(const std::optional<T>& value) { return value ? Traits<T>::To(*value) : json::Value(); }
};

template <class T>
struct Traits<std::vector<T>> {
  static ConfigTypePtr Type() { return ConfigType::Array(Traits<T>::Type()); }
  static std::vector<T> From(const json::Value& value) {
    std::vector<T> items;
    items.reserve(value.AsArray().size());
    for (const json::Value& item : value.AsArray()) items.push_back(Traits<T>::From(item));
    return items;
  }
  static json::Value To(const std::vector<T>& items) {
    json::Array array;
    array.reserve(items.size());
    for (const auto& item : items) array.push_back(Traits<T>::To(item));
    return array;
  }
};

template <class T, class Less>
struct Traits<std::map<std::string, T, Less>> {
  static ConfigTypePtr Type() { return ConfigType::Map(ConfigType::String(), Traits<T>::Type()); }
  static std::map<std::string, T, Less> From(const json::Value& value) {
    std::map<std::string, T, Less> entries;
    for (const auto& [name, item] : value.AsObject()) entries.emplace(name, Traits<T>::From(item));
    return entries;
  }
  static json::Value To(const std::map<std::string, T, Less>& entries) {
    json::Object object;
    for (const auto& [name, item] : entries) object.Append(name, Traits<T>::To(item));
    return object;
  }
};

template <class T>
struct Traits<Required<T>> {
  static ConfigTypePtr Type() { return Traits<T>::Type(); }
  static Required<T> From(const json::Value& value) { return Required<T>(Traits<T>::From(value)); }
  static json::Value To(const Required<T>& value) { return Traits<T>::To(*value); }
};

template <class T>
struct Traits<Env<T>> {
  static_assert(std::is_same_v<T, std::string> || std::is_integral_v<T>,
                "only strings, integers and booleans have sources");
  static ConfigTypePtr Type() { return Traits<T>::Type(); }
  static json::Value To(const Env<T>& value) { return json::Object{{"env", value.variable()}}; }
};

template <class... Ts>
struct Traits<std::variant<Ts...>> {
  static_assert((requires { Ts::kSelector; } && ...),
                "each alternative needs `static constexpr std::string_view kSelector`");

  static ConfigTypePtr Type() {
    Fields fields;
    (fields.emplace_back(std::string(Ts::kSelector), FieldOf<Ts>()), ...);
    return ConfigType::Selector(std::move(fields));
  }
  static std::variant<Ts...> From(const json::Value& value) {
    const json::Object& object = value.AsObject();
    if (object.size() != 1) throw Error(Code::kInvalidArgument, "a selector needs exactly one field");
    const std::string& name = object.begin()->first;
    const json::Value& member = object.begin()->second;
    std::optional<std::variant<Ts...>> result;
    auto read = [&]<class T>(boost::mp11::mp_identity<T>) {
      if (name == T::kSelector) result = InField(name, [&] { return Traits<T>::From(member); });
    };
    (read(boost::mp11::mp_identity<Ts>{}), ...);
    if (!result) throw Error(Code::kInvalidArgument, "a selector has no field \"" + name + "\"");
    return *std::move(result);
  }
  static json::Value To(const std::variant<Ts...>& value) {
    return std::visit(
        []<class T>(const T& chosen) -> json::Value {
          return json::Object{{std::string(T::kSelector), Traits<T>::To(chosen)}};
        },
        value);
  }
};

template <class T>
inline constexpr bool kIsVariant = false;
template <class... Ts>
inline constexpr bool kIsVariant<std::variant<Ts...>> = true;

template <class T>
struct Traits<T, std::enable_if_t<kIsDescribedStruct<T>>> {
  static ConfigTypePtr Type() { return TypeWith(T{}); }

  /// The shape whose defaults are `defaults`' members: a struct inside of a struct may have others than its own.
  static ConfigTypePtr TypeWith(const T& defaults) {
    static_assert(std::is_default_constructible_v<T>, "a config struct holds its defaults when default-constructed");
    Fields fields;
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
      fields.emplace_back(member.name, MakeField(defaults.*member.pointer, FieldDescriptionOf<T>(member.name)));
    });
    CheckDescriptions(fields);
    return ConfigType::Shape(std::move(fields));
  }

  static T From(const json::Value& value) {
    T result{};
    const json::Object& object = value.AsObject();
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
      const json::Value* given = object.Find(member.name);
      InField(member.name, [&] {
        Read(result.*member.pointer, given);
        return true;
      });
    });
    return result;
  }

  static json::Value To(const T& value) {
    json::Object object;
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
      if (IsSet(value.*member.pointer)) {
        object.Append(member.name, Traits<std::decay_t<decltype(value.*member.pointer)>>::To(value.*member.pointer));
      }
    });
    return object;
  }

 private:
  template <class M>
  static bool IsSet(const M& value) {
    if constexpr (IsRequired<M>::value) return value.has_value();
    return true;
  }

  template <class M>
  static Field MakeField(const M& value, std::optional<std::string> description) {
    if constexpr (IsRequired<M>::value) {
      return RequiredField(value, std::move(description));
    } else if constexpr (kIsDescribedStruct<M>) {
      if (!description) description = DescriptionOf<M>();
      return Field::Of(Traits<M>::TypeWith(value), std::move(description));
    } else if constexpr (kIsVariant<M>) {
      return Field::WithDefault(Traits<M>::Type(), Traits<M>::To(value), std::move(description));
    } else {
      ConfigTypePtr type = Traits<M>::Type();
      if (type->kind() != model::ConfigTypeKind::kNoneable) type = ConfigType::Noneable(std::move(type));
      return Field::WithDefault(std::move(type), Traits<M>::To(value), std::move(description));
    }
  }

  template <class M>
  static Field RequiredField(const Required<M>& value, std::optional<std::string> description) {
    if constexpr (kIsDescribedStruct<M>) {
      if (!description) description = DescriptionOf<M>();
    }
    if (!value.has_value()) return Field::Required(Traits<M>::Type(), std::move(description));
    return Field::WithDefault(Traits<M>::Type(), Traits<M>::To(*value), std::move(description));
  }

  template <class M>
  static void Read(M& target, const json::Value* given) {
    if (given != nullptr) {
      target = Traits<M>::From(*given);
    } else if (IsRequired<M>::value) {
      throw Error(Code::kInvalidArgument, "it is required and was not given");
    }
  }

  template <class M>
  static void Read(Env<M>& target, const json::Value* given) {
    // Unresolved where the configuration was checked without an environment.
    if (given != nullptr && !given->is_object()) target.Set(Traits<M>::From(*given));
  }

  static void CheckDescriptions(const Fields& fields) {
    if constexpr (requires { T::kFieldDescriptions; }) {
      for (const FieldDescription& description : T::kFieldDescriptions) {
        bool found = false;
        for (const auto& [name, field] : fields) found = found || name == description.field;
        if (!found)
          throw Error(Code::kInvalidArgument,
                      "kFieldDescriptions describes \"" + std::string(description.field) + "\", which is no field");
      }
    }
  }
};

}  // namespace tidemill::config::described

namespace tidemill::config {

template <class T>
ConfigTypePtr TypeOf() {
  return described::Traits<T>::Type();
}

template <class T>
Field FieldOf() {
  return Field::Of(TypeOf<T>(), described::DescriptionOf<T>());
}

template <class T>
T FromConfig(const json::Value& value) {
  return described::Traits<T>::From(value);
}

template <class T>
json::Value ToConfig(const T& value) {
  return described::Traits<T>::To(value);
}

}  // namespace tidemill::config
