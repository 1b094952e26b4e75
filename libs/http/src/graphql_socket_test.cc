#include "graphql_socket.h"

#include <condition_variable>
#include <deque>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_graphql_service.h"

namespace tidemill::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A connection whose thread is the test's: Run executes what was posted.
class FakeChannel final : public WebSocketChannel {
 public:
  void Send(std::string text) override {
    queued_ += text.size();
    sent.push_back(std::move(text));
  }
  void Close(std::uint16_t code, std::string reason) override { closed = std::to_string(code) + " " + reason; }
  std::size_t queued_bytes() const override { return queued_; }
  void Post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    posted_.notify_one();
  }

  // Waits for a task and runs it. False if none comes within `patience`.
  bool RunOne(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      if (!posted_.wait_for(lock, patience, [this] { return !tasks_.empty(); })) return false;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    return true;
  }
  void Drained() { queued_ = 0; }
  // As a connection that has ended.
  void DropTasks() {
    const std::lock_guard lock(mutex_);
    tasks_.clear();
  }

  std::vector<std::string> sent;
  std::string closed;

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> tasks_;
  std::size_t queued_ = 0;
};

class GraphqlSocketTest : public ::testing::Test {
 protected:
  void TearDown() override {
    socket_.reset();
    workers_.Stop();
    channel_->DropTasks();
  }

  void Start(const std::string& id, const std::string& query) {
    socket_->OnText(R"({"type":"start","id":")" + id + R"(","payload":{"query":")" + query + "\"}}");
  }

  testing::FakeGraphqlService service_;
  ServerMetrics metrics_;
  WorkerPool workers_{"test", 1, 10};
  std::shared_ptr<FakeChannel> channel_ = std::make_shared<FakeChannel>();
  std::unique_ptr<GraphqlSocket> socket_ = std::make_unique<GraphqlSocket>(
      MakeGraphqlProtocol(kGraphqlWs, 10), service_, Request(), workers_, metrics_, channel_);
};

TEST_F(GraphqlSocketTest, SendsEachAnswerAndTheEnd) {
  Start("1", "numbers 2");
  ASSERT_TRUE(channel_->RunOne());
  EXPECT_THAT(channel_->sent, ElementsAre(HasSubstr("\"left\": 1"), HasSubstr("\"left\": 0"), HasSubstr("complete")));
  workers_.Stop();
  EXPECT_EQ(service_.streams(), 0);
  EXPECT_EQ(metrics_.subscriptions, 0);
}

TEST_F(GraphqlSocketTest, WakesAPendingStream) {
  Start("1", "wait");
  ASSERT_TRUE(channel_->RunOne());
  EXPECT_THAT(channel_->sent, IsEmpty());
  EXPECT_EQ(metrics_.subscriptions, 1);
  service_.Publish();
  ASSERT_TRUE(channel_->RunOne());  // The wake.
  ASSERT_TRUE(channel_->RunOne());  // The answer.
  EXPECT_THAT(channel_->sent, ElementsAre(HasSubstr("\"published\": 1")));
}

TEST_F(GraphqlSocketTest, AsksForNothingWhileTheClientDoesNotRead) {
  Start("1", "flood");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(channel_->RunOne());
  EXPECT_FALSE(channel_->RunOne(std::chrono::milliseconds(50)));
  const std::size_t sent = channel_->sent.size();
  EXPECT_EQ(sent, 4u);  // 256 KiB and a little are over the mark.
  EXPECT_EQ(service_.polls(), 4);

  channel_->Drained();
  socket_->OnDrained();
  ASSERT_TRUE(channel_->RunOne());
  EXPECT_EQ(channel_->sent.size(), sent + 1);
}

TEST_F(GraphqlSocketTest, StopDestroysTheStream) {
  Start("1", "wait");
  ASSERT_TRUE(channel_->RunOne());
  socket_->OnText(R"({"type":"stop","id":"1"})");
  workers_.Stop();
  EXPECT_EQ(service_.streams(), 0);
}

TEST_F(GraphqlSocketTest, TheEndOfTheConnectionDestroysTheStreams) {
  Start("1", "wait");
  Start("2", "wait");
  ASSERT_TRUE(channel_->RunOne());
  ASSERT_TRUE(channel_->RunOne());
  EXPECT_EQ(service_.streams(), 2);
  socket_.reset();
  workers_.Stop();
  EXPECT_EQ(service_.streams(), 0);
}

TEST_F(GraphqlSocketTest, ARefusalAndAFailureEndTheOperation) {
  Start("1", "refuse");
  ASSERT_TRUE(channel_->RunOne());
  EXPECT_THAT(channel_->sent, ElementsAre(R"({"type": "error", "id": "1", "payload": {"message": "no"}})"));
  channel_->sent.clear();
  Start("1", "throw");
  ASSERT_TRUE(channel_->RunOne());
  EXPECT_THAT(channel_->sent,
              ElementsAre(HasSubstr(R"("errors": [{"message": "the service is down"}])"), HasSubstr("complete")));
}

TEST_F(GraphqlSocketTest, AnOperationThatFindsNoWorkerIsStartedLater) {
  WorkerPool full("full", 0, 0);
  GraphqlSocket socket(MakeGraphqlProtocol(kGraphqlWs, 10), service_, Request(), full, metrics_, channel_);
  socket.OnText(R"({"type":"start","id":"1","payload":{"query":"numbers 1"}})");
  socket.OnTick();
  EXPECT_FALSE(channel_->RunOne(std::chrono::milliseconds(20)));
  EXPECT_EQ(metrics_.subscriptions, 1);
}

TEST_F(GraphqlSocketTest, ABadMessageCloses) {
  socket_->OnText("nonsense");
  EXPECT_THAT(channel_->closed, ::testing::StartsWith("4400 "));
}

}  // namespace
}  // namespace tidemill::http
