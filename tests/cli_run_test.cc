// The program as a whole: streams that fail, surroundings, completion, sameness of bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/run.h"
#include "tests/support/workspace.h"

namespace acrbiter::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Takes `limit` bytes and then fails as a pipe does that nobody reads, or as a full disk.
class FailingBuffer : public std::streambuf {
 public:
  FailingBuffer(std::size_t limit, int error) : left_(limit), error_(error) {}

 protected:
  int_type overflow(int_type c) override {
    if (left_ == 0) {
      errno = error_;
      return traits_type::eof();
    }
    --left_;
    return c;
  }
  int sync() override {
    errno = error_;
    return left_ == 0 ? -1 : 0;
  }

 private:
  std::size_t left_;
  int error_;
};

struct Outcome {
  int exit;
  std::string out, err;
};

Outcome run_with(const std::vector<std::string>& args, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int exit = run(args, in, out, err);
  return {exit, out.str(), err.str()};
}

TEST(Run, EndsQuietlyWhenNobodyReadsItsOutput) {
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10}, std::size_t{5000}}) {
    FailingBuffer buffer(limit, EPIPE);
    std::ostream out(&buffer);
    std::istringstream in;
    std::ostringstream err;
    EXPECT_EQ(run(std::vector<std::string>{"catalog", "operations"}, in, out, err), 0);
    EXPECT_THAT(err.str(), IsEmpty());
  }
}

TEST(Run, SaysThatItsOutputWasLost) {
  FailingBuffer buffer(100, ENOSPC);
  std::ostream out(&buffer);
  std::istringstream in;
  std::ostringstream err;
  EXPECT_EQ(run(std::vector<std::string>{"catalog", "operations"}, in, out, err), 2);
  EXPECT_THAT(err.str(), HasSubstr("could not be written"));
}

TEST(Run, ABatchStopsWhenNobodyReadsItsOutput) {
  FailingBuffer buffer(200, EPIPE);
  std::ostream out(&buffer);
  std::string input;
  for (int i = 0; i < 100'000; ++i) input += "{\"id\":1,\"condition\":\"Exists @Request[x]\"}\n";
  std::istringstream in(input);
  std::ostringstream err;
  EXPECT_EQ(run(std::vector<std::string>{"condition", "parse", "-f", "-", "-o", "jsonl"}, in, out, err), 0);
  EXPECT_THAT(err.str(), IsEmpty());
  EXPECT_LT(in.tellg(), 10'000);
}

TEST(Run, ColoursOnlyWhenAskedToAndNeverChangesTheWords) {
  const Outcome plain = run_with({"can-i", "pull", "contosoapps/x", "--as", "anonymous", "--demo", "--color", "never"});
  const Outcome automatic = run_with({"can-i", "pull", "contosoapps/x", "--as", "anonymous", "--demo"});
  Outcome coloured = run_with({"can-i", "pull", "contosoapps/x", "--as", "anonymous", "--demo", "--color", "always"});
  EXPECT_EQ(plain.out, automatic.out);
  EXPECT_THAT(plain.out, Not(HasSubstr("\x1B")));
  EXPECT_THAT(coloured.out, HasSubstr("\x1B[31m"));
  for (std::size_t begin = coloured.out.find('\x1B'); begin != std::string::npos; begin = coloured.out.find('\x1B')) {
    coloured.out.erase(begin, coloured.out.find('m', begin) + 1 - begin);
  }
  EXPECT_EQ(coloured.out, plain.out);
}

TEST(Run, GivesTheSameBytesForTheSameInput) {
  const std::vector<std::string> args = {"explain", "pull", "contosoapps/payments/api", "--as", "admin", "--demo",
                                         "-o",      "json"};
  EXPECT_EQ(run_with(args).out, run_with(args).out);
}

TEST(Run, RowsOfTheMatrixNameTheirRegistryAndWhoeverStandsForOthers) {
  const auto registry = [](const std::string& subscription) {
    return R"({"id":"/subscriptions/)" + subscription +
           R"(/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/twin","name":"twin",
      "type":"Microsoft.ContainerRegistry/registries","roleAssignmentMode":"AbacRepositoryPermissions"})";
  };
  const std::string one = "11111111-0000-4000-8000-000000000001", other = "11111111-0000-4000-8000-000000000002";
  const support::Workspace workspace;
  std::ofstream("registries.json") << "[" + registry(one) + "," + registry(other) + "]";
  std::ofstream("assignments.json") << R"([{"id":"/subscriptions/)" + one +
                                           R"(/providers/Microsoft.Authorization/roleAssignments/x","principalId":
    "aaaaaaaa-0000-4000-8000-000000000001","principalType":"User","scope":"/subscriptions/)" +
                                           one + R"(","condition":null,"roleDefinitionId":"/subscriptions/)" + one +
                                           R"(/providers/Microsoft.Authorization/roleDefinitions/x"}])";
  const std::string rows =
      run_with({"matrix", "--repository", "app", "-o", "csv", "--data", workspace.folder().string()}).out;
  for (const std::string& subscription : {one, other}) {
    EXPECT_NE(rows.find(",/subscriptions/" + subscription + "/resourceGroups/rg/"), std::string::npos) << rows;
  }
  EXPECT_NE(rows.find(",anybody whom the data does not name,identity,"), std::string::npos) << rows;
}

TEST(Run, ComparesOnAnyNumberOfThreadsWithTheSameBytes) {
  for (const char* format : {"human", "json", "markdown"}) {
    const std::vector<std::string> args = {"diff", "--demo", "--set-mode", "*=abac", "-o", format, "--jobs"};
    const auto with = [&](const char* jobs) {
      std::vector<std::string> all = args;
      all.emplace_back(jobs);
      return run_with(all);
    };
    const Outcome one = with("1");
    EXPECT_EQ(one.exit, 1) << one.err;
    EXPECT_EQ(with("2").out, one.out);
    EXPECT_EQ(with("7").out, one.out);
  }
}

TEST(Run, PlansOnAnyNumberOfThreadsWithTheSameBytes) {
  for (const char* format : {"human", "json"}) {
    const auto with = [&](const char* jobs) {
      return run_with({"migrate", "plan", "--demo", "--all", "-o", format, "--jobs", jobs});
    };
    const Outcome one = with("1");
    EXPECT_EQ(one.exit, 0) << one.err;
    EXPECT_EQ(with("2").out, one.out);
    EXPECT_EQ(with("7").out, one.out);
  }
}

TEST(Run, EveryCommandHelpsWithAnExample) {
  for (const Command& command : commands()) {
    std::vector<std::string> args;
    std::istringstream words{std::string(command.name)};
    for (std::string word; words >> word;) args.push_back(word);
    args.emplace_back("--help");
    const Outcome outcome = run_with(args);
    EXPECT_EQ(outcome.exit, 0) << command.name;
    EXPECT_THAT(outcome.out, HasSubstr("$ acrbiter")) << command.name;
    for (const OptionSpec& option : command.options) {
      EXPECT_THAT(outcome.out, HasSubstr(std::string(option.name))) << command.name;
      EXPECT_FALSE(option.help.empty()) << option.name;
    }
  }
}

TEST(Run, EveryNameLeadsToItsCommand) {
  for (const Command& command : commands()) {
    for (const std::string_view alias : command.aliases) {
      EXPECT_THAT(run_with({std::string(alias), "--help"}).out, HasSubstr(std::string(command.summary)));
    }
  }
}

TEST(Run, RefusesALineThatIsTooLongAndGoesOn) {
  const std::string line = R"({"id":1,"condition":"Exists @Request[x]"})";
  const Outcome outcome = run_with({"condition", "parse", "-f", "-", "-o", "jsonl"},
                                   line + "\n\"" + std::string(5'000'000, 'x') + "\"\n" + line + "\n");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_EQ(
      outcome.out,
      "{\"id\":1,\"valid\":true}\n"
      "{\"id\":null,\"error\":{\"code\":\"malformed-line\",\"message\":\"longer than 4 MiB\",\"suggestions\":[]}}\n"
      "{\"id\":1,\"valid\":true}\n");
}

TEST(Run, SurvivesHostileConditions) {
  for (const std::string& text :
       {std::string(100'000, '('), std::string(100'000, '!'), std::string("\xFF\xFE\x00'", 4)}) {
    const Outcome outcome = run_with({"condition", "parse", "--file", "-"}, text);
    EXPECT_EQ(outcome.exit, 2);
    EXPECT_THAT(outcome.err, HasSubstr("error:"));
    EXPECT_LT(outcome.err.size(), 2'000U);
  }
}

TEST(Run, CompletesNothingThatAShellWouldActOn) {
  EXPECT_THAT(run_with({"__complete", "can-i", "pull", "x", "--demo", "--as", ""}).out, Not(HasSubstr("\"")));
  EXPECT_EQ(run_with({"__complete"}).exit, 0);
  EXPECT_EQ(run_with({"__complete", "nonsense", "x"}).exit, 0);
}

}  // namespace
}  // namespace acrbiter::cli
