#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tidemill/base/child_process.h>
#include <tidemill/base/error.h>

namespace tidemill {
namespace {

using std::chrono_literals::operator""ms;

TEST(ChildProcessTest, SaysHowItsChildEnded) {
  EXPECT_EQ(ChildProcess({{"sh", "-c", "exit 3"}, {}, false}).Wait().Describe(), "exited with code 3");
  EXPECT_EQ(ChildProcess({{"sh", "-c", "kill -SEGV $$"}, {}, false}).Wait().Describe(),
            "was killed by signal 11 (SIGSEGV)");
  EXPECT_TRUE(ChildProcess({{"true"}, {}, false}).Wait().ok());
}

TEST(ChildProcessTest, AProgramThatIsNotThereIsNamed) {
  try {
    ChildProcess({{"/no/such/program"}, {}, false});
    FAIL() << "started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotFound);
    EXPECT_STREQ(error.what(), "cannot start /no/such/program: No such file or directory");
  }
}

TEST(ChildProcessTest, ARunningChildIsWaitedForOnlySoLong) {
  ChildProcess child({{"sleep", "60"}, {}, true});
  EXPECT_EQ(child.WaitFor(1ms), std::nullopt);
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait().signal, SIGTERM);
}

TEST(ChildProcessTest, ADetachedChildGoesOn) {
  pid_t pid = 0;
  {
    ChildProcess child({{"sleep", "60"}, {}, true});
    pid = child.pid();
    child.Detach();
  }
  ASSERT_EQ(::kill(pid, 0), 0);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

TEST(ChildProcessTest, BlockedSignalsAreNotInherited) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  ChildProcess child({{"sh", "-c", "kill -TERM $$; exit 0"}, {}, false});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(child.Wait().signal, SIGTERM);
}

TEST(ErrorSinkTest, KeepsTheLastLines) {
  ErrorSink sink;
  ChildProcess({{"sh", "-c", "echo one >&2; echo two >&2; echo three >&2"}, {{2, sink.descriptor()}}, false}).Wait();
  EXPECT_EQ(sink.Tail(), "one\ntwo\nthree");
  EXPECT_EQ(sink.Tail(8), "three");
}

TEST(SignalNameTest, UnknownNumbersStayNumbers) {
  EXPECT_EQ(SignalName(9), "SIGKILL");
  EXPECT_EQ(SignalName(200), "signal 200");
}

TEST(ChildProcessTest, HasTheEnvironmentItIsGiven) {
  ErrorSink output;
  ChildProcess(
      {{"sh", "-c", "echo $GIVEN-$HOME"}, {{1, output.descriptor()}}, false, std::vector<std::string>{"GIVEN=x"}})
      .Wait();
  EXPECT_EQ(output.Tail(), "x-");
  for (const std::string& variable : EnvironmentWithout({"PATH"})) EXPECT_FALSE(variable.starts_with("PATH="));
}

TEST(ErrorSinkTest, PassesEachByteOnOnceAndKeepsTheEnd) {
  ErrorSink sink;
  ErrorSink terminal;
  const std::string text(200'000, 'x');
  ASSERT_EQ(::write(sink.descriptor(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  sink.PassOn(terminal.descriptor());
  ASSERT_EQ(::write(sink.descriptor(), "end", 3), 3);
  sink.PassOn(terminal.descriptor());
  EXPECT_EQ(terminal.Tail(1'000'000), text + "end");
  EXPECT_EQ(sink.Tail(1'000'000).substr(200'000), "end");
}

}  // namespace
}  // namespace tidemill
