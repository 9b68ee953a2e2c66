// Files and folders that nobody may read: said to be so, by name, with exit code 2. Everything is read by a child
// process that is no longer root, so that permissions bind it whoever runs the tests.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "tests/support/workspace.h"

namespace acrbiter::cli {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr uid_t kNobody = 65534;
constexpr int kStillRoot = 99;

/// Root may read everything: true if this process is, or has become, somebody else.
bool give_up_root() {
  if (::geteuid() != 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
}

struct Outcome {
  int exit = -1;
  std::string err;
};

/// Runs the program in a child process that is not root.
Outcome run_as_nobody(const std::vector<std::string>& args) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    if (!give_up_root()) ::_exit(kStillRoot);
    std::istringstream in;
    std::ostringstream out, err;
    const int exit = run(args, in, out, err);
    const std::string said = err.str();  // shorter than a pipe holds
    const bool sent = ::write(pipe[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(sent ? exit : -1);
  }
  ::close(pipe[1]);
  Outcome outcome;
  std::array<char, 4096> chunk{};
  for (ssize_t n = 0; (n = ::read(pipe[0], chunk.data(), chunk.size())) > 0;) {
    outcome.err.append(chunk.data(), static_cast<std::size_t>(n));
  }
  ::close(pipe[0]);
  int status = 0;
  if (child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status)) outcome.exit = WEXITSTATUS(status);
  return outcome;
}

/// A folder that everybody may enter, with a file that everybody may read.
class Permission : public testing::Test {
 protected:
  void SetUp() override {
    fs::permissions(workspace_.folder(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    write("data/a.json");
    const Outcome open = show("data");
    if (open.exit == kStillRoot) GTEST_SKIP() << "skipped: this process is root and cannot be anybody else";
    ASSERT_EQ(open.exit, 0) << open.err;
    ASSERT_THAT(open.err, Not(HasSubstr("ermission")));
  }
  void TearDown() override {
    // What is closed could not be removed by others than root.
    for (const auto& entry : fs::recursive_directory_iterator(".", fs::directory_options::skip_permission_denied))
      if (entry.is_directory()) fs::permissions(entry, fs::perms::owner_all);
  }

  static void write(const std::string& path) {
    const fs::path folder = fs::path(path).parent_path();
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    std::ofstream(path)
        << R"([{"id": "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/n", "name": "n",
      "principalId": "p", "roleDefinitionId": "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/r",
      "scope": "/subscriptions/1", "type": "Microsoft.Authorization/roleAssignments"}])";
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  }
  static Outcome show(const std::string& data) { return run_as_nobody({"snapshot", "show", "--data", data}); }

  support::Workspace workspace_;
};

TEST_F(Permission, AFileThatMayNotBeReadIsNamed) {
  write("data/closed.json");
  fs::permissions("data/closed.json", fs::perms::none);
  for (const std::string data : {"data/closed.json", "data"}) {
    const Outcome outcome = show(data);
    EXPECT_EQ(outcome.exit, 2) << data;
    EXPECT_THAT(outcome.err, HasSubstr("error: cannot be opened: Permission denied\n  --> data/closed.json")) << data;
    EXPECT_THAT(outcome.err, HasSubstr("check who may read the file")) << data;
    EXPECT_THAT(outcome.err, Not(HasSubstr("a.json"))) << data;
  }
}

TEST_F(Permission, AFolderThatMayNotBeListedIsNamed) {
  write("data/closed/b.json");
  fs::permissions("data/closed", fs::perms::none);
  for (const std::string data : {"data/closed", "data"}) {
    const Outcome outcome = show(data);
    EXPECT_EQ(outcome.exit, 2) << data;
    EXPECT_THAT(outcome.err, HasSubstr("error: the folder cannot be read: Permission denied\n  --> data/closed"))
        << data;
  }
}

TEST_F(Permission, AFolderThatMayBeListedButNotEnteredNamesItsFiles) {
  write("data/listed/b.json");
  fs::permissions("data/listed", fs::perms::owner_read | fs::perms::others_read);
  const Outcome outcome = show("data");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_THAT(outcome.err, HasSubstr("error: cannot be opened: Permission denied\n  --> data/listed/b.json"));
}

TEST_F(Permission, FilesOfQuestionsConditionsAndSettingsAreNamedToo) {
  for (const std::string path : {"closed/q.jsonl", "closed/condition.txt", "closed/env.json", "closed/plan.json"}) {
    write(path);
    fs::permissions(path, fs::perms::none);
  }
  for (const std::vector<std::string>& args : {
           std::vector<std::string>{"can-i", "-f", "closed/q.jsonl", "--data", "data", "-o", "jsonl"},
           std::vector<std::string>{"condition", "parse", "--file", "closed/condition.txt"},
           std::vector<std::string>{"condition", "eval", "true", "--env", "closed/env.json"},
           std::vector<std::string>{"migrate", "verify", "closed/plan.json", "--data", "data"},
       }) {
    const Outcome outcome = run_as_nobody(args);
    EXPECT_EQ(outcome.exit, 2) << args[0];
    EXPECT_THAT(outcome.err, ContainsRegex("error: `closed/[a-z.]+`: Permission denied")) << args[0];
  }
  std::ofstream("acrbiter.yaml") << "data: data\n";
  fs::permissions("acrbiter.yaml", fs::perms::none);
  const Outcome outcome = run_as_nobody({"snapshot", "show"});
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_THAT(outcome.err, HasSubstr("cannot be read\n  --> acrbiter.yaml"));
}

}  // namespace
}  // namespace acrbiter::cli
