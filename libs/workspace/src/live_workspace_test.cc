#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/workspace/live_workspace.h>

#include "testing/fake_location.h"

namespace tidemill::workspace {
namespace {

using ::testing::ElementsAre;
using Kind = LocationChange::Kind;

const ManualClock kClock(FromUnixSeconds(1'700'000'000));

std::shared_ptr<FakeLocation> MakeLocation(const std::string& name) {
  return std::make_shared<FakeLocation>(name, model::RepositorySnap());
}

Location Named(const std::string& name) {
  Location location;
  location.name = name;
  return location;
}

TEST(LiveWorkspaceTest, AFailedReloadKeepsWhatTheLoadBeforeGave) {
  LiveWorkspace live;
  const auto client = MakeLocation("maker");
  live.Publish(LoadLocation(client, kClock));
  const auto before = live.current();

  client->fails = true;
  live.Publish(LoadLocation(client, kClock));

  const Location& now = *live.current()->locations().at(0);
  EXPECT_TRUE(now.error);
  EXPECT_EQ(now.repositories, before->locations().at(0)->repositories);
  EXPECT_FALSE(before->locations().at(0)->error);
}

TEST(LiveWorkspaceTest, ListenersHearOfEachChangeUntilTheyLeave) {
  LiveWorkspace live;
  std::vector<std::pair<Kind, std::string>> heard;
  {
    const auto subscription =
        live.Subscribe([&](const LocationChange& change) { heard.emplace_back(change.kind, change.location_name); });
    const auto client = MakeLocation("maker");
    live.Publish(Named("maker"));
    live.Publish(LoadLocation(client, kClock));
    client->fails = true;
    live.Publish(LoadLocation(client, kClock));
    live.Remove("maker");
    live.Remove("maker");
  }
  live.Publish(Named("unheard"));
  EXPECT_THAT(heard, ElementsAre(std::pair(Kind::kReloading, "maker"), std::pair(Kind::kUpdated, "maker"),
                                 std::pair(Kind::kFailed, "maker"), std::pair(Kind::kRemoved, "maker")));
}

}  // namespace
}  // namespace tidemill::workspace
