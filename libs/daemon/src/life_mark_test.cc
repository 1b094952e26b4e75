#include "life_mark.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <tidemill/base/child_process.h>
#include <tidemill/base/uuid.h>

namespace tidemill::daemon {
namespace {

TEST(LifeMarkTest, ANameIsTakenOnceUntilItIsGivenBack) {
  const std::string name = "tidemill/test/" + NewUuid();
  EXPECT_FALSE(IsLifeMarkTaken(name));
  {
    const auto mark = TakeLifeMark(name);
    ASSERT_TRUE(mark);
    EXPECT_TRUE(IsLifeMarkTaken(name));
    EXPECT_FALSE(TakeLifeMark(name));
  }
  EXPECT_FALSE(IsLifeMarkTaken(name));
}

TEST(LifeMarkTest, AProcessThatWasGivenTheMarkKeepsItUntilItsDeath) {
  const std::string name = "tidemill/test/" + NewUuid();
  auto mark = TakeLifeMark(name);
  ASSERT_TRUE(mark);
  ChildProcess child({{"sleep", "60"}, {{mark->get(), mark->get()}}, true});
  mark->Close();
  EXPECT_TRUE(IsLifeMarkTaken(name));
  child.Signal(SIGKILL);
  child.Wait();
  EXPECT_FALSE(IsLifeMarkTaken(name));
}

}  // namespace
}  // namespace tidemill::daemon
