#include <csignal>
#include <map>

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/fork_host.h>

namespace tidemill::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Answers with what it shares and what it was asked, or ends as it is asked to.
class Echo final : public ForkedWork {
 public:
  explicit Echo(std::string own) : own_(std::move(own)) {}

  void Share(std::string_view message) override { shared_ += message; }
  int Run(std::string_view message, FileDescriptor descriptor) override {
    if (message == "exit") return 7;
    if (message == "abort") ::raise(SIGABRT);
    if (message == "wait") {
      while (true) ::pause();
    }
    if (message == "throw") throw Error(Code::kInternal, "as it was asked to");
    const std::string answer = own_ + " " + shared_ + " " + std::string(message.substr(0, 8));
    EXPECT_EQ(::write(descriptor.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    return 0;
  }

 private:
  const std::string own_;
  std::string shared_;
};

std::string ReadAll(const FileDescriptor& descriptor) {
  std::string text;
  char bytes[256];
  for (ssize_t got; (got = ::read(descriptor.get(), bytes, sizeof bytes)) > 0;) text.append(bytes, got);
  return text;
}

std::pair<FileDescriptor, FileDescriptor> MakePipe() {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// The exit codes by id of the next `count` processes that end.
std::map<std::uint32_t, int> WaitForEnds(ForkHost& host, std::size_t count) {
  std::map<std::uint32_t, int> codes;
  while (codes.size() < count) {
    pollfd ready{host.fd(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    for (const ForkHost::Ended& ended : host.TakeEnded()) codes.emplace(ended.id, ended.exit_code);
  }
  return codes;
}

TEST(ForkHostTest, AProcessHasWhatItsHostHolds) {
  Echo work("own");
  ForkHost host(work, {});
  host.Share("shared");
  auto [reading, writing] = MakePipe();
  // Longer than any buffer on the way.
  host.Start(1, "question" + std::string(1 << 20, '.'), writing.get());
  writing.Close();

  EXPECT_EQ(ReadAll(reading), "own shared question");
  EXPECT_THAT(WaitForEnds(host, 1), ElementsAre(Pair(1, 0)));
}

TEST(ForkHostTest, TellsHowProcessesEnd) {
  Echo work("");
  ForkHost host(work, {});
  host.Start(1, "exit", -1);
  host.Start(2, "abort", -1);
  host.Start(3, "throw", -1);
  host.Start(4, "wait", -1);
  host.Signal(4, SIGTERM);
  host.Signal(5, SIGTERM);

  EXPECT_THAT(WaitForEnds(host, 4), ElementsAre(Pair(1, 7), Pair(2, -SIGABRT), Pair(3, 1), Pair(4, -SIGTERM)));
}

TEST(ForkHostTest, NeitherItNorItsProcessesKeepADescriptorThatIsNotTheirs) {
  auto [reading, writing] = MakePipe();
  const int not_inherited = writing.get();
  Echo work("");
  ForkHost host(work, std::span(&not_inherited, 1));
  host.Start(1, "wait", -1);
  writing.Close();

  EXPECT_EQ(ReadAll(reading), "") << "the end of the pipe is seen while both live";
}

TEST(ForkHostTest, ProcessesEndWithTheirHost) {
  auto [reading, writing] = MakePipe();
  Echo work("");
  {
    ForkHost host(work, {});
    host.Start(1, "wait", writing.get());
    host.Start(2, "exit", -1);
    WaitForEnds(host, 1);  // The first was started before.
    writing.Close();
  }
  EXPECT_EQ(ReadAll(reading), "") << "hangs if a process still holds the other end";
}

}  // namespace
}  // namespace tidemill::engine
