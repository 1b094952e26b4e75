#pragma once

#include <concepts>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tidemill/engine/io_manager.h>
#include <tidemill/sdk/records.h>
#include <tidemill/sdk/signature.h>

namespace tidemill::sdk {

using engine::IoManager;

/// What a resource's factory may know of the run: an optional first parameter, by reference.
class ResourceContext final {
 public:
  explicit ResourceContext(engine::ResourceInitContext& context) : context_(context) {}

  const std::string& run_id() const { return context_.run_id(); }
  /// Where the instance keeps outputs.
  const std::filesystem::path& storage_root() const { return context_.storage_root(); }
  void Info(std::string message) { context_.Log(model::level::kInfo, std::move(message)); }

 private:
  engine::ResourceInitContext& context_;
};

namespace detail {

template <class T>
struct Pointee {
  using Type = T;
  static std::shared_ptr<T> Share(T value) { return std::make_shared<T>(std::move(value)); }
};
template <class T>
struct Pointee<std::shared_ptr<T>> {
  using Type = T;
  static std::shared_ptr<T> Share(std::shared_ptr<T> value) { return value; }
};
template <class T>
struct Pointee<std::unique_ptr<T>> : Pointee<std::shared_ptr<T>> {};

/// What steps see of a T: every IO manager is an engine::IoManager.
template <class T>
using ResourceType = std::conditional_t<std::derived_from<T, engine::IoManager>, engine::IoManager, T>;

template <class R>
engine::ResourceRef ShareResource(R value) {
  using Type = ResourceType<typename Pointee<R>::Type>;
  std::shared_ptr<Type> shared = Pointee<R>::Share(std::move(value));
  return {typeid(Type), std::move(shared)};
}

std::shared_ptr<void> TakeResource(engine::ResourceInitContext& context, const std::string& key,
                                   const ResourceParameter& expected);

template <class T>
ResourceRecord EmptyResource() {
  ResourceRecord record;
  record.type = typeid(ResourceType<T>);
  record.type_name = DemangledName(typeid(T));
  record.is_io_manager = std::derived_from<T, engine::IoManager>;
  return record;
}

/// A described struct that is its own configuration. The values given hold where a run configures nothing of it.
template <std::derived_from<Config> T>
ResourceRecord MakeResource(T value) {
  ResourceRecord record = EmptyResource<T>();
  record.configured = config::ToConfig(value);
  record.config = [] { return config::FieldOf<T>(); };
  record.create = [](engine::ResourceInitContext& context, const std::vector<std::string>&) {
    return ShareResource(config::FromConfig<T>(context.config()));
  };
  return record;
}

template <class P, std::size_t Position>
decltype(auto) FactoryArgument(engine::ResourceInitContext& context, ResourceContext& view,
                               const std::vector<std::string>& keys, const std::vector<ResourceParameter>& parameters) {
  using T = std::remove_cvref_t<P>;
  if constexpr (std::same_as<T, ResourceContext>) {
    return (view);
  } else if constexpr (std::derived_from<T, Config>) {
    return config::FromConfig<T>(context.config());
  } else {
    static_assert(ResourceTraits<T>::kIsResource,
                  "tidemill: a resource's factory takes ResourceContext&, one Config struct and Resource<T>s");
    return T(std::static_pointer_cast<typename ResourceTraits<T>::Type>(
        TakeResource(context, keys[Position], parameters[Position])));
  }
}

/// How many of the parameters before the I-th are resources.
template <std::size_t I, class... P>
constexpr std::size_t ResourcePosition() {
  constexpr bool kIsResource[] = {ResourceTraits<std::remove_cvref_t<P>>::kIsResource...};
  std::size_t position = 0;
  for (std::size_t i = 0; i < I; ++i) position += kIsResource[i] ? 1 : 0;
  return position;
}

template <class F, class... P>
void SetFactory(ResourceRecord& record, F factory, TypeList<P...>) {
  Function parameters;
  [[maybe_unused]] const auto add = [&]<class Q>(TypeList<Q>) {
    using T = std::remove_cvref_t<Q>;
    if constexpr (std::derived_from<T, Config>) {
      record.config = [] { return config::FieldOf<T>(); };
    } else if constexpr (ResourceTraits<T>::kIsResource) {
      AddParameter<Q>(parameters);
    }
  };
  (add(TypeList<P>()), ...);
  record.resources = parameters.resources;
  record.create = [factory = std::move(factory), resources = std::move(parameters.resources)](
                      engine::ResourceInitContext& context, const std::vector<std::string>& keys) {
    ResourceContext view(context);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ShareResource(
          std::invoke(factory, FactoryArgument<P, ResourcePosition<I, P...>()>(context, view, keys, resources)...));
    }
    (std::index_sequence_for<P...>());
  };
}

template <class F>
concept ResourceFactory = requires {
  typename SignatureOf<std::decay_t<F>>::Return;
};

template <class F>
requires(!std::derived_from<F, Config>) ResourceRecord MakeResource(F factory) {
  static_assert(ResourceFactory<F>,
                "tidemill: a resource is a described struct derived from Config, or a factory that returns a value, a "
                "std::unique_ptr or a std::shared_ptr");
  ResourceRecord record = EmptyResource<typename Pointee<ReturnOf<F>>::Type>();
  SetFactory(record, std::move(factory), ParametersOf<F>());
  return record;
}

template <class F>
constexpr bool MakesIoManager() {
  if constexpr (std::derived_from<F, Config>) {
    return std::derived_from<F, engine::IoManager>;
  } else {
    return std::derived_from<typename Pointee<ReturnOf<F>>::Type, engine::IoManager>;
  }
}
template <class F>
inline constexpr bool kMakesIoManager = MakesIoManager<F>();

}  // namespace detail

/// A resource of the location or of one job.
class ResourceBuilder final {
 public:
  explicit ResourceBuilder(detail::ResourceRecord& record) : record_(record) {}

  ResourceBuilder& Description(std::string text) {
    record_.description = std::move(text);
    return *this;
  }
  /// Values for its configuration, over the defaults: JSON, with {"env": NAME} for a variable of the run's environment.
  ResourceBuilder& Configured(json::Object values);

 private:
  detail::ResourceRecord& record_;
};

}  // namespace tidemill::sdk
