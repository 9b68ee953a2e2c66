// README.md shows commands with their output: every ```console block is run here and must print what stands there.
//
// A block holds commands and what they print, as a terminal would show it:
//   $ acrbiter can-i pull …           run in process
//   $ echo 'TEXT' | acrbiter …        the same with TEXT and a line end on its input
//   $ acrbiter … | head -n N          only the first N lines of what it prints
//   $ echo $?                         the exit code of the command before
//   $ cd fixtures/FOLDER              into a copy of that folder of the sources
// A line that ends in a backslash goes on in the next. ACRBITER_UPDATE_GOLDEN=1 writes the real output into README.md.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/demo.h"
#include "cli/run.h"
#include "tests/support/workspace.h"

namespace acrbiter {
namespace {

std::string readme_path() { return std::string(ACRBITER_SOURCE_DIR) + "/README.md"; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Words of a command as a shell would see them: blanks part, quotes join. No variables, no globs.
std::vector<std::string> words_of(std::string_view command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (const char c : command) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        *word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      if (!word) word.emplace();
    } else if (c == ' ') {
      if (word) words.push_back(*word);
      word.reset();
    } else {
      if (!word) word.emplace();
      *word += c;
    }
  }
  if (word) words.push_back(*word);
  EXPECT_EQ(quote, 0) << "a quote is not closed: " << command;
  return words;
}

/// Runs the commands of one block after another.
class Terminal {
 public:
  /// What `command` prints, in lines. Fails the test if it is no command of the kinds above.
  std::vector<std::string> run(const std::string& command) {
    std::vector<std::string> words = words_of(command);
    if (words == std::vector<std::string>{"echo", "$?"}) return {std::to_string(exit_code_)};

    if (words.size() == 2 && words[0] == "cd" && words[1].starts_with("fixtures/")) {
      const std::filesystem::path source = std::filesystem::path(ACRBITER_SOURCE_DIR) / words[1];
      if (!workspace_) workspace_.emplace();
      std::filesystem::copy(source, workspace_->folder(), std::filesystem::copy_options::recursive);
      return {};
    }

    std::string input;
    if (words.size() > 3 && words[0] == "echo" && words[2] == "|") {
      input = words[1] + "\n";
      words.erase(words.begin(), words.begin() + 3);
    }
    std::optional<std::size_t> head;
    if (words.size() > 4 && words[words.size() - 4] == "|" && words[words.size() - 3] == "head" &&
        words[words.size() - 2] == "-n") {
      head = std::stoul(words.back());
      words.resize(words.size() - 4);
    }
    if (words.empty() || words[0] != "acrbiter") {
      ADD_FAILURE() << "not a command that README.md may show in a console block: " << command;
      return {};
    }
    for (const std::string& word : words) EXPECT_NE(word, "|") << command;

    words.erase(words.begin());
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    exit_code_ = cli::run(words, in, out, err);
    std::vector<std::string> printed = lines_of(err.str());
    std::vector<std::string> answer = lines_of(out.str());
    if (head && answer.size() > *head) answer.resize(*head);
    printed.insert(printed.end(), answer.begin(), answer.end());
    return printed;
  }

 private:
  int exit_code_ = 0;
  std::optional<support::Workspace> workspace_;  ///< after `cd`
};

struct Readme {
  std::vector<std::string> lines;  ///< with the real output in its console blocks
  std::size_t commands = 0;
};

Readme with_real_output(const std::vector<std::string>& readme) {
  const support::Workspace workspace;
  Readme result;
  bool in_block = false;
  std::optional<Terminal> terminal;
  for (std::size_t i = 0; i < readme.size(); ++i) {
    const std::string& line = readme[i];
    if (in_block && line == "```") {
      in_block = false;
      terminal.reset();
    } else if (line == "```console") {
      in_block = true;
      terminal.emplace();
    } else if (in_block && line.starts_with("$ ")) {
      result.lines.push_back(line);
      std::string command = line.substr(2);
      while (command.ends_with('\\') && i + 1 < readme.size()) {
        command.pop_back();
        command += readme[++i];
        result.lines.push_back(readme[i]);
      }
      ++result.commands;
      for (std::string& printed : terminal->run(command)) result.lines.push_back(std::move(printed));
      continue;
    } else if (in_block) {
      continue;  // what the command printed when README.md was written
    }
    result.lines.push_back(line);
  }
  EXPECT_FALSE(in_block) << "a console block of README.md is not closed";
  return result;
}

TEST(Readme, EveryCommandPrintsWhatTheReadmeShows) {
  std::ifstream file(readme_path());
  ASSERT_TRUE(file) << readme_path();
  std::stringstream text;
  text << file.rdbuf();
  const std::vector<std::string> written = lines_of(text.str());
  const Readme real = with_real_output(written);

  // The story has ten questions; fewer commands mean that the blocks are no longer found.
  EXPECT_GE(real.commands, 10U);

  if (std::getenv("ACRBITER_UPDATE_GOLDEN") != nullptr && !HasFailure()) {
    std::ofstream out(readme_path());
    for (const std::string& line : real.lines) out << line << '\n';
    ASSERT_TRUE(out.good());
    return;
  }
  for (std::size_t i = 0; i < written.size() || i < real.lines.size(); ++i) {
    const std::string expected = i < real.lines.size() ? real.lines[i] : "(end)";
    const std::string shown = i < written.size() ? written[i] : "(end)";
    ASSERT_EQ(shown, expected) << "README.md, line " << i + 1
                               << ": run the tests with ACRBITER_UPDATE_GOLDEN=1 and read the difference";
  }
}

TEST(Readme, ShowsWhatACommandPrintsAndNothingElse) {
  const Readme readme =
      with_real_output({"text", "```console", "$ acrbiter no-such-command", "old", "$ echo $?", "0", "```"});
  ASSERT_EQ(readme.commands, 2U);
  EXPECT_EQ(readme.lines[2], "$ acrbiter no-such-command");
  EXPECT_EQ(readme.lines[readme.lines.size() - 3], "$ echo $?");
  EXPECT_EQ(readme.lines[readme.lines.size() - 2], "2");
  EXPECT_EQ(readme.lines.back(), "```");
}

TEST(Demo, HoldsEveryFileOfItsFolder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ACRBITER_SOURCE_DIR) + "/fixtures/demo")) {
    std::stringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  ASSERT_FALSE(files.empty());
  std::map<std::string, std::string> embedded;
  for (const parser::NamedText& document : cli::demo_documents()) {
    embedded[std::string(document.name)] = std::string(document.text);
  }
  EXPECT_EQ(embedded, files);
}

}  // namespace
}  // namespace acrbiter
