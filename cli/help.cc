#include "cli/help.h"

#include <fmt/format.h>

#include "cli/report/text.h"

namespace acrbiter::cli {
namespace {

using report::Look;
using report::Style;

constexpr std::string_view kOverview =
    "acrbiter says, from files you exported and without calling any service, whether an identity may do something on "
    "a\n"
    "repository of an Azure container registry, and why.\n";

constexpr std::string_view kFirstSteps = R"(  # a first answer, from the bundled sample tenant
  $ acrbiter can-i pull contosoapps/payments/api --as aks-prod --demo

  # the same from your own exports
  $ az role assignment list --all -o json > exports/assignments.json
  $ az acr list -o json > exports/registries.json
  $ acrbiter can-i push contoso/team/app --as alice@contoso.com --data exports
  $ acrbiter why-not push contoso/team/app --as alice@contoso.com --data exports
)";

constexpr std::string_view kExitCodes =
    "  0  yes, or what was asked for      2  bad usage or input        4  a defect of acrbiter\n"
    "  1  no                              3  undetermined: something is missing or contested\n";

std::string rows_of(const std::vector<const Command*>& commands, const Look& look) {
  std::vector<std::vector<std::string>> rows;
  for (const Command* command : commands) {
    std::string name = fmt::format("  {}", command->name);
    for (const std::string_view alias : command->aliases) name += fmt::format(", {}", alias);
    rows.push_back({std::move(name), std::string(command->summary)});
  }
  return report::table({}, rows, look);
}

std::string usage(const Command& command) {
  std::string result;
  std::string_view forms = command.synopsis;
  while (!forms.empty()) {
    const std::string_view form = forms.substr(0, forms.find('\n'));
    forms.remove_prefix(std::min(form.size() + 1, forms.size()));
    result += fmt::format("  acrbiter {} {}\n", command.name, form);
  }
  return result;
}

}  // namespace

std::string overview(const Look& look) {
  std::vector<const Command*> shown;
  for (const Command& command : commands()) shown.push_back(&command);
  std::string result(kOverview);
  result += report::heading("Start here", look) + std::string(kFirstSteps);
  result += report::heading("Commands", look) + rows_of(shown, look);
  result += "\n`acrbiter COMMAND --help` shows examples and options; `acrbiter --version` the version.\n";
  result += report::heading("Exit codes", look) + std::string(kExitCodes);
  return result;
}

std::string help(const Command& command, const Look& look) {
  std::string result = fmt::format("acrbiter {}: {}\n", command.name, command.summary);
  if (!command.aliases.empty()) {
    const std::vector<std::string> names(command.aliases.begin(), command.aliases.end());
    result += fmt::format("Also called {}.\n", report::listed(names));
  }
  result += report::heading("Usage", look) + usage(command);
  if (!command.examples.empty()) result += report::heading("Examples", look) + std::string(command.examples);
  std::vector<std::vector<std::string>> rows;
  for (const PositionalSpec& positional : command.positionals) {
    rows.push_back({fmt::format("  {}", positional.name), std::string(positional.help)});
  }
  for (const OptionSpec& option : command.options) {
    const std::string letter = option.letter.empty() ? "    " : fmt::format("{}, ", option.letter);
    const std::string value = option.value.empty() ? "" : fmt::format(" {}", option.value);
    rows.push_back({fmt::format("  {}{}{}", letter, option.name, value), std::string(option.help)});
  }
  rows.push_back({"  -h, --help", "Show this help"});
  result += report::heading("Arguments and options", look) + report::table({}, rows, look);
  if (!command.notes.empty()) result += "\n" + std::string(command.notes);
  return result;
}

std::string group_help(std::string_view group, const Look& look) {
  std::vector<const Command*> members;
  for (const Command& command : commands()) {
    if (command.name.size() > group.size() && command.name.starts_with(group) && command.name[group.size()] == ' ') {
      members.push_back(&command);
    }
  }
  if (members.empty()) return {};
  return rows_of(members, look) + "\n`acrbiter COMMAND --help` shows examples and options.\n";
}

}  // namespace acrbiter::cli
