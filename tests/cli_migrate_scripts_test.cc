// Scripts made from migration plans: what they say (fixtures/migrate, one small plan in each language), that they are
// valid in their language, what az is called with when they run, and that no name can leave its quotes.
// ACRBITER_UPDATE_GOLDEN=1 writes the fixtures instead of comparing them.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/migrate/scripts.h"

namespace acrbiter::cli::migrate {
namespace {

namespace fs = std::filesystem;
using evaluator::migration::Plan;
using evaluator::migration::Who;
using Words = std::vector<std::string>;

constexpr std::array kLanguages = {Language::Az, Language::Bicep, Language::Terraform, Language::Rest};

constexpr std::string_view kReader = "b93aa761-3e63-49ed-ac28-beffa264f7ac";
constexpr std::string_view kDeleter = "5f1e6a4c-9d0b-5a37-8c55-0f6f3c8d2b11";
constexpr std::string_view kSubscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
constexpr std::string_view kCondition =
    "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}))\n OR\n "
    "(@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'it''s \"$HOME\"'))";

/// A small plan with something of everything; `mark` is put at the end of each name that comes from an export.
Plan plan_with(const std::string& mark) {
  const std::string group = std::string(kSubscription) + "/resourceGroups/rg-shared" + mark;
  const std::string registry = group + "/providers/Microsoft.ContainerRegistry/registries/contoso" + mark;
  const Who kubelet = {.kind = "entra",
                       .id = "22222222-2222-4222-8222-222222222222",
                       .name = "aks-prod-agentpool" + mark,
                       .type = "ServicePrincipal",
                       .workloads = {"aks aks-prod" + mark, "container-app shop" + mark, "batch nightly" + mark}};
  const Who team = {.kind = "entra",
                    .id = "33333333-3333-4333-8333-333333333333" + mark,
                    .name = "platform team" + mark,
                    .type = "Group",
                    .workloads = {}};
  const Who gone = {
      .kind = "entra", .id = "44444444-4444-4444-8444-444444444444", .name = "", .type = "", .workloads = {}};
  const auto old_id = [](const std::string& scope, std::string_view name) {
    return scope + "/providers/Microsoft.Authorization/roleAssignments/" + std::string(name);
  };

  Plan plan;
  plan.registries = {{.name = "contoso" + mark, .id = registry, .login_server = "contoso.azurecr.io" + mark}};
  plan.roles = {{.guid = std::string(kReader),
                 .name = "Container Registry Repository Reader",
                 .data_actions = {},
                 .assignable_scopes = {}},
                {.guid = std::string(kDeleter),
                 .name = "acrbiter delete only" + mark,
                 .data_actions = {"Microsoft.ContainerRegistry/registries/repositories/content/delete"},
                 .assignable_scopes = {group}}};
  plan.assignments = {
      {.name = "aaaaaaaa-0000-5000-8000-000000000001",
       .principal = kubelet,
       .scope = registry,
       .role = std::string(kReader),
       .replaces = {},
       .note = ""},
      {.name = "aaaaaaaa-0000-5000-8000-000000000002",
       .principal = team,
       .scope = group,
       .role = std::string(kDeleter),
       .replaces = {},
       .note = "reaches other registries too" + mark},
      {.name = "aaaaaaaa-0000-5000-8000-000000000003",
       .principal = gone,
       .scope = "/providers/Microsoft.Management/managementGroups/corp" + mark,
       .role = std::string(kReader),
       .replaces = {},
       .note = ""},
  };
  plan.tasks = {{.registry = "contoso" + mark,
                 .name = "build" + mark,
                 .identity = group + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder" + mark,
                 .identity_resource_id = "",
                 .identity_client_id = "55555555-5555-4555-8555-555555555555",
                 .identity_before = "[caller]" + mark,
                 .login_mode_before = "None",
                 .set_already = false,
                 .need = ""},
                {.registry = "contoso" + mark,
                 .name = "purge" + mark,
                 .identity = "",
                 .identity_resource_id = "",
                 .identity_client_id = "",
                 .identity_before = "",
                 .login_mode_before = "",
                 .set_already = false,
                 .need = "needs an identity with Container Registry Repository Contributor" + mark}};
  plan.remove = {{.id = old_id(registry, "bbbbbbbb-0000-4000-8000-000000000001"),
                  .role = "AcrPull",
                  .role_guid = "7f951dda-4ed3-4680-a7ca-43fe172d538d",
                  .principal = kubelet,
                  .scope = registry,
                  .condition = "",
                  .condition_version = "",
                  .note = ""},
                 {.id = old_id(group, "bbbbbbbb-0000-4000-8000-000000000002"),
                  .role = "AcrDelete" + mark,
                  .role_guid = "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
                  .principal = team,
                  .scope = group,
                  .condition = std::string(kCondition) + mark,
                  .condition_version = "2.0",
                  .note = "Its scope is wider than a registry: look first" + mark}};
  plan.keep = {{.id = old_id(std::string(kSubscription), "bbbbbbbb-0000-4000-8000-000000000003"),
                .role = "AcrPull",
                .role_guid = "7f951dda-4ed3-4680-a7ca-43fe172d538d",
                .principal = team,
                .scope = std::string(kSubscription),
                .condition = "",
                .condition_version = "",
                .note = "registry other is still in the legacy mode" + mark}};
  return plan;
}

/// What a careless writer would run, end or hide.
const std::vector<std::string>& marks() {
  static const std::vector<std::string> kMarks = {
      "",
      "'; touch pwned; '",
      "\"; touch pwned; \"",
      "$(touch pwned)",
      "`touch pwned`",
      "\ntouch pwned\n",
      "\r\ntouch pwned #",
      "'\ntouch pwned\n'",
      "\nEND\ntouch pwned\n",
      "\\",
      "\\'",
      "'\n}\nresource x 'y' = {\n",
      "\"\n}\nresource \"x\" \"y\" {\n",
      "${path.root}",
      "$${path.root}",
      "$$${x}",
      "%{if true}",
      "%%{if true}",
      "''' ${x} '''",
      "\\\n",
      " # shellcheck disable=all",
      " *) (*",
      "!! ~ * ? [a]{b,c} <(touch pwned) && touch pwned",
      "\t\x1B[2J\x7F",
      "\xE2\x80\xAE\xE2\x80\x8B reversed",
      "\xE2\x80\xA8touch pwned",
      "\xC3\xA9\xE6\xBC\xA2",
      "| a | b | <img> [x](y) ``` ",
      "%s %q %n",
  };
  return kMarks;
}

std::string all_marks() {
  std::string all;
  for (const std::string& mark : marks()) all += mark;
  return all;
}

/// For what takes long: the first of them, which speak to a shell, and all in one.
std::vector<std::string> some_marks() {
  std::vector<std::string> result(marks().begin(), marks().begin() + 11);
  result.push_back(all_marks());
  return result;
}

/// A folder of its own below the temporary one, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "acrbiter-scripts-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  void write(const std::string& name, std::string_view text, bool executable = false) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    if (executable) fs::permissions(path_ / name, fs::perms::owner_exec, fs::perm_options::add);
  }
  void write(const std::vector<ScriptFile>& files) const {
    for (const ScriptFile& file : files) write(file.name, file.text, file.executable);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  /// Runs a shell command here; what it writes to either stream is in the file `output`.
  [[nodiscard]] int run(const std::string& command) const {
    const std::string line = "cd '" + path_.string() + "' && { " + command + "; } >output 2>&1";
    const int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  fs::path path_;
};

bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::map<std::string, std::string> by_name(const std::vector<ScriptFile>& files) {
  std::map<std::string, std::string> result;
  for (const ScriptFile& file : files) result.emplace(file.name, file.text);
  return result;
}

// ---- az, as far as the scripts use it ---------------------------------------------------------------------------

/// Keeps the names of role assignments as files, the mode of the plan's registries in another, that of a registry
/// beside them in a third if there is one, and every call in `calls`.
constexpr std::string_view kFakeAz = R"sh(#!/usr/bin/env bash
set -eu
printf '%s\0' "$#" "$@" >>"$FAKE/calls"
option() {
  local wanted=$1
  shift
  while [[ $# -gt 1 ]]; do
    if [[ "$1" == "$wanted" ]]; then printf '%s' "$2"; return; fi
    shift
  done
}
case "$1 $2" in
  'acr show') cat "$FAKE/mode" ;;
  'acr list')
    printf 'contoso\t%s\n' "$(cat "$FAKE/mode")"
    if [[ -e "$FAKE/neighbour" ]]; then printf 'fabrikam\t%s\n' "$(cat "$FAKE/neighbour")"; fi ;;
  'acr update')
    case $(option --role-assignment-mode "$@") in
      rbac) echo LegacyRegistryPermissions >"$FAKE/mode" ;;
      rbac-abac) echo AbacRepositoryPermissions >"$FAKE/mode" ;;
    esac ;;
  'role assignment')
    case $3 in
      create)
        name=$(option --name "$@")
        if [[ -e "$FAKE/other-name" ]]; then echo '(RoleAssignmentExists) It exists.' >&2; exit 1; fi
        if [[ -e "$FAKE/broken" ]]; then echo '(AuthorizationFailed) no' >&2; exit 1; fi
        touch "$FAKE/assignments/$name"
        echo "$name" ;;
      delete)
        id=$(option --ids "$@")
        rm -f "$FAKE/assignments/${id##*/}" ;;
    esac ;;
  'rest --method')
    url=$(option --url "$@")
    path=${url%%\?*}
    case "$3:$path" in
      get:*/roleAssignments/*) [[ -e "$FAKE/assignments/${path##*/}" ]] ;;
      GET:*/roleAssignments/*) [[ -e "$FAKE/assignments/${path##*/}" ]] ;;
      GET:*/registries)
        printf '{"value":[{"properties":{"roleAssignmentMode":"%s"}}' "$(cat "$FAKE/mode")"
        if [[ -e "$FAKE/neighbour" ]]; then
          printf ',{"id":"fabrikam","properties":{"roleAssignmentMode":"%s"}}' "$(cat "$FAKE/neighbour")"
        fi
        printf ']}' ;;
      GET:*/descendants) printf '{"value":[]}' ;;
      GET:*/registries/*) printf '{"properties":{"roleAssignmentMode":"%s"}}' "$(cat "$FAKE/mode")" ;;
      PUT:*/roleAssignments/*)
        touch "$FAKE/assignments/${path##*/}"
        body=$(option --body "$@")
        cat "${body#@}" >>"$FAKE/bodies" ;;
      DELETE:*/roleAssignments/*) rm -f "$FAKE/assignments/${path##*/}" ;;
    esac ;;
esac
)sh";

class Azure {
 public:
  explicit Azure(const std::vector<ScriptFile>& files) {
    folder_.write(files);
    fs::create_directories(folder_.path() / "bin");
    fs::create_directories(folder_.path() / "fake" / "assignments");
    folder_.write("bin/az", kFakeAz, true);
    folder_.write("bin/sleep", "#!/bin/sh\nexit 0\n", true);
    folder_.write("fake/mode", "LegacyRegistryPermissions\n");
  }

  /// Runs a script with arguments; its exit status.
  int run(const std::string& script, const std::string& environment = "") {
    return folder_.run("FAKE=$PWD/fake PATH=$PWD/bin:$PATH " + environment + " bash ./" + script);
  }
  /// The calls since the last time this was asked, without those that only look.
  std::vector<Words> changes() {
    std::vector<Words> result;
    for (Words& call : calls()) {
      if (call[0] == "rest" && (call[2] == "get" || call[2] == "GET")) continue;
      if (call[1] == "show" || call[1] == "list") continue;
      result.push_back(std::move(call));
    }
    return result;
  }
  std::vector<Words> calls() {
    const std::string text = folder_.read("fake/calls");
    fs::remove(folder_.path() / "fake/calls");
    std::vector<Words> result;
    std::size_t at = 0;
    const auto next = [&text, &at] {
      const std::size_t end = text.find('\0', at);
      std::string word = text.substr(at, end - at);
      at = end + 1;
      return word;
    };
    while (at < text.size()) {
      Words words;
      for (int left = std::stoi(next()); left > 0; --left) words.push_back(next());
      result.push_back(std::move(words));
    }
    return result;
  }
  void assign(const std::string& name) const { folder_.write("fake/assignments/" + name, ""); }
  [[nodiscard]] Words assigned() const {
    Words names;
    for (const auto& entry : fs::directory_iterator(folder_.path() / "fake/assignments")) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  [[nodiscard]] std::string output() const { return folder_.read("output"); }
  [[nodiscard]] const Folder& folder() const { return folder_; }

 private:
  Folder folder_;
};

const Words kOld = {"bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"};
const Words kNew = {"aaaaaaaa-0000-5000-8000-000000000001", "aaaaaaaa-0000-5000-8000-000000000002",
                    "aaaaaaaa-0000-5000-8000-000000000003"};

Words both() {
  Words all = kNew;
  all.insert(all.end(), kOld.begin(), kOld.end());
  return all;
}

/// The value of an option in a call, or "(none)".
std::string value_of(const Words& call, std::string_view option) {
  const auto found = std::ranges::find(call, option);
  return found == call.end() || found + 1 == call.end() ? "(none)" : *(found + 1);
}

// ---- a reader of the strings and brackets of Bicep and HCL ------------------------------------------------------

std::string utf8(unsigned long code) {
  std::string result;
  const auto put = [&result](unsigned long byte) { result += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
  return result;
}

struct Read {
  Words strings;      ///< decoded
  std::string rest;   ///< the text without comments, each string as `""`
  std::string wrong;  ///< why it cannot be read
};

/// Reads `text` as Bicep (quote `'`, comment `//`) or HCL (quote `"`, comment `#`). Interpolation counts as wrong: no
/// script of ours needs it.
Read read_literals(const std::string& text, char quote) {
  const bool bicep = quote == '\'';
  const std::string comment = bicep ? "//" : "#";
  Read result;
  std::string open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, comment.size(), comment) == 0) {
      i = std::min(text.find('\n', i), text.size() - 1);
      result.rest += '\n';
    } else if (text[i] == quote) {
      std::string value;
      for (++i; i < text.size() && text[i] != quote; ++i) {
        const char c = text[i];
        const bool opens = i + 1 < text.size() && text[i + 1] == '{';
        if (c == '\n') {
          result.wrong = "a line ends in a string";
          return result;
        }
        if (!bicep && (c == '$' || c == '%') && text.compare(i, 3, std::string(2, c) + "{") == 0) {
          value += std::string(1, c) + "{";
          i += 2;
        } else if ((c == '$' || (c == '%' && !bicep)) && opens) {
          result.wrong = "interpolation";
          return result;
        } else if (c == '\\') {
          const char escaped = text[++i];
          if (escaped == 'u' || escaped == 'U') {
            const std::size_t length = bicep ? text.find('}', i) - i - 2 : escaped == 'u' ? 4U : 8U;
            value += utf8(std::stoul(text.substr(i + (bicep ? 2 : 1), length), nullptr, 16));
            i += length + (bicep ? 2 : 0);
          } else if (escaped == quote || escaped == '\\' || (bicep && escaped == '$')) {
            value += escaped;
          } else {
            result.wrong = std::string("escape ") + escaped;
            return result;
          }
        } else {
          value += c;
        }
      }
      if (i >= text.size()) {
        result.wrong = "a string does not end";
        return result;
      }
      result.strings.push_back(value);
      result.rest += "\"\"";
    } else {
      constexpr std::string_view kOpen = "{[(";
      constexpr std::string_view kClose = "}])";
      if (kOpen.find(text[i]) != std::string_view::npos) open += text[i];
      if (const std::size_t kind = kClose.find(text[i]); kind != std::string_view::npos) {
        if (open.empty() || open.back() != kOpen[kind]) {
          result.wrong = "a bracket too many";
          return result;
        }
        open.pop_back();
      }
      result.rest += text[i];
    }
  }
  if (!open.empty()) result.wrong = "a bracket is open";
  return result;
}

bool has(const Words& words, const std::string& word) { return std::ranges::find(words, word) != words.end(); }

// ---- tests ------------------------------------------------------------------------------------------------------

class InEachLanguage : public testing::TestWithParam<Language> {};

TEST_P(InEachLanguage, TheScriptsOfASmallPlanAreTheFixture) {
  const fs::path folder = fs::path(ACRBITER_SOURCE_DIR) / "fixtures" / "migrate" / std::string(word(GetParam()));
  const std::vector<ScriptFile> files = scripts(plan_with(""), GetParam());
  if (std::getenv("ACRBITER_UPDATE_GOLDEN") != nullptr) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    for (const ScriptFile& file : files) {
      std::ofstream(folder / file.name, std::ios::binary) << file.text;
      if (file.executable) fs::permissions(folder / file.name, fs::perms(0755));
    }
    GTEST_SKIP() << "fixtures written";
  }
  std::size_t found = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++found;
  EXPECT_EQ(found, files.size()) << folder;
  for (const ScriptFile& file : files) {
    std::ifstream in(folder / file.name, std::ios::binary);
    ASSERT_TRUE(in) << file.name;
    std::ostringstream expected;
    expected << in.rdbuf();
    EXPECT_EQ(file.text, expected.str()) << file.name;
  }
}

TEST_P(InEachLanguage, TheSamePlanGivesTheSameFiles) {
  EXPECT_EQ(scripts(plan_with("x"), GetParam()), scripts(plan_with("x"), GetParam()));
}

TEST_P(InEachLanguage, AnEmptyPlanGivesEveryStage) {
  std::vector<ScriptFile> full = scripts(plan_with(""), GetParam());
  std::erase_if(full, [](const ScriptFile& file) { return file.name.ends_with(".bicep"); });
  const std::vector<ScriptFile> none = scripts(Plan{}, GetParam());
  ASSERT_EQ(none.size(), full.size());
  for (std::size_t i = 0; i < none.size(); ++i) EXPECT_EQ(none[i].name, full[i].name);
}

TEST_P(InEachLanguage, NoNameAddsALine) {
  const auto plain = by_name(scripts(plan_with("x"), GetParam()));
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  for (const std::string& mark : marks()) {
    const auto files = by_name(scripts(plan_with(mark), GetParam()));
    ASSERT_EQ(files.size(), plain.size()) << mark;
    for (const auto& [name, text] : files) {
      EXPECT_EQ(lines(text), lines(plain.at(name))) << name << mark;
      EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\x1B' || c == '\0'; })) << name;
      EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos) << name << ": text in the other direction";
    }
  }
}

TEST_P(InEachLanguage, BashReadsEveryScript) {
  if (!installed("bash")) GTEST_SKIP() << "bash is not installed";
  for (const std::string& mark : marks()) {
    const Folder folder;
    folder.write(scripts(plan_with(mark), GetParam()));
    EXPECT_EQ(folder.run("for f in *.sh; do bash -n \"$f\" || exit 1; done"), 0) << mark << folder.read("output");
  }
}

TEST_P(InEachLanguage, ShellcheckFindsNothing) {
  if (!installed("shellcheck")) GTEST_SKIP() << "shellcheck is not installed";
  for (const std::string& mark : {std::string(), all_marks()}) {
    const Folder folder;
    folder.write(scripts(plan_with(mark), GetParam()));
    EXPECT_EQ(folder.run("shellcheck *.sh"), 0) << folder.read("output");
  }
}

TEST_P(InEachLanguage, NoScriptRunsAName) {
  if (!installed("bash") || (GetParam() == Language::Rest && !installed("jq"))) GTEST_SKIP() << "bash or jq is missing";
  for (const std::string& mark : (GetParam() == Language::Az ? some_marks() : std::vector{all_marks()})) {
    const std::vector<ScriptFile> files = scripts(plan_with(mark), GetParam());
    Azure azure(files);
    azure.folder().write("bin/terraform", "#!/bin/sh\nexit 0\n", true);
    for (const ScriptFile& file : files) {
      if (file.name == "README.md" || file.name == "send.sh") continue;
      const std::string script = file.executable ? file.name : "send.sh " + file.name;
      if (!file.executable && !file.name.ends_with(".jsonl")) continue;
      for (const std::string dry : {"DRY_RUN=1", "DRY_RUN="}) {
        (void)azure.run(script, "LOCATION=westeurope LOOKED=1 " + dry);
        EXPECT_FALSE(fs::exists(azure.folder().path() / "pwned")) << file.name << mark;
        EXPECT_EQ(azure.output().find('\x1B'), std::string::npos) << file.name << mark;
        EXPECT_EQ(azure.output().find("\xE2\x80\xAE"), std::string::npos) << file.name << mark;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(MigrateScripts, InEachLanguage, testing::ValuesIn(kLanguages),
                         [](const auto& test) { return std::string(word(test.param)); });

TEST(MigrateScripts, LanguagesHaveWords) {
  for (const Language language : kLanguages) EXPECT_EQ(language_of(word(language)), language);
  EXPECT_EQ(language_of("pulumi"), std::nullopt);
}

class AzScripts : public testing::Test {
 protected:
  void SetUp() override {
    if (!installed("bash")) GTEST_SKIP() << "bash is not installed";
  }
};

TEST_F(AzScripts, AssignCallsAzWithExactlyThis) {
  Azure azure(scripts(plan_with(""), Language::Az));
  ASSERT_EQ(azure.run("1-assign.sh"), 0) << azure.output();
  const std::string group = std::string(kSubscription) + "/resourceGroups/rg-shared";
  const std::string authorization = "/providers/Microsoft.Authorization/";
  const auto looks = [&](const std::string& scope, const std::string& name) {
    return Words{"rest",
                 "--method",
                 "get",
                 "--url",
                 scope + authorization + "roleAssignments/" + name + "?api-version=2022-04-01",
                 "--output",
                 "none"};
  };
  const std::string registry = group + "/providers/Microsoft.ContainerRegistry/registries/contoso";
  const std::string corp = "/providers/Microsoft.Management/managementGroups/corp";
  const std::vector<Words> expected = {
      {"rest", "--method", "put", "--url",
       group + authorization + "roleDefinitions/" + std::string(kDeleter) + "?api-version=2022-04-01", "--body",
       R"({"properties":{"roleName":"acrbiter delete only","type":"CustomRole",)"
       R"("description":"Made by acrbiter for the migration to the ABAC mode.","permissions":[{"actions":[],)"
       R"("notActions":[],"dataActions":["Microsoft.ContainerRegistry/registries/repositories/content/delete"],)"
       R"("notDataActions":[]}],"assignableScopes":[")" +
           group + R"("]}})",
       "--output", "none"},
      looks(registry, kNew[0]),
      {"role", "assignment", "create", "--name", kNew[0], "--role", std::string(kReader), "--assignee-object-id",
       "22222222-2222-4222-8222-222222222222", "--assignee-principal-type", "ServicePrincipal", "--scope", registry,
       "--query", "name", "--output", "tsv"},
      looks(group, kNew[1]),
      {"role", "assignment", "create", "--name", kNew[1], "--role", std::string(kDeleter), "--assignee-object-id",
       "33333333-3333-4333-8333-333333333333", "--assignee-principal-type", "Group", "--scope", group, "--query",
       "name", "--output", "tsv"},
      looks(corp, kNew[2]),
      {"role", "assignment", "create", "--name", kNew[2], "--role", std::string(kReader), "--assignee-object-id",
       "44444444-4444-4444-8444-444444444444", "--scope", corp, "--query", "name", "--output", "tsv"},
  };
  EXPECT_EQ(azure.calls(), expected);
  EXPECT_EQ(azure.assigned(), kNew);
}

TEST_F(AzScripts, ASecondRunCreatesNothing) {
  Azure azure(scripts(plan_with(""), Language::Az));
  ASSERT_EQ(azure.run("1-assign.sh"), 0);
  (void)azure.calls();
  ASSERT_EQ(azure.run("1-assign.sh"), 0);
  for (const Words& call : azure.changes()) EXPECT_EQ(call[0], "rest") << "only the role is written again";
  EXPECT_NE(azure.output().find("there already: "), std::string::npos);
}

TEST_F(AzScripts, AnAssignmentOfAnotherNameIsNoFailureButAnythingElseIs) {
  Azure azure(scripts(plan_with(""), Language::Az));
  azure.folder().write("fake/other-name", "");
  EXPECT_EQ(azure.run("1-assign.sh"), 0) << azure.output();
  EXPECT_NE(azure.output().find("an assignment of another name exists"), std::string::npos);
  fs::remove(azure.folder().path() / "fake/other-name");
  azure.folder().write("fake/broken", "");
  EXPECT_EQ(azure.run("1-assign.sh"), 1);
  EXPECT_NE(azure.output().find("AuthorizationFailed"), std::string::npos);
}

TEST_F(AzScripts, ADryRunCallsNothing) {
  const std::vector<ScriptFile> files = scripts(plan_with(""), Language::Az);
  Azure azure(files);
  for (const ScriptFile& file : files) {
    if (!file.executable) continue;
    EXPECT_EQ(azure.run(file.name, "DRY_RUN=1"), 0) << file.name << azure.output();
    EXPECT_TRUE(azure.calls().empty()) << file.name;
    EXPECT_FALSE(azure.output().empty()) << file.name;
  }
}

TEST_F(AzScripts, TheStagesAndTheWayBackAreInverse) {
  Azure azure(scripts(plan_with(""), Language::Az));
  for (const std::string& name : kOld) azure.assign(name);
  const auto mode = [&azure] { return azure.folder().read("fake/mode"); };

  EXPECT_EQ(azure.run("2-wait.sh"), 1) << "nothing is assigned yet";
  EXPECT_EQ(azure.run("3-switch.sh"), 1) << "nor would anybody have a role after the switch";
  EXPECT_EQ(mode(), "LegacyRegistryPermissions\n");
  EXPECT_EQ(azure.run("6-remove.sh"), 1) << "the registry is in the legacy mode";
  EXPECT_EQ(azure.assigned(), kOld);

  EXPECT_EQ(azure.run("1-assign.sh"), 0);
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_EQ(azure.run("2-wait.sh"), 0) << azure.output();
  EXPECT_EQ(azure.run("5-confirm.sh"), 1) << "not switched yet";
  EXPECT_EQ(azure.run("3-switch.sh"), 0);
  EXPECT_EQ(mode(), "AbacRepositoryPermissions\n");
  EXPECT_EQ(azure.run("4-refresh-credentials.sh"), 0);
  EXPECT_EQ(azure.run("5-confirm.sh"), 0);
  EXPECT_EQ(azure.run("rollback-1-assign.sh"), 1) << "the ABAC mode needs what is assigned";
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_EQ(azure.run("6-remove.sh"), 0);
  EXPECT_EQ(azure.assigned(), kNew);

  EXPECT_EQ(azure.run("rollback-6-remove.sh"), 0);
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_EQ(azure.run("rollback-3-switch.sh"), 0);
  EXPECT_EQ(mode(), "LegacyRegistryPermissions\n");
  EXPECT_EQ(azure.run("rollback-1-assign.sh"), 1) << "somebody has to look below the management group";
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_EQ(azure.run("rollback-1-assign.sh", "LOOKED=1"), 0);
  EXPECT_EQ(azure.assigned(), kOld);
}

// Source: acr-authorization H.3
TEST_F(AzScripts, ARegistryBesideThatWasSwitchedKeepsTheNewAssignments) {
  Azure azure(scripts(plan_with(""), Language::Az));
  for (const std::string& name : kNew) azure.assign(name);
  for (const std::string mode : {"AbacRepositoryPermissions", "None", ""}) {
    azure.folder().write("fake/neighbour", mode);
    EXPECT_EQ(azure.run("rollback-1-assign.sh", "LOOKED=1"), 1) << mode;
    EXPECT_NE(azure.output().find("registry fabrikam"), std::string::npos) << azure.output();
  }
  EXPECT_TRUE(azure.changes().empty());
  azure.folder().write("fake/neighbour", "LegacyRegistryPermissions");
  EXPECT_EQ(azure.run("rollback-1-assign.sh", "LOOKED=1"), 0) << azure.output();
}

// Source: acr-authorization H.3
TEST_F(AzScripts, ARegistryBesideThatIsNotSwitchedKeepsTheOldAssignments) {
  Azure azure(scripts(plan_with(""), Language::Az));
  for (const std::string& name : kOld) azure.assign(name);
  azure.folder().write("fake/mode", "AbacRepositoryPermissions\n");
  azure.folder().write("fake/neighbour", "LegacyRegistryPermissions");
  EXPECT_EQ(azure.run("6-remove.sh"), 1);
  EXPECT_EQ(azure.assigned(), kOld);
  azure.folder().write("fake/neighbour", "AbacRepositoryPermissions");
  EXPECT_EQ(azure.run("6-remove.sh"), 0);
  EXPECT_NE(azure.output().find("AcrDelete on resource group rg-shared: Its scope is wider than a registry: look"),
            std::string::npos)
      << azure.output();
}

// Source: acr-authorization A.2
TEST_F(AzScripts, AModeThatIsNotShownIsNotTheLegacyMode) {
  Azure azure(scripts(plan_with(""), Language::Az));
  for (const std::string& name : kNew) azure.assign(name);
  for (const std::string mode : {"", "None\n"}) {
    azure.folder().write("fake/mode", mode);
    EXPECT_EQ(azure.run("rollback-1-assign.sh", "LOOKED=1"), 1);
  }
  EXPECT_TRUE(azure.changes().empty());
}

TEST_F(AzScripts, TheSwitchGoesOnWithoutAnAssignmentThatSomebodyLookedAt) {
  Azure azure(scripts(plan_with(""), Language::Az));
  EXPECT_EQ(azure.run("3-switch.sh"), 1);
  EXPECT_TRUE(azure.changes().empty());
  EXPECT_EQ(azure.run("3-switch.sh", "LOOKED=1"), 0) << azure.output();
}

TEST_F(AzScripts, EveryNameArrivesAsOneArgument) {
  for (const std::string& mark : some_marks()) {
    const Plan plan = plan_with(mark);
    Azure azure(scripts(plan, Language::Az));
    azure.folder().write("fake/mode", "AbacRepositoryPermissions\n");

    ASSERT_EQ(azure.run("1-assign.sh"), 0) << mark << azure.output();
    std::vector<Words> calls = azure.changes();
    ASSERT_EQ(calls.size(), 4U);
    const auto role = nlohmann::json::parse(value_of(calls[0], "--body")).at("properties");
    EXPECT_EQ(role.at("roleName"), plan.roles[1].name);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(value_of(calls[i + 1], "--scope"), plan.assignments[i].scope);
      EXPECT_EQ(value_of(calls[i + 1], "--assignee-object-id"), plan.assignments[i].principal.id);
    }

    ASSERT_EQ(azure.run("3-switch.sh"), 0);
    calls = azure.changes();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0], (Words{"acr", "update", "--name", plan.registries[0].name, "--resource-group",
                               "rg-shared" + mark, "--subscription", "11111111-1111-4111-8111-111111111111",
                               "--role-assignment-mode", "rbac-abac", "--output", "none"}));
    EXPECT_EQ(calls[1],
              (Words{"acr", "task", "update", "--name", plan.tasks[0].name, "--registry", plan.registries[0].name,
                     "--resource-group", "rg-shared" + mark, "--subscription", "11111111-1111-4111-8111-111111111111",
                     "--source-acr-auth-id", plan.tasks[0].identity, "--output", "none"}));

    ASSERT_EQ(azure.run("6-remove.sh"), 0);
    EXPECT_EQ(azure.changes(), (std::vector<Words>{{"role", "assignment", "delete", "--ids", plan.remove[0].id},
                                                   {"role", "assignment", "delete", "--ids", plan.remove[1].id}}));

    ASSERT_EQ(azure.run("rollback-6-remove.sh"), 0);
    calls = azure.changes();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(value_of(calls[0], "--condition"), "(none)");
    EXPECT_EQ(calls[1], (Words{"role",
                               "assignment",
                               "create",
                               "--name",
                               kOld[1],
                               "--role",
                               plan.remove[1].role_guid,
                               "--assignee-object-id",
                               plan.remove[1].principal.id,
                               "--assignee-principal-type",
                               "Group",
                               "--scope",
                               plan.remove[1].scope,
                               "--condition",
                               plan.remove[1].condition,
                               "--condition-version",
                               "2.0",
                               "--query",
                               "name",
                               "--output",
                               "tsv"}));

    ASSERT_EQ(azure.run("rollback-3-switch.sh"), 0);
    calls = azure.changes();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(value_of(calls[0], "--role-assignment-mode"), "rbac");
    EXPECT_EQ(value_of(calls[1], "--method"), "patch");
    const auto source =
        nlohmann::json::parse(value_of(calls[1], "--body")).at("properties").at("credentials").at("sourceRegistry");
    EXPECT_EQ(source, (nlohmann::json{{"identity", plan.tasks[0].identity_before}, {"loginMode", "None"}}));

    ASSERT_EQ(azure.run("rollback-1-assign.sh", "LOOKED=1"), 0) << azure.output();
    calls = azure.changes();
    ASSERT_EQ(calls.size(), 4U);
    EXPECT_EQ(value_of(calls[1], "--ids"),
              plan.assignments[1].scope + "/providers/Microsoft.Authorization/roleAssignments/" + kNew[1]);
    EXPECT_EQ(calls[3][2], "delete") << "the role goes after its assignments";
  }
}

TEST_F(AzScripts, AzReadsNoFileInPlaceOfAName) {
  Plan plan = plan_with("");
  plan.registries[0].name = "@/etc/passwd";
  plan.tasks[0].name = "a=@/etc/passwd";
  Azure azure(scripts(plan, Language::Az));
  for (const std::string& name : kNew) azure.assign(name);
  ASSERT_EQ(azure.run("3-switch.sh"), 0);
  const std::vector<Words> calls = azure.changes();
  EXPECT_EQ(value_of(calls.at(0), "--name"), " @/etc/passwd");
  EXPECT_EQ(value_of(calls.at(1), "--name"), "a= @/etc/passwd");
}

TEST(BicepScripts, EveryNameArrivesAsOneString) {
  for (const std::string& mark : marks()) {
    const Plan plan = plan_with(mark);
    const auto files = by_name(scripts(plan, Language::Bicep));
    Words strings;
    for (const auto& [name, text] : files) {
      if (!name.ends_with(".bicep")) continue;
      const Read read = read_literals(text, '\'');
      EXPECT_EQ(read.wrong, "") << text;
      EXPECT_EQ(read.rest.find("pwned"), std::string::npos);
      strings.insert(strings.end(), read.strings.begin(), read.strings.end());
    }
    EXPECT_TRUE(has(strings, plan.registries[0].name)) << mark;
    EXPECT_TRUE(has(strings, plan.roles[1].name)) << mark;
    EXPECT_TRUE(has(strings, plan.roles[1].assignable_scopes[0])) << mark;
    for (const auto& assignment : plan.assignments) {
      EXPECT_TRUE(has(strings, assignment.name)) << mark;
      EXPECT_TRUE(has(strings, assignment.principal.id)) << mark;
    }
  }
}

TEST(BicepScripts, ScopesWithoutATemplateAreAssignedByAz) {
  Plan plan = plan_with("");
  plan.assignments[0].scope = std::string(kSubscription) + "/resourceGroups/rg/providers/Microsoft.Web/sites/x";
  plan.assignments[1].scope = std::string(kSubscription);
  const auto files = by_name(scripts(plan, Language::Bicep));
  EXPECT_NE(files.at("1-assign.sh").find("az role assignment create"), std::string::npos);
  EXPECT_NE(files.at("1-assign-1.bicep").find("targetScope = 'subscription'"), std::string::npos);
  EXPECT_NE(files.at("1-assign-2.bicep").find("targetScope = 'managementGroup'"), std::string::npos);
}

TEST(BicepScripts, TheDeploymentsNameTheirTemplates) {
  if (!installed("bash")) GTEST_SKIP() << "bash is not installed";
  Azure azure(scripts(plan_with(""), Language::Bicep));
  EXPECT_EQ(azure.run("1-assign.sh"), 1) << "no location";
  ASSERT_EQ(azure.run("1-assign.sh", "LOCATION=westeurope"), 0) << azure.output();
  const std::vector<Words> calls = azure.changes();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(value_of(calls[0], "--name"), "acrbiter-1-assign-roles-1");
  EXPECT_EQ(value_of(calls[1], "--resource-group"), "rg-shared");
  EXPECT_EQ(value_of(calls[2], "--management-group-id"), "corp");
  for (const Words& call : calls) EXPECT_TRUE(fs::exists(value_of(call, "--template-file")));
}

TEST(TerraformScripts, EveryNameArrivesAsOneString) {
  for (const std::string& mark : marks()) {
    const Plan plan = plan_with(mark);
    const Read read = read_literals(by_name(scripts(plan, Language::Terraform)).at("1-assign.tf"), '"');
    EXPECT_EQ(read.wrong, "") << mark;
    EXPECT_EQ(read.rest.find("pwned"), std::string::npos);
    EXPECT_TRUE(has(read.strings, plan.roles[1].name)) << mark;
    EXPECT_TRUE(has(read.strings, plan.roles[1].assignable_scopes[0])) << mark;
    for (const auto& assignment : plan.assignments) {
      EXPECT_TRUE(has(read.strings, assignment.scope)) << mark;
      EXPECT_TRUE(has(read.strings, assignment.principal.id)) << mark;
    }
  }
}

TEST(TerraformScripts, TerraformReadsThemAndFindsThemWellFormatted) {
  if (!installed("terraform")) GTEST_SKIP() << "terraform is not installed";
  for (const std::string& mark : {std::string(), all_marks()}) {
    const Folder folder;
    folder.write(scripts(plan_with(mark), Language::Terraform));
    EXPECT_EQ(folder.run("terraform fmt -check -diff ."), 0) << folder.read("output");
  }
}

TEST(RestScripts, EveryLineIsARequestWithTheNamesOfThePlan) {
  for (const std::string& mark : marks()) {
    const Plan plan = plan_with(mark);
    const auto files = by_name(scripts(plan, Language::Rest));
    std::map<std::string, std::vector<nlohmann::json>> requests;
    for (const auto& [name, text] : files) {
      if (!name.ends_with(".jsonl")) continue;
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        const auto request = nlohmann::json::parse(line);
        const std::string url = request.at("url");
        EXPECT_TRUE(url.starts_with("https://management.azure.com/")) << url;
        EXPECT_EQ(url.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:%?="),
                  std::string::npos)
            << url;
        requests[name].push_back(request);
      }
    }
    const auto& assign = requests.at("1-assign.jsonl");
    ASSERT_EQ(assign.size(), 4U);
    EXPECT_EQ(assign[0].at("body").at("properties").at("roleName"), plan.roles[1].name);
    EXPECT_EQ(assign[2].at("body").at("properties").at("principalId"), plan.assignments[1].principal.id);
    EXPECT_FALSE(assign[3].at("body").at("properties").contains("principalType"));
    const auto& back = requests.at("rollback-6-remove.jsonl");
    EXPECT_EQ(back.at(1).at("body").at("properties").at("condition"), plan.remove[1].condition);
    EXPECT_EQ(requests.at("6-remove.jsonl").at(0).at("requireMode"), "AbacRepositoryPermissions");
    for (const std::size_t of : {0U, 1U}) {
      EXPECT_EQ(requests.at("rollback-1-assign.jsonl").at(of).at("requireMode"), "LegacyRegistryPermissions");
    }
    EXPECT_EQ(requests.at("rollback-1-assign.jsonl").at(2).at("lookFirst"), "LegacyRegistryPermissions");
  }
}

TEST(RestScripts, TheRunnerSendsStagesAndStopsInTheWrongMode) {
  if (!installed("bash") || !installed("jq")) GTEST_SKIP() << "bash or jq is not installed";
  Azure azure(scripts(plan_with(""), Language::Rest));
  for (const std::string& name : kOld) azure.assign(name);
  EXPECT_EQ(azure.run("send.sh 1-assign.jsonl"), 0) << azure.output();
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_EQ(azure.run("send.sh 6-remove.jsonl"), 1);
  EXPECT_EQ(azure.assigned(), both());
  azure.folder().write("fake/mode", "AbacRepositoryPermissions\n");
  EXPECT_EQ(azure.run("send.sh rollback-1-assign.jsonl", "LOOKED=1"), 1);
  azure.folder().write("fake/neighbour", "LegacyRegistryPermissions");
  EXPECT_EQ(azure.run("send.sh 6-remove.jsonl"), 1) << "the registry beside needs them";
  EXPECT_EQ(azure.assigned(), both());
  azure.folder().write("fake/neighbour", "AbacRepositoryPermissions");
  EXPECT_EQ(azure.run("send.sh 6-remove.jsonl"), 0) << azure.output();
  EXPECT_EQ(azure.assigned(), kNew);
  EXPECT_EQ(azure.run("send.sh rollback-6-remove.jsonl"), 0) << azure.output();
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_NE(azure.folder().read("fake/bodies").find("\"condition\":\"((!(ActionMatches"), std::string::npos);

  azure.folder().write("fake/mode", "LegacyRegistryPermissions\n");
  EXPECT_EQ(azure.run("send.sh rollback-1-assign.jsonl", "LOOKED=1"), 1) << "the registry beside needs them";
  EXPECT_NE(azure.output().find("fabrikam"), std::string::npos) << azure.output();
  azure.folder().write("fake/neighbour", "LegacyRegistryPermissions");
  EXPECT_EQ(azure.run("send.sh rollback-1-assign.jsonl"), 1) << "somebody has to look below the management group";
  EXPECT_EQ(azure.assigned(), both());
  EXPECT_EQ(azure.run("send.sh rollback-1-assign.jsonl", "LOOKED=1"), 0) << azure.output();
  EXPECT_EQ(azure.assigned(), kOld);
  EXPECT_EQ(azure.run("send.sh 3-switch.jsonl"), 1) << "nothing is assigned";
}

// Source: acr-authorization B.4
TEST(MigrateScripts, BackInTheLegacyModeATaskHasWhatItHadBefore) {
  Plan plan = plan_with("");
  const auto patches = [&plan](Language language) {
    return by_name(scripts(plan, language))
        .at(language == Language::Rest ? "rollback-3-switch.jsonl" : "rollback-3-switch.sh");
  };
  for (const Language language : kLanguages) {
    EXPECT_NE(patches(language).find(R"({"identity":"[caller]","loginMode":"None"})"), std::string::npos);
  }
  plan.tasks[0].identity_before = plan.tasks[0].login_mode_before = "";
  for (const Language language : kLanguages) {
    EXPECT_NE(patches(language).find(R"({"identity":"","loginMode":"Default"})"), std::string::npos)
        << "what a legacy registry gives where the data says nothing";
  }
}

TEST(ReadLiterals, WhatIsNotAStringIsWrong) {
  EXPECT_EQ(read_literals("a = \"b", '"').wrong, "a string does not end");
  EXPECT_EQ(read_literals("a = \"${b}\"", '"').wrong, "interpolation");
  EXPECT_EQ(read_literals("a = '${b}'", '\'').wrong, "interpolation");
  EXPECT_EQ(read_literals("a = {]", '\'').wrong, "a bracket too many");
  EXPECT_EQ(read_literals("a = '\\${b}\\u{41}' // '", '\'').strings, Words{"${b}A"});
  EXPECT_EQ(read_literals("a = \"$${b}\\u0041\" # \"", '"').strings, Words{"${b}A"});
}

}  // namespace
}  // namespace acrbiter::cli::migrate
