// The manual page is written by hand; the table of commands holds it to the truth.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace acrbiter::cli {
namespace {

/// The page without the backslash of a minus sign, and without font changes.
std::string manual() {
  std::ifstream in(ACRBITER_SOURCE_DIR "/man/acrbiter.1");
  EXPECT_TRUE(in.is_open());
  const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::string text;
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (page[i] != '\\' || i + 1 == page.size()) {
      text += page[i];
    } else if (page[++i] == 'f') {
      ++i;
    } else {
      text += page[i];
    }
  }
  return text;
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// `word` in `text`, not as part of a longer word: "--at" is not in "--attribute".
bool mentions(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool starts = at == 0 || !is_word_character(text[at - 1]);
    if (starts && (end == text.size() || !is_word_character(text[end]))) return true;
  }
  return false;
}

/// All words that look like a long option.
std::set<std::string> long_options(std::string_view text) {
  std::set<std::string> found;
  for (auto at = text.find("--"); at != std::string_view::npos; at = text.find("--", at + 2)) {
    auto end = at + 2;
    while (end < text.size() && is_word_character(text[end])) ++end;
    if (end > at + 2) found.emplace(text.substr(at, end - at));
  }
  return found;
}

TEST(ManualPage, NamesEveryCommandAndAlias) {
  const std::string page = manual();
  for (const Command& command : commands()) {
    EXPECT_TRUE(mentions(page, command.name)) << command.name;
    for (const std::string_view alias : command.aliases) EXPECT_TRUE(mentions(page, alias)) << alias;
  }
}

TEST(ManualPage, NamesEveryOption) {
  const std::string page = manual();
  for (const Command& command : commands()) {
    for (const OptionSpec& option : command.options) {
      EXPECT_TRUE(mentions(page, option.name)) << command.name << ' ' << option.name;
      EXPECT_TRUE(option.letter.empty() || mentions(page, option.letter)) << command.name << ' ' << option.letter;
    }
  }
}

TEST(ManualPage, NamesNoOptionThatDoesNotExist) {
  std::set<std::string> known = {"--help", "--version"};
  for (const Command& command : commands()) {
    for (const OptionSpec& option : command.options) known.emplace(option.name);
  }
  for (const std::string& option : long_options(manual())) EXPECT_TRUE(known.contains(option)) << option;
}

TEST(ManualPage, IsForThisVersion) { EXPECT_TRUE(mentions(manual(), "acrbiter " ACRBITER_VERSION)); }

}  // namespace
}  // namespace acrbiter::cli
