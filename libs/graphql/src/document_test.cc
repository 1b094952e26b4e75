#include "document.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/graphql/engine.h>

namespace tidemill::graphql {
namespace {

using ::testing::HasSubstr;

struct Node {
  int number;
};

class Broken final : public EventSource<int> {
 public:
  void Start(std::function<void()>) override {}
  bool ended() const override { return false; }
  std::optional<int> Next() override { throw FieldError("the log is gone"); }
};

Schema MakeSchema() {
  Schema schema(
      "interface Numbered { number: Int! } type Node implements Numbered { number: Int! next: Node! batched: Node } "
      "type Query { node: Node a: Numbered } type Subscription { broken: Int refused: Int }");
  schema.Interface<Node>("Numbered").Field("number", &Node::number);
  schema.Object<Node>("Node")
      .Field("next", [](const Node& node) { return Node{node.number + 1}; })
      .Batch("batched", [](std::span<const Node* const> nodes) {
        std::vector<std::variant<Node, std::exception_ptr>> results;
        for (const Node* node : nodes) {
          if (node->number == 1) {
            results.emplace_back(std::make_exception_ptr(FieldError("one has none")));
          } else {
            results.emplace_back(Node{node->number * 10});
          }
        }
        return results;
      });
  schema.Query().Field("node", [] { return Node{1}; }).Field("a", [] { return Node{2}; });
  schema.Subscription()
      .Stream("broken", []() -> std::unique_ptr<EventSource<int>> { return std::make_unique<Broken>(); })
      .Stream("refused", []() -> std::unique_ptr<EventSource<int>> { throw FieldError("not you"); });
  return schema;
}

std::string Ask(const Engine& engine, std::string_view query) {
  std::string out;
  engine.Execute({query}, {}, out);
  return out;
}

TEST(DocumentCacheTest, KeepsTheDocumentsUsedLast) {
  BoundSchema schema(MakeSchema());
  EngineOptions options{.cached_documents = 2};
  DocumentCache cache(schema, options);
  auto first = cache.Get("{ node { number } }");
  auto second = cache.Get("{ a { number } }");
  EXPECT_EQ(cache.Get("{ node { number } }"), first);
  cache.Get("{ node { next { number } } }");
  EXPECT_EQ(cache.Get("{ node { number } }"), first);
  EXPECT_NE(cache.Get("{ a { number } }"), second);
}

TEST(DocumentCacheTest, ItsBytesAreBounded) {
  BoundSchema schema(MakeSchema());
  EngineOptions options{.cached_bytes = 30};
  DocumentCache cache(schema, options);
  auto first = cache.Get("{ node { number } }");
  cache.Get("{ a { number } }");
  EXPECT_NE(cache.Get("{ node { number } }"), first);
}

TEST(LimitsTest, DepthFieldsAndSizeOfTheResponse) {
  Engine engine(MakeSchema(), {.max_depth = 3, .max_fields = 5, .max_response_bytes = 60});
  EXPECT_EQ(Ask(engine, "{ node { next { number } } }"), R"({"data":{"node":{"next":{"number":2}}}})");
  EXPECT_THAT(Ask(engine, "{ node { ...F } } fragment F on Node { next { next { number } } }"),
              HasSubstr("The operation nests 4 fields in each other, at most 3 are allowed."));
  EXPECT_THAT(Ask(engine, "{ a: node { ...F } b: node { ...F } } fragment F on Node { number next { number } }"),
              HasSubstr("The operation asks for 8 fields, at most 5 are allowed."));
  EXPECT_THAT(Ask(engine, "{ " + std::string(60, 'x') + ": node { next { number } } }"),
              HasSubstr("The response is larger than 60 bytes."));
}

TEST(BatchTest, OneOfABatchMayFail) {
  Engine engine(MakeSchema());
  EXPECT_EQ(Ask(engine, "{ node { batched { number } next { batched { number batched { number } } } } }"),
            R"({"data":{"node":{"batched":null,"next":{"batched":{"number":20,"batched":{"number":200}}}}},"errors":[)"
            R"({"message":"one has none","locations":[{"line":1,"column":10}],"path":["node","batched"]}]})");
}

TEST(SubscriptionTest, AFailedSourceEndsWithItsError) {
  Engine engine(MakeSchema());
  std::string out;
  EXPECT_EQ(engine.Subscribe({"subscription { refused }"}, {}, out), nullptr);
  EXPECT_THAT(out, HasSubstr("not you"));
  out.clear();
  auto subscription = engine.Subscribe({"subscription { broken }"}, {}, out);
  ASSERT_NE(subscription, nullptr);
  EXPECT_TRUE(subscription->Next(out));
  EXPECT_EQ(out, R"({"data":{"broken":null},"errors":[{"message":"the log is gone",)"
                 R"("locations":[{"line":1,"column":16}],"path":["broken"]}]})");
  EXPECT_TRUE(subscription->ended());
}

TEST(SubscriptionTest, IsNoQuery) {
  Engine engine(MakeSchema());
  EXPECT_THAT(Ask(engine, "subscription { broken }"), HasSubstr("Subscriptions are answered over a WebSocket."));
  std::string out;
  EXPECT_EQ(engine.Subscribe({"{ node { number } }"}, {}, out), nullptr);
  EXPECT_THAT(out, HasSubstr("The operation is no subscription."));
}

TEST(EngineThreadsTest, ManyThreadsShareDocumentsAndPlans) {
  Engine engine(MakeSchema(), {.cached_documents = 3});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        std::string query = "query($b: Boolean = " + std::string(i % 2 ? "true" : "false") +
                            ") { node { number @skip(if: $b) x" + std::to_string((i + t) % 5) + ": number } }";
        std::string expected = R"({"data":{"node":{)" + std::string(i % 2 ? "" : R"("number":1,)") + "\"x" +
                               std::to_string((i + t) % 5) + R"(":1}}})";
        if (Ask(engine, query) != expected) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tidemill::graphql
