// Answers GraphQL requests on a tree of JSON, for comparison with another engine:
//
//   tidemill_graphql_probe SCHEMA_FILE DATA_FILE < requests > responses
//
// A request is a line {"query": …, "variables": …, "operationName": …}, its response a line; of a subscription, the
// list of the responses to its events. A field is the member of its name, absent is null; {"__error": text} throws; the
// member "__typename" names the object's type. A field named `echo` gives its arguments as JSON text; those whose
// name ends in `Batch` are resolved in batches. A subscription field's events are the items of its member.
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <variant>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/graphql/engine.h>

namespace {

using tidemill::Code;
using tidemill::Error;
namespace graphql = tidemill::graphql;
namespace json = tidemill::json;

using Item = std::variant<const json::Value*, std::exception_ptr>;

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw Error(Code::kNotFound, std::string("cannot read ") + path);
  return text.str();
}

const json::Value* Member(const json::Value& parent, const std::string& name) {
  const json::Value* value = parent.Find(name);
  if (value == nullptr) return nullptr;
  if (const json::Value* error = value->Find("__error")) throw Error(Code::kUnknown, error->AsString());
  return value;
}

class Events final : public graphql::EventSource<const json::Value*> {
 public:
  explicit Events(const json::Array& items) : items_(items) {}
  void Start(std::function<void()> wake) override { wake(); }
  bool ended() const override { return next_ == items_.size(); }
  std::optional<const json::Value*> Next() override {
    return ended() ? std::nullopt : std::optional<const json::Value*>(&items_[next_++]);
  }

 private:
  const json::Array& items_;
  std::size_t next_ = 0;
};

std::string Echo(const graphql::Arguments& arguments) { return json::Dump(arguments.values(), json::Order::kSorted); }

std::vector<Item> Members(std::span<const json::Value* const> parents, const std::string& name) {
  std::vector<Item> items;
  for (const json::Value* parent : parents) {
    try {
      items.emplace_back(Member(*parent, name));
    } catch (const Error&) {
      items.emplace_back(std::current_exception());
    }
  }
  return items;
}

/// `root` is the parent of fields whose parent is a root type.
template <class T>
void BindFields(graphql::ObjectBinding<T> binding, const graphql::NamedType& type, const json::Value& root,
                bool subscription) {
  for (const graphql::Field& field : type.fields) {
    const std::string& name = field.name;
    if (subscription) {
      binding.Stream(name, [&root, name]() -> std::unique_ptr<graphql::EventSource<const json::Value*>> {
        return std::make_unique<Events>(Member(root, name)->AsArray());
      });
    } else if (name == "echo") {
      binding.Field(name, &Echo);
    } else if constexpr (std::is_same_v<T, graphql::Root>) {
      binding.Field(name, [&root, name] { return Member(root, name); });
    } else if (name.ends_with("Batch")) {
      binding.Batch(name, [name](std::span<const json::Value* const> parents) { return Members(parents, name); });
    } else {
      binding.Field(name, [name](const json::Value& parent) { return Member(parent, name); });
    }
  }
}

graphql::Schema MakeSchema(const std::string& sdl, const json::Value& data) {
  graphql::Schema schema(sdl);
  const graphql::TypeSystem& types = schema.types();
  for (const graphql::NamedType& type : types.types()) {
    if (type.kind != graphql::TypeKind::kObject || type.is_introspection) continue;
    if (&type == types.query()) {
      BindFields(schema.Query(), type, data, false);
    } else if (&type == types.mutation()) {
      BindFields(schema.Mutation(), type, data, false);
    } else if (&type == types.subscription()) {
      BindFields(schema.Subscription(), type, data, true);
    } else {
      BindFields(schema.Object<json::Value>(type.name), type, data, false);
    }
  }
  schema.TypeOf<json::Value>([](const json::Value& value) {
    const json::Value* name = value.Find("__typename");
    return name == nullptr ? std::string() : name->AsString();
  });
  return schema;
}

std::string Answer(const graphql::Engine& engine, const json::Value& line) {
  std::string query = line.Find("query")->AsString();
  graphql::Request request{query};
  std::string operation_name;
  if (const json::Value* name = line.Find("operationName"); name != nullptr && !name->is_null()) {
    operation_name = name->AsString();
    request.operation_name = operation_name;
  }
  if (const json::Value* variables = line.Find("variables"); variables != nullptr && !variables->is_null()) {
    request.variables = variables->AsObject();
  }
  std::string out;
  if (engine.TypeOf(request) != graphql::OperationType::kSubscription) {
    engine.Execute(request, {}, out);
    return out;
  }
  auto subscription = engine.Subscribe(request, {}, out);
  if (subscription == nullptr) return out;
  subscription->Start([] {});
  out = "[";
  while (!subscription->ended()) {
    if (out.size() > 1) out += ',';
    subscription->Next(out);
  }
  return out + "]";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: tidemill_graphql_probe SCHEMA_FILE DATA_FILE\n";
    return 2;
  }
  json::Value data = json::Parse(ReadFile(argv[2]));
  graphql::Engine engine(MakeSchema(ReadFile(argv[1]), data));
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << Answer(engine, json::Parse(line)) << std::endl;
  }
}
