#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/graphql/engine.h>

namespace tidemill::graphql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::string_view kSdl = R"(
interface Node { id: ID! }
type Run implements Node { id: ID! status: Status! tags: [Tag!]! parent: Run rank: Int! duration: Float }
type Tag { key: String! value: String }
type Asset implements Node { id: ID! lastRun: Run }
enum Status { STARTED DONE }
union Found = Run | Asset
input Filter { status: Status = DONE ids: [ID!] }
type Query {
  run(id: ID!): Run
  runs(filter: Filter, limit: Int = 2): [Run!]!
  assets: [Asset!]!
  find(id: ID!): Found
  node(id: ID!): Node
  fails: String
  required: String!
}
type Mutation { add(by: Int!): Int! }
type Subscription { count(to: Int!): Int! }
)";

enum class Status { kStarted, kDone };
std::string_view GraphqlName(Status status) { return status == Status::kDone ? "DONE" : "STARTED"; }

struct Tag {
  std::string key;
  std::optional<std::string> value;
};

struct RunView {
  std::string id;
  Status status = Status::kDone;
  std::vector<Tag> tags = {};
  int rank() const { return static_cast<int>(id.size()); }
};

struct Asset {
  std::string id;
};

struct Session {
  int batches = 0;
  int total = 0;
};

class Count final : public EventSource<int> {
 public:
  explicit Count(int to) : to_(to) {}
  void Start(std::function<void()> wake) override { wake(); }
  bool ended() const override { return at_ == to_; }
  std::optional<int> Next() override { return at_ < to_ ? std::optional(++at_) : std::nullopt; }

 private:
  int to_;
  int at_ = 0;
};

void BindTypes(Schema& schema) {
  schema.Object<Tag>("Tag").Field("key", &Tag::key).Field("value", &Tag::value);
  schema.Object<RunView>("Run")
      .Field("id", &RunView::id)
      .Field("status", &RunView::status)
      .Field("tags", &RunView::tags)
      .Field("rank", &RunView::rank)
      .Field("duration", [](const RunView&) -> std::optional<double> { return 1.5; })
      .Field("parent", [](const RunView& run) -> std::optional<RunView> {
        if (run.id.empty()) return std::nullopt;
        return RunView{run.id.substr(1)};
      });
  schema.Object<Asset>("Asset")
      .Field("id", &Asset::id)
      .Batch("lastRun", [](std::span<const Asset* const> assets, Session& session) {
        ++session.batches;
        std::vector<std::shared_ptr<const RunView>> runs;
        for (const Asset* asset : assets) {
          runs.push_back(asset->id == "none" ? nullptr : std::make_shared<RunView>(RunView{"last of " + asset->id}));
        }
        return runs;
      });
}

Schema MakeSchema() {
  Schema schema(kSdl);
  BindTypes(schema);
  schema.Query()
      .Field("run", [](const Arguments& arguments) { return RunView{arguments.Get<std::string>("id")}; })
      .Field("runs",
             [](const Arguments& arguments) {
               std::vector<RunView> runs;
               for (int i = 0; i < arguments.Get<int>("limit"); ++i) runs.push_back(RunView{std::to_string(i)});
               return runs;
             })
      .Field("assets",
             [] {
               return std::vector<Asset>{{"a"}, {"none"}, {"b"}};
             })
      .Field("find",
             [](const Arguments& arguments) -> std::variant<RunView, Asset> {
               std::string id = arguments.Get<std::string>("id");
               if (id == "asset") return Asset{id};
               return RunView{id};
             })
      .Field("node",
             [](const Arguments& arguments) { return AnyObject::Of(RunView{arguments.Get<std::string>("id")}); })
      .Field("fails",
             []() -> std::string {
               throw FieldError("no luck", {{"code", "BAD"}});
             })
      .Field("required", []() -> std::optional<std::string> { return std::nullopt; });
  schema.Mutation().Field(
      "add", [](const Arguments& arguments, Session& session) { return session.total += arguments.Get<int>("by"); });
  schema.Subscription().Stream("count", [](const Arguments& arguments) -> std::unique_ptr<EventSource<int>> {
    return std::make_unique<Count>(arguments.Get<int>("to"));
  });
  return schema;
}

class EngineTest : public ::testing::Test {
 protected:
  std::string Ask(std::string_view query, json::Object variables = {}) {
    std::string out;
    outcome_ = engine_.Execute({query, {}, std::move(variables)}, session_, out);
    return out;
  }

  Session session_;
  Engine engine_{MakeSchema()};
  Outcome outcome_;
};

TEST_F(EngineTest, FieldsComeInTheOrderAskedWithAliasesAndFragmentsMerged) {
  EXPECT_EQ(
      Ask(R"({ run(id: "ab") { status ...F other: id } } fragment F on Node { id __typename ... on Run { rank } })"),
      R"({"data":{"run":{"status":"DONE","id":"ab","__typename":"Run","rank":2,"other":"ab"}}})");
}

TEST_F(EngineTest, ABatchIsAskedOnceForAllParents) {
  EXPECT_EQ(Ask("{ assets { id lastRun { id parent { rank } } } }"),
            R"({"data":{"assets":[{"id":"a","lastRun":{"id":"last of a","parent":{"rank":8}}},)"
            R"({"id":"none","lastRun":null},{"id":"b","lastRun":{"id":"last of b","parent":{"rank":8}}}]}})");
  EXPECT_EQ(session_.batches, 1);
}

TEST_F(EngineTest, UnionsAndInterfacesTakeTheirObjectType) {
  EXPECT_EQ(Ask(R"({ a: find(id: "asset") { __typename ... on Asset { id lastRun { id } } ... on Run { rank } }
                     b: find(id: "r") { ... on Run { rank } } c: node(id: "xyz") { id ... on Run { rank } } })"),
            R"({"data":{"a":{"__typename":"Asset","id":"asset","lastRun":{"id":"last of asset"}},)"
            R"("b":{"rank":1},"c":{"id":"xyz","rank":3}}})");
}

TEST_F(EngineTest, AnErrorMakesItsFieldNullAndSaysWhere) {
  EXPECT_EQ(Ask("{ run(id: \"a\") { id }\n  fails }"),
            R"({"data":{"run":{"id":"a"},"fails":null},"errors":[{"message":"no luck",)"
            R"("locations":[{"line":2,"column":3}],"path":["fails"],"extensions":{"code":"BAD"}}]})");
}

TEST_F(EngineTest, ANullInANonNullFieldPropagates) {
  EXPECT_EQ(Ask("{ run(id: \"a\") { id } required }"),
            R"({"data":null,"errors":[{"message":"Cannot return null for non-nullable field Query.required.",)"
            R"("locations":[{"line":1,"column":23}],"path":["required"]}]})");
}

TEST_F(EngineTest, VariablesAndConditions) {
  constexpr std::string_view kQuery =
      "query Q($n: Int = 1, $no: Boolean!) { runs(limit: $n) { id rank @skip(if: $no) } }";
  EXPECT_EQ(Ask(kQuery, {{"no", true}}), R"({"data":{"runs":[{"id":"0"}]}})");
  EXPECT_EQ(Ask(kQuery, {{"no", false}, {"n", 2}}), R"({"data":{"runs":[{"id":"0","rank":1},{"id":"1","rank":1}]}})");
  EXPECT_EQ(
      Ask(kQuery, {{"no", "x"}}),
      R"({"data":null,"errors":[{"message":"Variable '$no' got invalid value 'x'; Boolean cannot represent a non )"
      R"(boolean value: 'x'","locations":[{"line":1,"column":22}]}]})");
  EXPECT_TRUE(outcome_.request_error);
}

TEST_F(EngineTest, MutationsRunInTheirOrder) {
  EXPECT_EQ(Ask("mutation { a: add(by: 1) b: add(by: 2) c: add(by: 3) }"), R"({"data":{"a":1,"b":3,"c":6}})");
}

TEST_F(EngineTest, ASubscriptionGivesAResponseForEachEvent) {
  std::string out;
  auto subscription = engine_.Subscribe({"subscription { n: count(to: 2) }"}, session_, out);
  ASSERT_NE(subscription, nullptr) << out;
  int woken = 0;
  subscription->Start([&] { ++woken; });
  EXPECT_EQ(woken, 1);
  ASSERT_TRUE(subscription->Next(out));
  EXPECT_EQ(out, R"({"data":{"n":1}})");
  out.clear();
  EXPECT_FALSE(subscription->ended());
  ASSERT_TRUE(subscription->Next(out));
  EXPECT_EQ(out, R"({"data":{"n":2}})");
  EXPECT_FALSE(subscription->Next(out));
  EXPECT_TRUE(subscription->ended());
}

TEST_F(EngineTest, IntrospectionTellsTheSchema) {
  EXPECT_EQ(
      Ask(R"({ __type(name: "Filter") { kind inputFields { name defaultValue type { name kind ofType { name } } } }
                     __schema { queryType { name } } })"),
      R"({"data":{"__type":{"kind":"INPUT_OBJECT","inputFields":[{"name":"status","defaultValue":"DONE",)"
      R"("type":{"name":"Status","kind":"ENUM","ofType":null}},{"name":"ids","defaultValue":null,)"
      R"("type":{"name":null,"kind":"LIST","ofType":{"name":null}}}]},"__schema":{"queryType":{"name":"Query"}}}})");
}

struct Event {
  std::string message;
  std::string kind;
};

struct StepEvent : Event {
  std::string step;
};

Engine MakeEventEngine() {
  Schema schema(
      "interface Event { message: String! } "
      "type Start implements Event { message: String! } type Stop implements Event { message: String! code: Int } "
      "type Step implements Event { message: String! step: String } union Any = Start | Stop | Step "
      "type Query { events: [Event] any: Any named: Event wrong: Any asked: Start }");
  schema.Interface<Event>("Event").Field("message", &Event::message);
  schema.Object<Event>("Start");
  schema.Object<Event>("Stop").Field("code", [](const Event&) { return 1; });
  schema.Object<StepEvent>("Step").Extends<Event>().Field("step", &StepEvent::step);
  schema.TypeOf<Event>([](const Event& event) -> std::string_view { return event.kind; });
  schema.Query()
      .Field("events",
             [] {
               return std::vector<std::variant<Event, StepEvent>>{Event{"a", "Start"}, Event{"b", "Stop"},
                                                                  StepEvent{{"c", ""}, "s"}};
             })
      .Field("any",
             [] {
               return std::make_shared<const Event>(Event{"m", "Stop"});
             })
      .Field("named",
             [] {
               return AnyObject::Of(Event{"m", "?"}).As("Stop");
             })
      .Field("wrong", [] { return AnyObject::Of(Session()); })
      .Field("asked", [](const FieldInfo& info) {
        return Event{std::string(info.name()) + (info.Selects("message") ? " with its message" : ""), "Start"};
      });
  return Engine(std::move(schema));
}

std::string AskEvents(std::string_view query) {
  static const Engine kEngine = MakeEventEngine();
  std::string out;
  kEngine.Execute({query}, {}, out);
  return out;
}

TEST(ObjectTypeTest, OneClassMayStandForSeveralTypes) {
  EXPECT_EQ(AskEvents("{ events { __typename message ... on Stop { code } ... on Step { step } } }"),
            R"({"data":{"events":[{"__typename":"Start","message":"a"},{"__typename":"Stop","message":"b","code":1},)"
            R"({"__typename":"Step","message":"c","step":"s"}]}})");
  EXPECT_EQ(AskEvents("{ any { ... on Stop { code } } named { __typename } }"),
            R"({"data":{"any":{"code":1},"named":{"__typename":"Stop"}}})");
}

TEST(ObjectTypeTest, AClassThatIsNotOfTheTypeIsAFieldError) {
  EXPECT_THAT(AskEvents("{ wrong { __typename } }"), HasSubstr("Session is bound to no type of 'Any'"));
}

TEST(ObjectTypeTest, AResolverMayAskWhatIsSelected) {
  EXPECT_EQ(AskEvents("{ asked { message } }"), R"({"data":{"asked":{"message":"asked with its message"}}})");
}

TEST_F(EngineTest, AContextOfAnotherClassIsAMistakeOfTheProgram) {
  Tag tag;
  std::string out;
  EXPECT_THAT([&] { engine_.Execute({"{ assets { id } }"}, tag, out); },
              ThrowsMessage<Error>(HasSubstr("the request came with ")));
  EXPECT_EQ(engine_.TypeOf({"mutation { add(by: 1) }"}), OperationType::kMutation);
  EXPECT_EQ(engine_.TypeOf({"{ nope }"}), std::nullopt);
}

TEST_F(EngineTest, TypesThatNestBeyondReasonAreRefused) {
  std::string type = std::string(100, '[') + "Int" + std::string(100, ']');
  EXPECT_THAT(Ask("query($v: " + type + ") { runs(limit: $v) { id } }"), HasSubstr("\"errors\""));
}

TEST(SchemaTest, FieldsWithoutAFunctionAreListed) {
  Schema schema("type Query { a: Int b: Run } type Run { id: ID }");
  schema.Query().Field("a", [] { return 1; });
  EXPECT_THAT(schema.UnboundFields(), ElementsAre("Query.b", "Run.id"));
}

TEST(SchemaTest, WhatContradictsTheTextIsRefused) {
  auto build = [] {
    Schema schema("type Query { a: Int run: Run runs: [Run] } type Run { id: ID! }");
    schema.Object<RunView>("Run").Field("id", &RunView::tags).Field("nope", &RunView::id);
    schema.Object<Tag>("Missing");
    schema.Query().Field("a", [] { return "text"; }).Field("run", [] { return Tag(); }).Field("runs", [] {
      return RunView();
    });
    Engine engine(std::move(schema));
  };
  EXPECT_THAT(build, ThrowsMessage<Error>(HasSubstr("Run.id is ID!, but its function gives a list")));
  EXPECT_THAT(build, ThrowsMessage<Error>(HasSubstr("Run has no field nope")));
  EXPECT_THAT(build, ThrowsMessage<Error>(HasSubstr("the schema has no type Missing")));
  EXPECT_THAT(build, ThrowsMessage<Error>(HasSubstr("Query.a is Int, but its function gives a string")));
  EXPECT_THAT(build, ThrowsMessage<Error>(HasSubstr("Tag, and Run is bound to ")));
  EXPECT_THAT(build, ThrowsMessage<Error>(HasSubstr("Query.runs is [Run], but its function gives ")));
}

}  // namespace
}  // namespace tidemill::graphql
