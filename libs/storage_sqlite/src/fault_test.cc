#include <fstream>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/storage_sqlite/open.h>

#include "samples.h"
#include "testing/raw_sqlite.h"
#include "testing/temp_home.h"

namespace tidemill::storage_sqlite {
namespace {

using model::EventType;
using storage::testing::Group;
using storage::testing::LogLine;
using storage::testing::Materialized;
using storage::testing::RunEvent;
using storage::testing::SampleRun;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::RawSqlite;
using ::testing::SizeIs;
using testing::TempHome;

Options Impatient() {
  Options options;
  options.busy_timeout = std::chrono::milliseconds(50);
  return options;
}

/// The error of a call as "CODE: message"; "" if there is none.
std::string ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(CodeName(error.code())) + ": " + error.what();
  }
  return "";
}

/// A home with one run that has a few events, closed again.
void Fill(const std::filesystem::path& home) {
  const auto store = Open(home);
  store->runs().AddRun(SampleRun("r1"));
  store->runs().SetValue("k", "v");
  for (int i = 0; i < 50; ++i) {
    store->events().Append(Group({LogLine("r1", std::to_string(i)), Materialized("r1", {"a"})}));
  }
  store->schedules().AddTick({});
}

/// Root may write everywhere: for the life of this, the process is nobody.
class AsNobody {
 public:
  explicit AsNobody(const std::filesystem::path& home) {
    if (::geteuid() != 0) return;
    if (::chmod(home.c_str(), 0755) == 0 && ::seteuid(65534) == 0) changed_ = true;
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (changed_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool changed_ = false;
};

void MakeReadOnly(const std::filesystem::path& path) {
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_write | perms::group_write | perms::others_write,
                               std::filesystem::perm_options::remove);
}

void MakeWritable(const std::filesystem::path& path) {
  std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
}

TEST(FaultTest, AHomeThatMayNotBeWrittenIsNamed) {
  const TempHome home;
  MakeReadOnly(home.path());
  {
    const AsNobody nobody(home.path());
    const auto store = Open(home.path());
    EXPECT_EQ(store->runs().GetValue("k"), std::nullopt) << "reading an empty home needs no file";
    EXPECT_THAT(ErrorOf([&] { store->runs().SetValue("k", "v"); }),
                AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr(home.path().string())));
    EXPECT_THAT(ErrorOf([&] { store->events().Append(Group({LogLine("r1", "x")})); }), HasSubstr("PERMISSION_DENIED"));
  }
  MakeWritable(home.path());
}

TEST(FaultTest, AFileThatMayNotBeWrittenIsNamedWithTheRemedy) {
  const TempHome home;
  Fill(home.path());
  const auto file = home.path() / "history" / "runs.db";
  MakeReadOnly(file);
  {
    const AsNobody nobody(home.path());
    EXPECT_THAT(ErrorOf([&] { Open(home.path())->runs().SetValue("k", "v"); }),
                AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr(file.string()), HasSubstr("writable")));
  }
  MakeWritable(file);
  EXPECT_EQ(Open(home.path())->runs().GetValue("k"), "v");
}

void Overwrite(const std::filesystem::path& file, std::streamoff at, std::size_t length) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream << std::string(length, '\x5a');
}

TEST(FaultTest, DamageInsideAFileIsDataLoss) {
  const TempHome home;
  Fill(home.path());
  const auto log = home.path() / "history" / "runs" / "r1.db";
  const auto size = std::filesystem::file_size(log);
  Overwrite(log, 4096, size - 4096);
  EXPECT_THAT(ErrorOf([&] { Open(home.path())->events().RunEvents("r1", {}); }),
              AllOf(HasSubstr("DATA_LOSS"), HasSubstr(log.string()), HasSubstr("backup")));
  EXPECT_THAT(ErrorOf([&] { Open(home.path())->events().Append(Group({LogLine("r1", "x")})); }),
              HasSubstr("DATA_LOSS"));
  EXPECT_EQ(Open(home.path())->runs().GetValue("k"), "v") << "the other files are whole";
}

TEST(FaultTest, AFileThatIsNoDatabaseIsDataLoss) {
  const TempHome home;
  Fill(home.path());
  for (const char* name : {"history/runs.db", "history/runs/index.db", "schedules/schedules.db"}) {
    Overwrite(home.path() / name, 0, 100);
    std::filesystem::remove(home.path() / (std::string(name) + "-wal"));  // What it holds would be read first.
  }
  const auto store = Open(home.path());
  EXPECT_THAT(ErrorOf([&] { store->runs().GetRun("r1"); }), AllOf(HasSubstr("DATA_LOSS"), HasSubstr("runs.db")));
  EXPECT_THAT(ErrorOf([&] { store->events().AssetKeys(); }), AllOf(HasSubstr("DATA_LOSS"), HasSubstr("index.db")));
  EXPECT_THAT(ErrorOf([&] { store->schedules().Instigators(); }),
              AllOf(HasSubstr("DATA_LOSS"), HasSubstr("schedules.db")));
}

TEST(FaultTest, ABrokenRowIsDataLossThatNamesTheRow) {
  const TempHome home;
  Fill(home.path());
  RawSqlite(home.path() / "history/runs/r1.db").Run("UPDATE event_logs SET event = '{\"a\": ' WHERE id = 7");
  RawSqlite(home.path() / "history/runs.db").Run("UPDATE runs SET status = 'LOST'");
  const auto store = Open(home.path());
  EXPECT_THAT(ErrorOf([&] { store->events().RunEvents("r1", {}); }), AllOf(HasSubstr("DATA_LOSS"), HasSubstr("row 7")));
  EXPECT_THAT(ErrorOf([&] { store->runs().GetRun("r1"); }), AllOf(HasSubstr("DATA_LOSS"), HasSubstr("LOST")));
}

TEST(FaultTest, AnEventOfANewerVersionHidesNoOther) {
  const TempHome home;
  {
    const auto store = Open(home.path());
    store->runs().AddRun(SampleRun("r1"));
    store->events().Append(
        Group({LogLine("r1", "before"), RunEvent("r1", EventType::kRunStart), RunEvent("r1", EventType::kRunSuccess)}));
  }
  const std::filesystem::path file = home.path() / "history/runs/r1.db";
  RawSqlite(file).Run(
      "UPDATE event_logs SET dagster_event_type = 'RUN_TELEPORTED', event = json_set(event, "
      "'$.dagster_event.event_type_value', 'RUN_TELEPORTED') WHERE dagster_event_type = 'PIPELINE_START'");
  const std::string stored = RawSqlite(file).Value("SELECT event FROM event_logs WHERE id = 2");
  const auto store = Open(home.path());

  const auto events = store->events().RunEvents("r1", {});

  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].entry.dagster_event->type, EventType::kEngineEvent);
  EXPECT_EQ(events[2].entry.dagster_event->type, EventType::kRunSuccess);
  store->events().RepairRun("r1");
  EXPECT_EQ(RawSqlite(file).Value("SELECT event FROM event_logs WHERE id = 2"), stored);
}

TEST(FaultTest, ANewerRevisionIsRefusedFileByFile) {
  const TempHome home;
  Fill(home.path());
  for (const char* name :
       {"history/runs.db", "history/runs/index.db", "history/runs/r1.db", "schedules/schedules.db"}) {
    RawSqlite(home.path() / name).Run("UPDATE alembic_version SET version_num = 'ffffffffffff'");
  }
  const auto store = Open(home.path());
  const auto newer = AllOf(HasSubstr("FAILED_PRECONDITION"), HasSubstr("newer Dagster"), HasSubstr("ffffffffffff"));
  EXPECT_THAT(ErrorOf([&] { store->runs().SetValue("k", "w"); }), newer);
  EXPECT_THAT(ErrorOf([&] { store->events().AssetKeys(); }), newer);
  EXPECT_THAT(ErrorOf([&] { store->events().Append(Group({LogLine("r1", "x")})); }), newer);
  EXPECT_THAT(ErrorOf([&] { store->schedules().AddTick({}); }), newer);
  EXPECT_THAT(ErrorOf([&] { store->Migrate(); }), newer);
  EXPECT_EQ(store->Revisions().at(0).current, "ffffffffffff");
}

/// Holds the write lock of a file from another process until it goes.
class Locker {
 public:
  explicit Locker(const std::filesystem::path& file) {
    int ready[2];
    if (::pipe(ready) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      RawSqlite database(file);
      database.Run("BEGIN IMMEDIATE");
      if (::write(ready[1], "x", 1) != 1) std::abort();
      while (true) ::pause();
    }
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) std::abort();
    ::close(ready[0]);
    ::close(ready[1]);
  }
  Locker(const Locker&) = delete;
  Locker& operator=(const Locker&) = delete;
  ~Locker() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

 private:
  pid_t child_ = -1;
};

TEST(FaultTest, ALockThatIsHeldTooLongIsUnavailable) {
  const TempHome home;
  Fill(home.path());
  const auto store = Open(home.path(), Impatient());
  const auto file = home.path() / "history/runs.db";
  {
    const Locker locker(file);
    EXPECT_THAT(ErrorOf([&] { store->runs().SetValue("k", "w"); }),
                AllOf(HasSubstr("UNAVAILABLE"), HasSubstr(file.string()), HasSubstr("locked")));
    EXPECT_EQ(store->runs().GetValue("k"), "v") << "readers do not wait for a writer";
  }
  store->runs().SetValue("k", "w");
  EXPECT_EQ(store->runs().GetValue("k"), "w");
}

std::size_t Mirrored(storage::Storage& store) {
  storage::EventQuery query;
  return store.events().Events(query).size();
}

TEST(FaultTest, AGroupThatFailedHalfwayIsCompletedByItsRetry) {
  const TempHome home;
  const auto store = Open(home.path(), Impatient());
  store->runs().AddRun(SampleRun("r1"));
  store->events().Append(Group({Materialized("r1", {"a"})}));
  const auto group = Group({LogLine("r1", "x"), Materialized("r1", {"a"}), RunEvent("r1", EventType::kRunStart)});
  for (const char* name : {"history/runs/index.db", "history/runs.db"}) {
    const Locker locker(home.path() / name);
    EXPECT_THAT(ErrorOf([&] { store->events().Append(group); }), HasSubstr("UNAVAILABLE"));
    EXPECT_THAT(ErrorOf([&] { store->events().Append(group); }), HasSubstr("UNAVAILABLE")) << "and again";
  }
  const auto ids = store->events().Append(group);
  EXPECT_THAT(ids, ::testing::ElementsAre(2, 3, 4)) << "what the first try wrote is not written again";
  EXPECT_THAT(store->events().RunEvents("r1", {}), SizeIs(4));
  EXPECT_EQ(Mirrored(*store), 2u);
  EXPECT_EQ(store->runs().GetRun("r1")->run.status, model::RunStatus::kStarted);
  EXPECT_EQ(store->events().RepairRun("r1"), 0);
}

TEST(FaultTest, OtherEventsAfterAHalfwayFailureStillCompleteIt) {
  const TempHome home;
  const auto store = Open(home.path(), Impatient());
  store->events().Append(Group({Materialized("r1", {"a"})}));
  {
    const Locker locker(home.path() / "history/runs/index.db");
    EXPECT_NE(ErrorOf([&] { store->events().Append(Group({Materialized("r1", {"a"})})); }), "");
  }
  store->events().Append(Group({LogLine("r1", "1")}));
  EXPECT_EQ(Mirrored(*store), 2u);
  EXPECT_THAT(store->events().RunEvents("r1", {}), SizeIs(3));
}

TEST(FaultTest, ALockOfTheRunsOwnLogLeavesNothingBehind) {
  const TempHome home;
  const auto store = Open(home.path(), Impatient());
  store->events().Append(Group({LogLine("r1", "0")}));
  {
    const Locker locker(home.path() / "history/runs/r1.db");
    EXPECT_THAT(ErrorOf([&] { store->events().Append(Group({Materialized("r1", {"a"})})); }), HasSubstr("UNAVAILABLE"));
  }
  EXPECT_THAT(store->events().RunEvents("r1", {}), SizeIs(1));
  EXPECT_EQ(store->events().RepairRun("r1"), 0);
}

/// A folder on a file system of its own that is nearly full; nothing if this user may not mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& folder) : folder_(folder) {
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=900k") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  void Grow() {
    if (::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, "size=64m") != 0) std::abort();
  }

 private:
  const std::filesystem::path folder_;
  bool mounted_ = false;
};

/// The same by a limit on the size of files, which any user may set.
class SmallFiles {
 public:
  SmallFiles() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400 << 10, before_.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) std::abort();
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;
  ~SmallFiles() { Grow(); }
  void Grow() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

/// Fills the disk with groups, then goes on when there is space again: nothing acknowledged may be lost, nothing
/// doubled.
void FillTheDisk(storage::Storage& store, const std::function<void()>& grow) {
  store.runs().AddRun(SampleRun("r1"));
  int acknowledged = 0;
  std::string error;
  const auto group_of = [](int number) {
    return Group({LogLine("r1", std::to_string(number) + std::string(20'000, 'x')), Materialized("r1", {"a"})});
  };
  while (error.empty() && acknowledged < 1000) {
    error = ErrorOf([&] { store.events().Append(group_of(acknowledged)); });
    if (error.empty()) ++acknowledged;
  }
  EXPECT_THAT(error, AllOf(HasSubstr("RESOURCE_EXHAUSTED"), HasSubstr("free disk space")));
  EXPECT_GT(acknowledged, 0);
  grow();
  for (int number = acknowledged; number < acknowledged + 20; ++number) store.events().Append(group_of(number));
  const auto stored = store.events().RunEvents("r1", {});
  ASSERT_THAT(stored, SizeIs(static_cast<std::size_t>(2 * (acknowledged + 20))));
  for (std::size_t i = 0; i < stored.size(); i += 2) {
    EXPECT_TRUE(stored[i].entry.user_message.starts_with(std::to_string(i / 2) + "x")) << i;
  }
  EXPECT_EQ(Mirrored(store), stored.size() / 2);
  EXPECT_EQ(store.events().RepairRun("r1"), 0);
}

TEST(FaultTest, AFullDiskIsSurvived) {
  const TempHome home;
  SmallDisk disk(home.path());
  if (!disk.mounted()) GTEST_SKIP() << "this user may not mount a small disk; the limit on files below stands in";
  const auto store = Open(home.path());
  FillTheDisk(*store, [&] { disk.Grow(); });
}

TEST(FaultTest, ALimitOnTheSizeOfFilesIsSurvived) {
  const TempHome home;
  SmallFiles files;
  const auto store = Open(home.path());
  FillTheDisk(*store, [&] { files.Grow(); });
}

TEST(FaultTest, ADiskWithoutRoomForANewFileLeavesNoDraft) {
  const TempHome home;
  SmallDisk disk(home.path());
  if (!disk.mounted()) GTEST_SKIP() << "this user may not mount a small disk";
  { std::ofstream(home.path() / "ballast") << std::string(800 << 10, 'x'); }
  const auto store = Open(home.path());
  EXPECT_THAT(ErrorOf([&] { store->runs().SetValue("k", "v"); }), HasSubstr("RESOURCE_EXHAUSTED"));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home.path())) {
    if (entry.is_regular_file()) ++files;
  }
  EXPECT_EQ(files, 1u) << "only the ballast";
}

}  // namespace
}  // namespace tidemill::storage_sqlite
