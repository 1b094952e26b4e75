#include <string_view>

#include <tidemill/base/error.h>
#include <tidemill/graphql/engine.h>

// The first byte chooses: a schema to read, or a document to validate and execute on a small schema. Responses must be
// JSON; nothing may crash, hang or grow without bound.
namespace tidemill::graphql {
namespace {

struct Node {
  int depth = 0;
};

constexpr std::string_view kSdl = R"(
interface Named { name: String! }
type Node implements Named { name: String! next: Node again(n: Int = 2, in: In): [Node!] other: Either batched: Node fails: Int! }
type Leaf implements Named { name: String! }
union Either = Node | Leaf
enum Kind { A B }
input In { kind: Kind = A in: In list: [[Int!]] id: ID! }
scalar Any
type Query { node: Node named: Named echo(any: Any, in: In, kind: Kind, f: Float, list: [Int]): Any }
type Mutation { node: Node }
type Subscription { node: Node }
)";

struct Leaf {};

Engine MakeEngine() {
  Schema schema(kSdl);
  schema.Object<Leaf>("Leaf").Field("name", [](const Leaf&) { return "leaf"; });
  schema.Object<Node>("Node")
      .Field("name", [](const Node& node) { return std::to_string(node.depth); })
      .Field("next", [](const Node& node) -> std::optional<Node> { return Node{node.depth + 1}; })
      .Field("again",
             [](const Node& node, const Arguments& arguments) {
               int count = arguments.Get<int>("n", 1);
               return std::vector<Node>(count > 0 && count < 3 ? static_cast<std::size_t>(count) : 0,
                                        Node{node.depth + 1});
             })
      .Field("other",
             [](const Node& node) -> std::variant<Node, Leaf> {
               if (node.depth % 2 == 0) return Leaf();
               return node;
             })
      .Batch("batched", [](std::span<const Node* const> nodes) { return std::vector<Node>(nodes.size()); })
      .Field("fails", [](const Node&) -> int {
        throw FieldError("no", {{"a", 1}});
      });
  schema.Query()
      .Field("node", [] { return Node(); })
      .Field("named", [] { return AnyObject::Of(Leaf()); })
      .Field("echo", [](const Arguments& arguments) { return json::Value(arguments.values()); });
  schema.Mutation().Field("node", [] { return Node(); });
  return Engine(std::move(schema),
                {.max_tokens = 400, .max_depth = 12, .max_fields = 100, .max_response_bytes = 1 << 20});
}

void Execute(std::string_view text) {
  static const Engine kEngine = MakeEngine();
  std::string out;
  kEngine.Execute({text, {}, {{"v", 1}, {"b", true}}}, {}, out);
  json::Parse(out);
}

void ReadSchema(std::string_view text) {
  try {
    TypeSystem types(text);
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace tidemill::graphql

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  data[0] == 's' ? tidemill::graphql::ReadSchema(text) : tidemill::graphql::Execute(text);
  return 0;
}
