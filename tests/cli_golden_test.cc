// fixtures/cli/*.txt: a command line, its input, and exactly what it must print. Run in process, in an empty folder
// that holds fixtures/cli/exports as `exports`. ACRBITER_UPDATE_GOLDEN=1 writes what was printed instead of comparing
// it.
//
//   # what the case shows
//   $ acrbiter can-i pull contoso/team/app --as alice@contoso.com --data exports   (\xHH stands for a byte)
//   --- file NAME      (optional, repeatable: a file to make first; \xHH too)
//   --- stdin          (optional; \xHH too)
//   --- stdout
//   --- stderr
//   --- exit 0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/run.h"
#include "tests/support/workspace.h"

namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(ACRBITER_SOURCE_DIR) / "fixtures" / "cli";

struct GoldenCase {
  std::string head;     ///< comment and command line, as written
  std::string command;  ///< without "$ acrbiter "
  std::vector<std::pair<std::string, std::string>> files;
  std::optional<std::string> in;
  std::string out, err;
  int exit = -1;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

GoldenCase parse_case(const std::string& text) {
  GoldenCase result;
  std::istringstream lines(text);
  std::string line;
  std::string* section = nullptr;
  while (std::getline(lines, line)) {
    if (line.rfind("--- ", 0) == 0) {
      const std::string name = line.substr(4);
      if (name == "stdin") {
        section = &result.in.emplace();
      } else if (name == "stdout") {
        section = &result.out;
      } else if (name == "stderr") {
        section = &result.err;
      } else if (name.rfind("file ", 0) == 0) {
        section = &result.files.emplace_back(name.substr(5), "").second;
      } else if (name.rfind("exit ", 0) == 0) {
        section = nullptr;
        result.exit = std::stoi(name.substr(5));
      } else {
        throw std::runtime_error("unknown section: " + line);
      }
    } else if (section != nullptr) {
      *section += line + '\n';
    } else if (result.exit == -1) {
      result.head += line + '\n';
      constexpr std::string_view kPrompt = "$ acrbiter";
      if (line.rfind(kPrompt, 0) == 0) result.command = line.substr(kPrompt.size());
    }
  }
  if (result.head.find("$ acrbiter") == std::string::npos) throw std::runtime_error("no command line");
  return result;
}

/// As a shell would, for blanks, single and double quotes.
std::vector<std::string> split(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = '\0';
  for (const char c : command) {
    if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      open = true;
    } else if (c == ' ') {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (open) words.push_back(word);
  return words;
}

/// `\xHH` to that byte; everything else as it is.
std::string with_bytes(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\\x") == 0 && i + 3 < text.size() && std::isxdigit(text[i + 2]) != 0) {
      result += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string print_case(const GoldenCase& golden) {
  std::string text = golden.head;
  for (const auto& [name, content] : golden.files) text += "--- file " + name + '\n' + content;
  if (golden.in) text += "--- stdin\n" + *golden.in;
  text += "--- stdout\n" + golden.out;
  text += "--- stderr\n" + golden.err;
  text += "--- exit " + std::to_string(golden.exit) + '\n';
  return text;
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, PrintsWhatItsFileSays) {
  const fs::path path = kCases / (GetParam() + ".txt");
  GoldenCase golden = parse_case(read_file(path));
  GoldenCase actual = golden;
  {
    const acrbiter::support::Workspace workspace;
    fs::copy(kCases / "exports", workspace.folder() / "exports", fs::copy_options::recursive);
    for (const auto& [name, content] : golden.files) {
      if (fs::path(name).has_parent_path()) fs::create_directories(fs::path(name).parent_path());
      std::ofstream(name, std::ios::binary) << with_bytes(content);
    }
    std::istringstream in(with_bytes(golden.in.value_or("")));
    std::ostringstream out;
    std::ostringstream err;
    actual.exit = acrbiter::cli::run(split(with_bytes(golden.command)), in, out, err);
    actual.out = out.str();
    actual.err = err.str();
  }
  for (const std::string* text : {&actual.out, &actual.err}) {
    ASSERT_TRUE(text->empty() || text->back() == '\n') << "output ends within a line:\n" << *text;
  }
  if (const char* update = std::getenv("ACRBITER_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    std::ofstream(path, std::ios::binary) << print_case(actual);
    return;
  }
  EXPECT_EQ(actual.exit, golden.exit);
  EXPECT_EQ(actual.out, golden.out);
  EXPECT_EQ(actual.err, golden.err);
}

INSTANTIATE_TEST_SUITE_P(Cli, Golden, testing::ValuesIn(case_names()), [](const auto& param_info) {
  std::string name = param_info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(GoldenCases, AreThere) { EXPECT_GE(case_names().size(), 50U); }

}  // namespace
