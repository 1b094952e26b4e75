#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <backtrace.h>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>

#include <tidemill/engine/error_capture.h>

namespace tidemill::engine {
namespace {

constexpr int kFrames = 48;

/// Where one exception was thrown.
struct Throw {
  void* object = nullptr;
  int first = 0;
  int depth = 0;
  std::array<void*, kFrames> frames{};
};

/// The last throws of this thread: an exception and those it is nested in are that many at most, nearly always.
struct RecentThrows {
  std::array<Throw, 8> items{};
  std::size_t next = 0;

  const Throw* Find(const void* object) const {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Throw& item = items[(next + items.size() - 1 - i) % items.size()];
      if (item.object == object) return &item;
    }
    return nullptr;
  }
};

thread_local RecentThrows recent_throws;

void* ObjectOf(const std::exception_ptr& exception) {
  static_assert(sizeof(exception) == sizeof(void*), "libstdc++'s exception_ptr is the thrown object's address");
  void* object = nullptr;
  std::memcpy(&object, static_cast<const void*>(&exception), sizeof(object));
  return object;
}

/// What libbacktrace knows of one address; several functions if some were inlined.
struct Frames {
  std::vector<std::string> lines;
  std::string symbol;
};

std::string FrameText(const char* file, int line, std::string_view function) {
  if (file != nullptr) return fmt::format("  File \"{}\", line {}, in {}\n", file, line, function);
  return fmt::format("  in {}\n", function);
}

int OnFrame(void* data, std::uintptr_t, const char* file, int line, const char* function) {
  if (function == nullptr) return 0;
  static_cast<Frames*>(data)->lines.push_back(FrameText(file, line, Demangle(function)));
  return 0;
}

void OnSymbol(void* data, std::uintptr_t, const char* name, std::uintptr_t, std::uintptr_t) {
  if (name != nullptr) static_cast<Frames*>(data)->symbol = Demangle(name);
}

void OnError(void*, const char*, int) {}

backtrace_state* SymbolTable() {
  static backtrace_state* const state = backtrace_create_state(nullptr, 1, OnError, nullptr);
  return state;
}

/// The frames at a return address, innermost first.
std::vector<std::string> Symbolise(void* address) {
  // The call stands before the address to which it returns.
  const auto pc = reinterpret_cast<std::uintptr_t>(address) - 1;
  Frames frames;
  if (SymbolTable() != nullptr) {
    backtrace_pcinfo(SymbolTable(), pc, OnFrame, OnError, &frames);
    if (frames.lines.empty()) backtrace_syminfo(SymbolTable(), pc, OnSymbol, OnError, &frames);
  }
  if (!frames.lines.empty()) return frames.lines;
  Dl_info info{};
  const bool found = dladdr(address, &info) != 0;
  if (frames.symbol.empty() && found && info.dli_sname != nullptr) frames.symbol = Demangle(info.dli_sname);
  if (frames.symbol.empty()) frames.symbol = fmt::format("{}", address);
  return {found && info.dli_fname != nullptr ? fmt::format("  File \"{}\", in {}\n", info.dli_fname, frames.symbol)
                                             : FrameText(nullptr, 0, frames.symbol)};
}

/// Outermost first, as Python has it.
std::vector<std::string> StackOf(const std::exception_ptr& exception) {
  const Throw* thrown = recent_throws.Find(ObjectOf(exception));
  if (thrown == nullptr) return {};
  std::vector<std::string> stack;
  for (int i = thrown->first; i < thrown->depth; ++i) {
    for (std::string& line : Symbolise(thrown->frames[static_cast<std::size_t>(i)])) stack.push_back(std::move(line));
  }
  return {stack.rbegin(), stack.rend()};
}

}  // namespace

/// Called by the interposed __cxa_throw below, which returns to `thrower`: the stack begins there.
void RecordThrow(void* object, void* thrower) {
  RecentThrows& recent = recent_throws;
  Throw& item = recent.items[recent.next];
  recent.next = (recent.next + 1) % recent.items.size();
  item.object = object;
  item.depth = ::backtrace(item.frames.data(), kFrames);
  item.first = 0;
  while (item.first < item.depth && item.frames[static_cast<std::size_t>(item.first)] != thrower) ++item.first;
  if (item.first == item.depth) item.first = 0;
}

std::string Demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                              &std::free);
  return demangled == nullptr ? name : demangled.get();
}

model::ErrorInfo DescribeException(std::exception_ptr exception) {
  model::ErrorInfo info;
  std::string text;
  info.stack = StackOf(exception);
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    info.cls_name = Demangle(typeid(error).name());
    text = error.what();
    if (const auto* nested = dynamic_cast<const std::nested_exception*>(&error);
        nested != nullptr && nested->nested_ptr()) {
      info.cause = std::make_shared<const model::ErrorInfo>(DescribeException(nested->nested_ptr()));
    }
  } catch (const std::string& thrown) {
    info.cls_name = "std::string";
    text = thrown;
  } catch (const char* thrown) {
    info.cls_name = "char const*";
    text = thrown;
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    info.cls_name = type == nullptr ? "unknown exception" : Demangle(type->name());
  }
  // std::throw_with_nested throws a type of its own around the user's.
  constexpr std::string_view kNested = "std::_Nested_exception<";
  if (info.cls_name->rfind(kNested, 0) == 0) {
    info.cls_name = info.cls_name->substr(kNested.size(), info.cls_name->size() - kNested.size() - 1);
  }
  info.message = text.empty() ? *info.cls_name + "\n" : fmt::format("{}: {}\n", *info.cls_name, text);
  return info;
}

model::ErrorInfo DagsterError(std::string cls_name, std::string_view text, const model::ErrorInfo* cause) {
  model::ErrorInfo info;
  info.message = fmt::format("dagster._core.errors.{}{}{}\n", cls_name, text.empty() ? "" : ": ", text);
  info.cls_name = std::move(cls_name);
  if (cause != nullptr) info.cause = std::make_shared<const model::ErrorInfo>(*cause);
  return info;
}

}  // namespace tidemill::engine

/// Stands before libstdc++'s function of the name in its label: notes the stack, then throws on. (The compiler declares
/// the plain name itself, with other types.)
extern "C" [[gnu::used]] void InterposedThrow(void* object, std::type_info* type,
                                              void (*destructor)(void*)) __asm__("__cxa_throw");

extern "C" void InterposedThrow(void* object, std::type_info* type, void (*destructor)(void*)) {
  using Function = void (*)(void*, std::type_info*, void (*)(void*));
  static const auto next = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  tidemill::engine::RecordThrow(object, __builtin_return_address(0));
  next(object, type, destructor);
  std::abort();  // The real one does not return.
}
