#include "cli/report/tree.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/report/condition_view.h"
#include "cli/report/findings.h"
#include "cli/report/sentence.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::Combine;
using evaluator::Finding;
using evaluator::Hint;
using evaluator::Node;
using evaluator::Reason;
using model::Truth;

/// How near a finding comes to an answer: smaller is shown first.
int rank(const Node& node) {
  if (node.value == Truth::True) return 0;
  if (node.finding.reason == Reason::IgnoredByMode) return 1;
  if (node.value == Truth::Unknown) return 2;
  switch (node.finding.reason) {
    case Reason::ConditionFalse:
      return 3;
    case Reason::ConditionAttributeNotSupplied:
      return 4;
    case Reason::ConditionMalformed:
    case Reason::ConditionOnLegacyRegistry:
      return 5;
    case Reason::WildcardInCustomRole:
      return 6;
    case Reason::ExcludedByNotActions:
      return 7;
    case Reason::NotInForce:
      return 8;
    case Reason::EligibleOnly:
      return 9;
    case Reason::UnplacedManagementGroup:
    case Reason::TenantUnknown:
    case Reason::KnownAfterDeployment:
      return 10;
    case Reason::MisplacedScope:
      return 11;
    case Reason::UnknownRole:
      return 12;
    case Reason::NotInRole:
      return 13;
    case Reason::OutOfScope:
      return 14;
    case Reason::OtherPrincipal:
      return 15;
    default:
      return 16;
  }
}

std::string indirect_words(std::string_view way) {
  if (way == "admin-password") return "reading the admin user's password, and pulling and pushing with it";
  if (way == "token") return "creating a token with a scope map of one's choice, and a password for it";
  if (way == "task") return "writing a task, which on a legacy registry runs with access to all of it";
  if (way == "role-assignment") return "assigning oneself a role";
  if (way == "admin-user") return "turning the admin user on, and pulling and pushing with its password";
  if (way == "anonymous-pull") return "turning anonymous pull on, for everybody";
  if (way == "permission-mode") return "changing the permission mode of the registry";
  return escape(way);
}

std::string_view mode_name(std::string_view word) { return word == "abac" ? "ABAC" : "legacy"; }

std::string verdict_words(std::string_view word) {
  return fmt::format("it would be {}", word == to_string(evaluator::Verdict::Allow) ? "allowed" : "denied");
}

/// The condition of an assignment that a hint speaks of.
std::string condition_words(const Hint& hint, const Subject& subject) {
  Finding finding;
  finding.assignment = hint.assignment;
  const auto* asker = std::get_if<evaluator::EntraAsker>(&subject.question.asker);
  const bool own = asker != nullptr && asker->known &&
                   subject.snapshot.role_assignments[*hint.assignment].principal == asker->principal;
  return fmt::format("the condition of {}{}", subject.grant(finding),
                     own ? "" : fmt::format(", held by {},", subject.holder(finding)));
}

/// `name`: the hint's subject for people.
std::string hint_words(const Hint& hint, const std::string& name, const Subject& subject) {
  switch (hint.kind) {
    case Hint::Kind::NearestName:
      return fmt::format("The nearest repository name that is allowed: {}", name);
    case Hint::Kind::ConditionValue:
      return fmt::format("It would be allowed if {} said this in place of {}:", condition_words(hint, subject),
                         escape(hint.subject));
    case Hint::Kind::ConditionAlternative:
      return fmt::format("It would be allowed if {} were put in parentheses and went on with:",
                         condition_words(hint, subject));
    case Hint::Kind::EligibleRole:
      return fmt::format("Eligible in PIM: {} on {}; activating it may change the answer", name, quote(hint.detail));
    case Hint::Kind::Reading:
      return fmt::format("With --assume {} {}", escape(hint.subject), verdict_words(hint.detail));
    case Hint::Kind::Membership:
      return fmt::format("Membership in group {} would allow it", name);
    case Hint::Kind::NoFurtherMembership:
      return fmt::format("Without any membership beyond those in the data {}", verdict_words(hint.subject));
    case Hint::Kind::WouldGrant:
      return fmt::format("Smallest built-in role that gives the right in the {} permission mode: {}",
                         mode_name(hint.detail), name);
    case Hint::Kind::RoleCondition:
      return fmt::format("The condition that keeps {} to this repository:", name);
    case Hint::Kind::Mode:
      return fmt::format("In the {} permission mode {}{}", mode_name(hint.subject), verdict_words(hint.detail),
                         subject.registry().mode
                             ? "; `acrbiter diff --set-mode` shows what else a switch changes, for everybody"
                             : "");
    case Hint::Kind::AlsoAnonymous:
      return fmt::format("Anybody can do this without signing in: anonymous pull of {} is enabled", name);
    case Hint::Kind::IndirectAccess:
      return fmt::format("There is a way around: {}", indirect_words(hint.subject));
  }
  return {};
}

/// A text to be copied that goes with a hint: broken at blanks only, of which no name has any.
std::string to_copy(const Hint& hint) {
  switch (hint.kind) {
    case Hint::Kind::ConditionAlternative:
      return "OR " + escape(hint.detail);
    case Hint::Kind::ConditionValue:
    case Hint::Kind::RoleCondition:
      return escape(hint.detail);
    default:
      return {};
  }
}

class Tree {
 public:
  Tree(const evaluator::Decision& decision, const std::vector<Hint>& hints, const Subject& subject, const Look& look)
      : decision_(decision), hints_(hints), subject_(subject), look_(look), places_(decision, subject.registry()) {}

  std::string print() {
    mode();
    children(top(), 0);
    text_ += hint_list(hints_, subject_, HintDetail::Whole, look_);
    text_ += open_points(decision_, look_);
    assumptions();
    sources();
    return std::move(text_);
  }

  /// Nothing but branches that end in one of `leaves`.
  std::string print(const std::vector<const Node*>& leaves) {
    keep_above(top(), leaves);
    children(top(), 0);
    return std::move(text_);
  }

 private:
  /// Under a known mode the tree begins with what that mode asks for.
  [[nodiscard]] const Node& top() const {
    const Node& root = decision_.root;
    const bool one_mode =
        root.children.size() == 1 && (root.children.front().finding.reason == Reason::UnderLegacyMode ||
                                      root.children.front().finding.reason == Reason::UnderAbacMode);
    return one_mode ? root.children.front() : root;
  }

  /// An assignment of others or for elsewhere is not shown itself, only that it was looked for.
  bool keep_above(const Node& node, const std::vector<const Node*>& leaves) {
    bool keeps = std::find(leaves.begin(), leaves.end(), &node) != leaves.end();
    for (const Node& child : node.children) keeps = keep_above(child, leaves) || keeps;
    const Reason reason = node.finding.reason;
    if (keeps && reason != Reason::OtherPrincipal && reason != Reason::OutOfScope) kept_.insert(&node);
    return keeps;
  }

  static constexpr std::size_t kMark = 6;  ///< columns of "[yes] "

  void mode() {
    const auto& mode = subject_.registry().mode;
    std::string line = fmt::format("Registry {}: ", quote(subject_.registry().name));
    if (!mode) {
      line += "permission mode not in the data";
    } else if (*mode == model::PermissionMode::Abac) {
      line +=
          "ABAC permission mode (data is guarded by data actions; AcrPull, AcrPush, AcrDelete, Owner, Contributor "
          "and Reader do not count for it)";
    } else {
      line += "legacy permission mode (data is guarded by actions; repository roles do not count for it)";
    }
    text_ += wrap(line, "", 2, look_.width) + "\n";
  }

  [[nodiscard]] std::string mark(Truth value) const {
    switch (value) {
      case Truth::True:
        return look_.paint(Style::Good, "[yes]") + " ";
      case Truth::False:
        return look_.paint(Style::Bad, "[no]") + "  ";
      case Truth::Unknown:
        return look_.paint(Style::Open, "[?]") + "   ";
    }
    return {};
  }

  void line(std::size_t depth, std::string_view before, std::string_view words) {
    text_ += wrap(words, std::string(2 * depth, ' ') + std::string(before), 2 * depth + kMark, look_.width);
  }
  /// A line of facts below a finding.
  void fact(std::size_t depth, std::string_view words, std::size_t hanging = 2) {
    const std::size_t indent = 2 * depth + kMark;
    text_ += wrap(words, std::string(indent, ' '), indent + hanging, look_.width);
  }

  void node(const Node& node, std::size_t depth) {
    if (const Node* remark = only_remark(node)) {
      line(depth, mark(node.value), in_words(*remark, subject_, places_));
      return;
    }
    line(depth, not_asked(node) ? "[-]   " : mark(node.value), in_words(node, subject_, places_));
    facts(node, depth);
    // "No deny assignment takes it away" says all that the list below it would say in its own line.
    const bool doubled = node.combine == Combine::Not && node.children.size() == 1 &&
                         node.children.front().finding.reason == node.finding.reason;
    children(doubled ? node.children.front() : node, depth + 1);
  }

  /// A gate that states what it would require and decides nothing.
  static bool not_asked(const Node& node) {
    if (node.combine != Combine::Leaf) {
      return node.finding.reason == Reason::Gates && !node.children.empty() &&
             std::all_of(node.children.begin(), node.children.end(), not_asked);
    }
    return node.finding.reason == Reason::NetworkNotAsked || node.finding.reason == Reason::CredentialNotAsked;
  }

  /// Below "not denied": the leaf that says that there is nothing to look at, if that is all.
  static const Node* only_remark(const Node& node) {
    const Node* leaf = &node;
    while (leaf->combine != Combine::Leaf && leaf->children.size() == 1) leaf = &leaf->children.front();
    const Reason reason = leaf->finding.reason;
    const bool remark = reason == Reason::NoDenyAssignment || reason == Reason::DenyListMissing;
    return node.combine == Combine::Not && remark ? leaf : nullptr;
  }

  void children(const Node& node, std::size_t depth) {
    std::vector<const Node*> order;
    for (const Node& child : node.children) {
      if (kept_.empty() || kept_.contains(&child)) order.push_back(&child);
    }
    if (node.finding.reason == Reason::GrantsConsidered) {
      std::stable_sort(order.begin(), order.end(), [](const Node* a, const Node* b) { return rank(*a) < rank(*b); });
    }
    std::vector<const Node*> others;
    for (const Node* child : order) {
      if (child->finding.reason == Reason::OtherPrincipal) {
        others.push_back(child);
      } else {
        this->node(*child, depth);
      }
    }
    held_by_others(others, depth);
  }

  /// One line per role and scope for what others hold, in the order of the data.
  void held_by_others(const std::vector<const Node*>& nodes, std::size_t depth) {
    std::vector<std::pair<std::string, std::vector<std::string>>> grants;
    for (const Node* node : nodes) {
      const std::string grant = subject_.grant(node->finding);
      if (grant.empty()) continue;
      const auto known = std::find_if(grants.begin(), grants.end(), [&](const auto& g) { return g.first == grant; });
      auto& holders =
          known == grants.end() ? grants.emplace_back(grant, std::vector<std::string>()).second : known->second;
      holders.push_back(subject_.holder(node->finding));
    }
    for (const auto& [grant, holders] : grants) {
      line(depth, mark(Truth::False), fmt::format("{} is held by {}", grant, listed(holders)));
    }
    for (const Node* node : nodes) {
      if (subject_.grant(node->finding).empty()) line(depth, mark(node->value), in_words(*node, subject_, places_));
    }
  }

  void facts(const Node& node, std::size_t depth) {
    const Finding& finding = node.finding;
    for (const evaluator::AssumptionId id : finding.assumptions) assumptions_.insert(id);
    if (node.combine != Combine::Leaf) return;
    if (finding.reason == Reason::OtherPrincipal || finding.reason == Reason::OutOfScope) return;
    if (!finding.pattern.empty()) fact(depth, fmt::format("matched by {}", quote(finding.pattern)));
    if (finding.assignment) {
      const model::RoleAssignment& assignment = subject_.snapshot.role_assignments[*finding.assignment];
      if (!assignment.name.empty()) {
        fact(depth, look_.paint(Style::Faint, fmt::format("assignment {}", escape(assignment.name))));
      }
    }
    for (const evaluator::ConditionOutcome& outcome : finding.conditions) condition(outcome, depth);
    for (const evaluator::Cause& cause : node.causes) fact(depth, "open: " + in_words(cause));
  }

  void condition(const evaluator::ConditionOutcome& outcome, std::size_t depth) {
    const model::ConditionEntry& entry = subject_.snapshot[outcome.condition];
    const std::string_view whose = outcome.of_role ? "condition in the role" : "condition";
    const std::size_t indent = 2 * depth + kMark;
    if (!entry.parsed) {
      fact(depth, fmt::format("{}, not valid:", whose));
      model::SourceSpan none{};
      text_ += wrap(escape(one_line(entry.text, none)), std::string(indent + 2, ' '), indent + 2, look_.width);
      for (const model::Diagnostic& problem : entry.errors) {
        std::string words =
            fmt::format("line {}, column {}: {}", problem.line, problem.column, escape(problem.message));
        if (!problem.help.empty()) words += fmt::format("; {}", escape(problem.help));
        fact(depth, words);
      }
      return;
    }
    fact(depth, fmt::format("{} is {}:", whose, to_string(outcome.truth)));
    text_ += condition_view(entry.text, value_of(outcome, subject_.snapshot), steps_of(outcome, subject_.snapshot),
                            indent + 2, look_);
  }

  void heading(std::string_view words) { text_ += "\n" + look_.paint(Style::Strong, words) + "\n"; }
  void item(std::string_view words) { text_ += wrap(words, "  - ", 4, look_.width); }

  void assumptions() {
    if (assumptions_.empty()) return;
    heading("Assumed");
    for (const evaluator::AssumptionId id : assumptions_) {
      const evaluator::Assumption& entry = assumption(id);
      const evaluator::Readings& readings = subject_.question.readings;
      item(fmt::format(
          "{} = {} ({}): {} [{}]", entry.name, readings[id],
          readings.pinned(id) ? "pinned" : fmt::format("default; pin it with --assume {}=READING", entry.name),
          entry.question, entry.source));
    }
  }

  void sources() {
    std::vector<std::string> cited;
    for (const Node* settling : distinct_settling(decision_)) {
      const evaluator::ReasonInfo& reason = info(settling->finding.reason);
      if (reason.source.empty()) continue;
      std::string line = fmt::format("{}: {} [{}]", reason.code, reason.meaning, reason.source);
      if (std::find(cited.begin(), cited.end(), line) == cited.end()) cited.push_back(std::move(line));
    }
    if (cited.empty()) return;
    heading("Rules that settle it");
    for (const std::string& line : cited) item(line);
    const evaluator::Assumption& delays = assumption(evaluator::AssumptionId::PropagationDelays);
    text_ += '\n' +
             wrap(fmt::format("This is the settled state: a change may take minutes to count, one of groups until the "
                              "next sign-in. [{}: {}]",
                              delays.name, delays.source),
                  "", 0, look_.width);
  }

  const evaluator::Decision& decision_;
  const std::vector<Hint>& hints_;
  const Subject& subject_;
  const Look& look_;
  Places places_;
  std::string text_;
  std::set<evaluator::AssumptionId> assumptions_;
  std::set<const Node*> kept_;  ///< empty: all are shown
};

}  // namespace

std::string explanation(const evaluator::Decision& decision, const std::vector<Hint>& hints, const Subject& subject,
                        const Look& look) {
  return Tree(decision, hints, subject, look).print();
}

std::string settling_tree(const evaluator::Decision& decision, const Subject& subject, const Look& look) {
  return Tree(decision, {}, subject, look).print(telling(decision));
}

std::string hint_text(const Hint& hint, const Subject& subject) {
  const std::string text = to_copy(hint);
  return hint_words(hint, quote(hint.subject), subject) + (text.empty() ? "" : " " + text);
}

std::string hint_list(const std::vector<Hint>& hints, const Subject& subject, HintDetail detail, const Look& look) {
  std::vector<std::string> groups;  // all in one sentence
  for (const Hint& hint : hints) {
    if (hint.kind == Hint::Kind::Membership) groups.push_back(quote(hint.subject));
  }
  bool groups_said = false;
  std::string result;
  for (const Hint& hint : hints) {
    if (detail == HintDetail::Brief && hint.kind == Hint::Kind::RoleCondition) continue;
    const bool of_groups = hint.kind == Hint::Kind::Membership;
    if (of_groups && std::exchange(groups_said, true)) continue;
    const std::string name = of_groups ? listed(groups, "or") : quote(hint.subject);
    result += wrap(hint_words(hint, name, subject), "  - ", 4, look.width);
    if (const std::string text = to_copy(hint); !text.empty()) result += wrap(text, "      ", 6, look.width);
  }
  return result.empty() ? result : "\n" + look.paint(Style::Strong, "What may help") + "\n" + result;
}

std::string open_points(const evaluator::Decision& decision, const Look& look) {
  return open_points(decision.unknowns, look);
}

std::string open_points(const std::vector<evaluator::Cause>& causes, const Look& look) {
  if (causes.empty()) return {};
  std::string result = "\n" + look.paint(Style::Strong, "What would settle it") + "\n";
  for (const evaluator::Cause& cause : causes) {
    result += wrap(in_words(cause), "  - ", 4, look.width);
    if (!cause.command.empty()) result += "      " + escape(cause.command) + "\n";  // to be copied, so in one piece
  }
  return result;
}

}  // namespace acrbiter::cli::report
