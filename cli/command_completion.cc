// completion: scripts for the shells, and what they ask while the user types.
#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/data.h"
#include "cli/report/diagnostics.h"
#include "cli/report/names.h"
#include "cli/suggest.h"
#include "evaluator/assumptions.h"
#include "evaluator/operations.h"

namespace acrbiter::cli {
namespace {

constexpr std::array<std::string_view, 3> kShells = {"bash", "zsh", "fish"};

constexpr std::string_view kBash =
    R"(# bash completion for acrbiter: source this, or put it into ~/.local/share/bash-completion/completions/acrbiter
_acrbiter() {
  local IFS=$'\n' reply
  COMPREPLY=()
  _get_comp_words_by_ref -n := cur words cword 2>/dev/null || { cur=${COMP_WORDS[COMP_CWORD]}; words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
  reply=$(acrbiter __complete "${words[@]:1:cword}" 2>/dev/null)
  if [[ $reply == :path* ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$reply" -- "$cur"))
    declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
  fi
}
complete -F _acrbiter acrbiter
)";

constexpr std::string_view kZsh = R"(#compdef acrbiter
# zsh completion for acrbiter: put it as _acrbiter into a folder of $fpath
_acrbiter() {
  local -a reply
  reply=("${(@f)$(acrbiter __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $reply[1] == :path ]]; then
    _files
  else
    compadd -a reply
  fi
}
if [ "$funcstack[1]" = _acrbiter ]; then _acrbiter "$@"; else compdef _acrbiter acrbiter; fi
)";

constexpr std::string_view kFish =
    R"(# fish completion for acrbiter: put it into ~/.config/fish/completions/acrbiter.fish
function __acrbiter_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l reply (acrbiter __complete $words[2..-1] 2>/dev/null)
    if test "$reply[1]" = ":path"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $reply
    end
end
complete -c acrbiter -f -a '(__acrbiter_complete)'
)";

ExitCode completion(const Invocation& invocation) {
  const auto shell = invocation.arguments.positional(0);
  std::ostream& out = invocation.streams.out;
  if (shell == "bash") {
    out << kBash;
  } else if (shell == "zsh") {
    out << kZsh;
  } else if (shell == "fish") {
    out << kFish;
  } else {
    const auto near = shell ? nearest(*shell, kShells) : std::vector<std::string>();
    invocation.streams.err << report::error(
        shell ? fmt::format("no completion for the shell `{}`", *shell) : std::string("which shell?"),
        near.empty() ? std::string("bash, zsh or fish") : fmt::format("did you mean `{}`?", near.front()),
        invocation.error_look);
    return ExitCode::InputError;
  }
  return ExitCode::Yes;
}

// ---- while typing -------------------------------------------------------------------------------------------

/// What is offered; one word per line.
class Offers {
 public:
  Offers(std::ostream& out, std::string_view typed) : out_(out), typed_(typed) {}

  /// Words with characters that a shell or terminal acts on are left out.
  void add(std::string_view word) {
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < 0x7F; }) &&
                       word.find_first_of("\"'`$\\;&|<>(){}*?!#~") == std::string_view::npos;
    if (plain && word.starts_with(typed_)) out_ << word << '\n';
  }
  void paths() { out_ << ":path\n"; }

 private:
  std::ostream& out_;
  std::string_view typed_;
};

/// The data that the words so far name, read without a word on the terminal.
std::optional<Data> data_of(const Invocation& invocation, const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const bool takes_path = words[i] == options::kData.name || words[i] == options::kData.letter;
    if (takes_path && i + 2 < words.size()) arguments.options["--data"].push_back(words[i + 1]);
    if (words[i] == options::kDemo.name) arguments.options["--demo"] = {};
  }
  std::ostream nowhere(nullptr);
  const Invocation quiet{.command = invocation.command,
                         .arguments = arguments,
                         .streams = {invocation.streams.in, nowhere, nowhere},
                         .look = {},
                         .error_look = {}};
  return load_data(quiet);
}

void offer_registries(const Data& data, std::string_view after, Offers& offers) {
  for (const model::Registry& registry : data.snapshot.registries) offers.add(registry.name + std::string(after));
}

void offer_targets(const Data& data, bool whole_registry, Offers& offers) {
  offer_registries(data, whole_registry ? "" : "/", offers);
  if (whole_registry) return;
  for (const model::Registry& registry : data.snapshot.registries) {
    if (!registry.repositories) continue;
    for (const std::string& repository : *registry.repositories)
      offers.add(fmt::format("{}/{}", registry.name, repository));
  }
}

void offer_principals(const Data& data, Offers& offers) {
  for (const std::string_view fixed : {"admin", "anonymous"}) offers.add(fixed);
  for (const model::Token& token : data.snapshot.tokens) offers.add("token:" + token.name);
  for (const model::Task& task : data.snapshot.tasks) offers.add("task:" + task.name);
  for (const model::Principal& principal : data.snapshot.principals) {
    if (!principal.user_principal_name.empty()) {
      offers.add(principal.user_principal_name);
    } else if (!principal.display_name.empty() && principal.kind != model::PrincipalKind::Group) {
      offers.add(principal.display_name);
    }
  }
}

void offer_assumptions(std::string_view typed, Offers& offers) {
  const std::size_t equals = typed.find('=');
  if (equals == std::string_view::npos) {
    for (const evaluator::Assumption& entry : evaluator::assumption_register())
      offers.add(fmt::format("{}=", entry.name));
    return;
  }
  const evaluator::Assumption* entry = evaluator::find_assumption(typed.substr(0, equals));
  if (entry == nullptr) return;
  for (const std::string_view reading : entry->readings) offers.add(fmt::format("{}={}", entry->name, reading));
}

void offer_commands(const std::vector<std::string>& words, Offers& offers) {
  const std::string before = words.size() > 1 ? words.front() + " " : std::string();
  std::vector<std::string> seen;
  for (const Command& command : commands()) {
    if (!command.name.starts_with(before)) continue;
    const std::string_view rest = command.name.substr(before.size());
    std::string word(rest.substr(0, rest.find(' ')));
    if (std::find(seen.begin(), seen.end(), word) != seen.end()) continue;
    offers.add(word);
    seen.push_back(std::move(word));
    if (!before.empty()) continue;
    for (const std::string_view alias : command.aliases) offers.add(alias);
  }
}

const Command* command_of(const std::vector<std::string>& words, std::size_t& used) {
  // `test init` is a command, and so is `test`.
  for (const std::size_t of_name : {std::size_t{2}, std::size_t{1}}) {
    if (words.size() <= of_name) continue;
    used = of_name;
    const std::string typed = of_name == 2 ? fmt::format("{} {}", words[0], words[1]) : words[0];
    for (const Command& command : commands()) {
      if (command.name == typed ||
          std::find(command.aliases.begin(), command.aliases.end(), typed) != command.aliases.end()) {
        return &command;
      }
    }
  }
  return nullptr;
}

const OptionSpec* option_of(const Command& command, std::string_view word) {
  for (const OptionSpec& option : command.options) {
    if (option.name == word || (!option.letter.empty() && option.letter == word)) return &option;
  }
  return nullptr;
}

void offer_values(Completes what, const OptionSpec* option, const Invocation& invocation,
                  const std::vector<std::string>& words, const std::vector<std::string>& positionals, Offers& offers) {
  switch (what) {
    case Completes::Nothing:
      return;
    case Completes::Path:
      return offers.paths();
    case Completes::Words:
      for (const std::string_view word : option->words) offers.add(word);
      return;
    case Completes::Operation:
      for (const evaluator::Operation& operation : evaluator::operations()) offers.add(operation.id);
      for (const evaluator::OperationAlias& alias : evaluator::operation_aliases()) offers.add(alias.alias);
      return;
    case Completes::Assumption:
      return offer_assumptions(words.back(), offers);
    case Completes::Principal:
    case Completes::Registry:
    case Completes::Target:
      break;
  }
  const auto data = data_of(invocation, words);
  if (!data) return;
  if (what == Completes::Principal) return offer_principals(*data, offers);
  if (what == Completes::Registry) return offer_registries(*data, "", offers);
  const evaluator::Operation* operation =
      positionals.empty() ? nullptr : evaluator::find_operation(positionals.front());
  offer_targets(*data, operation != nullptr && !operation->takes_repository, offers);
}

/// What the positional with this number is; the last may be repeatable.
const PositionalSpec* next_positional(const Command& command, std::size_t number) {
  if (number < command.positionals.size()) return &command.positionals[number];
  const bool any_number = !command.positionals.empty() && command.positionals.back().repeatable;
  return any_number ? &command.positionals.back() : nullptr;
}

/// The last word is the one being typed.
ExitCode complete(const Invocation& invocation) {
  std::vector<std::string> words = invocation.arguments.positionals;
  if (words.empty()) words.emplace_back();
  Offers offers(invocation.streams.out, words.back());
  std::size_t used = 0;
  const Command* command = command_of(words, used);
  if (command == nullptr) {
    offer_commands(words, offers);
    return ExitCode::Yes;
  }
  if (used == 1 && words.size() == 2) offer_commands(words, offers);
  std::vector<std::string> positionals;
  const OptionSpec* open = nullptr;
  for (std::size_t i = used; i + 1 < words.size(); ++i) {
    const OptionSpec* option = open == nullptr ? option_of(*command, words[i]) : nullptr;
    if (open != nullptr) {
      open = nullptr;
    } else if (option != nullptr) {
      open = option->value.empty() ? nullptr : option;
    } else if (!words[i].starts_with('-')) {
      positionals.push_back(words[i]);
    }
  }
  if (open != nullptr) {
    offer_values(open->completes, open, invocation, words, positionals, offers);
  } else if (words.back().starts_with('-')) {
    for (const OptionSpec& option : command->options) offers.add(option.name);
    offers.add("--help");
  } else if (command == &commands().back() && positionals.empty()) {
    for (const std::string_view shell : kShells) offers.add(shell);
  } else if (const PositionalSpec* next = next_positional(*command, positionals.size())) {
    offer_values(next->completes, nullptr, invocation, words, positionals, offers);
  }
  return ExitCode::Yes;
}

constexpr std::array kCompletionPositionals = {
    PositionalSpec{.name = "SHELL", .help = "bash, zsh or fish", .completes = Completes::Nothing}};

}  // namespace

constinit const Command kCompletion{
    .name = "completion",
    .aliases = {},
    .summary = "a script that completes commands, operations and names",
    .synopsis = "bash|zsh|fish",
    .positionals = kCompletionPositionals,
    .options = {},
    .notes =
        "With --data or --demo on the line being typed, principals, registries and repositories are completed too.\n",
    .examples = R"(  $ source <(acrbiter completion bash)
  $ acrbiter completion zsh > ~/.zfunc/_acrbiter
  $ acrbiter completion fish > ~/.config/fish/completions/acrbiter.fish
)",
    .run = completion};

constinit const Command kComplete{.name = "__complete",
                                  .aliases = {},
                                  .summary = "words that fit the command line so far",
                                  .synopsis = "WORD…",
                                  .positionals = {},
                                  .options = {},
                                  .notes = "",
                                  .examples = "",
                                  .run = complete};

}  // namespace acrbiter::cli
