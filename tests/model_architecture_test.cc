// The architecture as a table: which folder may include which, and which libraries stay out of public headers.
// Every #include line of the four folders is read, so this file is the document and cannot go stale.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter {
namespace {

namespace fs = std::filesystem;

using Names = std::set<std::string, std::less<>>;

/// Folder to the folders it may include. Text becomes a model, the evaluator decides on the model, and the command
/// line alone knows both.
const std::map<std::string, Names, std::less<>> kMayInclude = {
    {"model", {"model"}},
    {"parser", {"parser", "model"}},
    {"evaluator", {"evaluator", "model"}},
    {"cli", {"cli", "parser", "evaluator", "model"}},
};

/// Folder to the libraries (first segment of an include in angle brackets) that its .cc files and private headers may
/// use beside the standard library.
const std::map<std::string, Names, std::less<>> kMayUse = {
    {"model", {}},
    {"parser", {"boost", "nlohmann", "fmt", "zlib"}},
    {"evaluator", {"boost", "fmt"}},
    {"cli", {"CLI", "nlohmann", "fmt", "yaml-cpp", "openssl"}},
};

/// What of the operating system may be included, and where: opening files without blocking, asking for a terminal.
const std::map<std::string, Names, std::less<>> kSystemHeaders = {
    {"parser", {"fcntl", "poll", "sys", "unistd"}},
    {"cli", {"fcntl", "malloc", "poll", "signal", "sys", "unistd"}},
};

struct Include {
  std::string file;      ///< from the project root, e.g. "parser/read.cc"
  std::size_t line = 0;  ///< 1-based
  std::string name;      ///< between the quotes or brackets
  bool quoted = false;

  [[nodiscard]] std::string where() const { return file + ":" + std::to_string(line) + " includes " + name; }
};

std::string_view trim_left(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

/// The include named on `line`, if it is an include line. Blanks may stand around '#', as in `#  include <x>`.
std::optional<Include> include_of(std::string_view line) {
  line = trim_left(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = trim_left(line.substr(1));
  constexpr std::string_view kWord = "include";
  if (!line.starts_with(kWord)) return std::nullopt;
  line = trim_left(line.substr(kWord.size()));
  if (line.empty() || (line.front() != '"' && line.front() != '<')) return std::nullopt;
  const bool quoted = line.front() == '"';
  const auto end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return Include{.file = {}, .line = 0, .name = std::string(line.substr(1, end - 1)), .quoted = quoted};
}

bool is_header(std::string_view file) { return file.ends_with(".h"); }

std::vector<Include> includes_of(std::istream& text, const std::string& file) {
  std::vector<Include> result;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    if (auto include = include_of(line)) {
      include->file = file;
      include->line = number;
      result.push_back(*std::move(include));
    }
  }
  return result;
}

/// Every include of the sources and headers below `folder`, in file name order.
std::vector<Include> includes_below(const std::string& folder) {
  const fs::path root = ACRBITER_SOURCE_DIR;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".cc" || extension == ".h")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Include> result;
  for (const fs::path& file : files) {
    std::ifstream in(file);
    EXPECT_TRUE(in.is_open()) << file;
    auto found = includes_of(in, fs::relative(file, root).generic_string());
    result.insert(result.end(), found.begin(), found.end());
  }
  return result;
}

/// The text before the first '/' or '.': "boost" of "boost/spirit/home/x3.hpp", "zlib" of "zlib.h".
std::string first_segment(std::string_view name) { return std::string(name.substr(0, name.find_first_of("/."))); }

/// A header of the standard library has neither folder nor ending: <vector>.
bool is_standard(std::string_view name) { return name.find_first_of("/.") == std::string_view::npos; }

bool contains(const std::map<std::string, Names, std::less<>>& table, std::string_view folder, std::string_view name) {
  const auto row = table.find(folder);
  return row != table.end() && row->second.contains(name);
}

/// Headers that CMake does not install; only .cc files and other private headers of their folder may include them.
Names private_headers() {
  Names names;
  std::istringstream list(ACRBITER_PRIVATE_HEADERS);
  for (std::string name; std::getline(list, name, ',');) names.insert(name);
  return names;
}

class Folder : public testing::TestWithParam<std::string> {};

TEST_P(Folder, IncludesOnlyTheFoldersOfTheTable) {
  const auto includes = includes_below(GetParam());
  ASSERT_FALSE(includes.empty());
  for (const Include& include : includes) {
    if (!include.quoted) continue;
    EXPECT_TRUE(contains(kMayInclude, GetParam(), first_segment(include.name))) << include.where();
    EXPECT_TRUE(fs::exists(fs::path(ACRBITER_SOURCE_DIR) / include.name))
        << include.where() << ": write includes from the project root";
  }
}

TEST_P(Folder, UsesOnlyTheLibrariesOfTheTable) {
  for (const Include& include : includes_below(GetParam())) {
    if (include.quoted || is_standard(include.name)) continue;
    const std::string library = first_segment(include.name);
    EXPECT_TRUE(contains(kMayUse, GetParam(), library) || contains(kSystemHeaders, GetParam(), library))
        << include.where();
  }
}

TEST_P(Folder, KeepsLibrariesOutOfPublicHeaders) {
  const Names hidden = private_headers();
  for (const Include& include : includes_below(GetParam())) {
    if (!is_header(include.file) || hidden.contains(include.file)) continue;
    EXPECT_TRUE(include.quoted ? !hidden.contains(include.name) : is_standard(include.name)) << include.where();
  }
}

TEST_P(Folder, LeavesPrivateHeadersToTheirFolder) {
  const Names hidden = private_headers();
  for (const Include& include : includes_below(GetParam())) {
    if (!hidden.contains(include.name)) continue;
    EXPECT_EQ(first_segment(include.name), GetParam()) << include.where();
  }
}

INSTANTIATE_TEST_SUITE_P(Architecture, Folder, testing::Values("model", "parser", "evaluator", "cli"),
                         [](const auto& test) { return test.param; });

TEST(Architecture, OneFileIncludesTheCommandLineLibrary) {
  Names files;
  for (const Include& include : includes_below("cli")) {
    if (first_segment(include.name) == "CLI") files.insert(include.file);
  }
  // cli/CMakeLists.txt builds it at -O1.
  EXPECT_EQ(files, Names{"cli/options.cc"});
}

TEST(Architecture, EveryPrivateHeaderExists) {
  for (const std::string& name : private_headers()) {
    EXPECT_TRUE(fs::exists(fs::path(ACRBITER_SOURCE_DIR) / name)) << name;
  }
}

TEST(Architecture, IncludeLinesAreReadHoweverTheyAreSpaced) {
  std::istringstream text(
      "#include \"model/time.h\"\n"
      "  #  include <boost/spirit/home/x3.hpp>\n"
      "// #include \"cli/run.h\"\n"
      "#pragma once\n"
      "#include<vector>\n");
  const auto found = includes_of(text, "model/x.h");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].where(), "model/x.h:1 includes model/time.h");
  EXPECT_TRUE(found[0].quoted);
  EXPECT_EQ(found[1].where(), "model/x.h:2 includes boost/spirit/home/x3.hpp");
  EXPECT_FALSE(found[1].quoted);
  EXPECT_EQ(found[2].where(), "model/x.h:5 includes vector");
  EXPECT_TRUE(is_standard(found[2].name));
}

TEST(Architecture, AnUpwardIncludeIsRefused) {
  EXPECT_FALSE(contains(kMayInclude, "model", "parser"));
  EXPECT_FALSE(contains(kMayInclude, "evaluator", "parser"));
  EXPECT_FALSE(contains(kMayInclude, "parser", "evaluator"));
  EXPECT_FALSE(contains(kMayInclude, "parser", "cli"));
  EXPECT_FALSE(contains(kMayUse, "model", first_segment("fmt/format.h")));
  EXPECT_FALSE(contains(kMayUse, "evaluator", first_segment("nlohmann/json.hpp")));
}

}  // namespace
}  // namespace acrbiter
