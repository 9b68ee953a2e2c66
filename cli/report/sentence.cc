#include "cli/report/sentence.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/text.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::Node;
using evaluator::Reason;
using evaluator::Verdict;

/// Reasons that say why something is allowed beside the grant itself, or that a check passed: too little for a
/// sentence.
bool only_passes(Reason reason) {
  switch (reason) {
    case Reason::NoDenyAssignment:
    case Reason::DenyListMissing:
    case Reason::NotLocked:
    case Reason::NetworkNotAsked:
    case Reason::CredentialNotAsked:
    case Reason::NetworkUndecided:
    case Reason::CredentialUndecided:
    case Reason::CredentialAccepted:
    case Reason::LoginServerMatches:
    case Reason::NetworkOpen:
    case Reason::NetworkManagementPath:
    case Reason::ExportAllowed:
    case Reason::DenyOtherPrincipal:
    case Reason::DenyOtherAction:
    case Reason::DenyOutOfScope:
    case Reason::DenyExcluded:
      return true;
    default:
      return false;
  }
}

bool says_little(Reason reason) {
  return reason == Reason::OtherPrincipal || reason == Reason::OutOfScope || reason == Reason::NotInRole;
}

std::string because_allowed(const std::vector<const Node*>& nodes, const Subject& subject, const Places& places) {
  std::vector<std::string> clauses;
  const auto add = [&](const Node& node) {
    std::string words = in_words(node, subject, places);
    if (std::find(clauses.begin(), clauses.end(), words) == clauses.end()) clauses.push_back(std::move(words));
  };
  for (const Node* node : nodes) {
    if (!only_passes(node->finding.reason)) add(*node);
  }
  if (clauses.empty() && !nodes.empty()) add(*nodes.front());
  constexpr std::size_t kMost = 3;
  if (clauses.size() > kMost) {
    const std::size_t rest = clauses.size() - kMost;
    clauses.resize(kMost);
    clauses.push_back(counted(rest, "further reason"));
  }
  return listed(clauses);
}

std::string because_denied(const std::vector<const Node*>& nodes, const Subject& subject, const Places& places) {
  if (nodes.empty()) return "nothing grants it";
  const Node& first = *nodes.front();
  if (says_little(first.finding.reason)) {
    // Only grants that are not the asker's, or are not about this right.
    const auto own = std::find_if(nodes.begin(), nodes.end(), [](const Node* node) {
      return node->finding.reason == Reason::NotInRole || node->finding.reason == Reason::OutOfScope;
    });
    if (own == nodes.end() || (!(*own)->finding.assignment && !(*own)->finding.schedule_instance)) {
      return fmt::format("no role assignment gives them {}", places.right_of(first));
    }
    return in_words(**own, subject, places);
  }
  return in_words(first, subject, places);
}

/// For a registry whose mode is not known: why in the one mode and why in the other.
std::string because_denied_in_both(const std::vector<const Node*>& nodes, const Subject& subject,
                                   const Places& places) {
  std::vector<const Node*> legacy;
  std::vector<const Node*> abac;
  for (const Node* node : nodes) {
    const auto mode = places.mode_of(*node);
    if (mode) (*mode == model::PermissionMode::Legacy ? legacy : abac).push_back(node);
  }
  if (legacy.empty() || abac.empty()) return because_denied(nodes, subject, places);
  const std::string in_legacy = because_denied(legacy, subject, places);
  const std::string in_abac = because_denied(abac, subject, places);
  if (in_legacy == in_abac) return in_legacy;
  return fmt::format("as a legacy registry, {}; as an ABAC registry, {}", in_legacy, in_abac);
}

/// Names keep their letter case; our own words begin a sentence with a capital.
std::string first_word(const Subject& subject) {
  std::string who = subject.who();
  const bool named = std::holds_alternative<evaluator::EntraAsker>(subject.question.asker);
  if (!named && who.front() >= 'a' && who.front() <= 'z') who.front() = static_cast<char>(who.front() - 'a' + 'A');
  return who;
}

std::string because_open(const evaluator::Decision& decision) {
  if (decision.unknowns.empty()) return "something needed is not known";
  std::string result = in_words(decision.unknowns.front());
  if (decision.unknowns.size() > 1) {
    result += fmt::format(", and {}", counted(decision.unknowns.size() - 1, "more open point"));
  }
  return result;
}

}  // namespace

std::string_view answer_word(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::Allow:
      return "Yes";
    case Verdict::Deny:
      return "No";
    case Verdict::Undetermined:
      return "Undetermined";
  }
  return "";
}

std::vector<const Node*> distinct_settling(const evaluator::Decision& decision) {
  const auto same_right = [](const evaluator::Right* a, const evaluator::Right* b) {
    return a == b || (a != nullptr && b != nullptr && *a == *b);
  };
  const auto same = [&](const evaluator::Finding& a, const evaluator::Finding& b) {
    return a.reason == b.reason && a.assignment == b.assignment && a.deny_assignment == b.deny_assignment &&
           a.schedule_instance == b.schedule_instance && a.scope_map == b.scope_map && a.artifact == b.artifact &&
           a.lock == b.lock && a.detail == b.detail && same_right(a.right, b.right);
  };
  std::vector<const Node*> result;
  for (const Node* node : settling(decision)) {
    const bool known = std::any_of(result.begin(), result.end(),
                                   [&](const Node* other) { return same(node->finding, other->finding); });
    if (!known) result.push_back(node);
  }
  return result;
}

std::vector<const Node*> telling(const evaluator::Decision& decision) {
  auto nodes = distinct_settling(decision);
  const auto passes = [](const Node* node) {
    const Reason reason = node->finding.reason;
    return only_passes(reason) ||
           (node->value == model::Truth::True &&
            (reason == Reason::NetworkIpAllowed || reason == Reason::NetworkServiceEndpointAllowed ||
             reason == Reason::NetworkTrustedService || reason == Reason::NetworkPrivateEndpointApproved ||
             reason == Reason::NetworkTaskAllowed || reason == Reason::NetworkAgentPool));
  };
  if (!std::all_of(nodes.begin(), nodes.end(), passes)) std::erase_if(nodes, passes);
  return nodes;
}

std::string sentence(const evaluator::Decision& decision, const Subject& subject) {
  const Places places(decision, subject.registry());
  const auto nodes = distinct_settling(decision);
  const std::string_view modes = subject.registry().mode ? "" : " in either permission mode";
  switch (decision.verdict) {
    case Verdict::Allow:
      return fmt::format("Yes. {} can {}{}: {}.", first_word(subject), subject.what(), modes,
                         because_allowed(nodes, subject, places));
    case Verdict::Deny:
      return fmt::format("No. {} cannot {}{}: {}.", first_word(subject), subject.what(), modes,
                         subject.registry().mode ? because_denied(nodes, subject, places)
                                                 : because_denied_in_both(nodes, subject, places));
    case Verdict::Undetermined:
      break;
  }
  const std::string because = because_open(decision);
  return fmt::format("Undetermined. Whether {} can {} is open: {}{}", subject.who(), subject.what(), because,
                     because.ends_with('?') ? "" : ".");
}

}  // namespace acrbiter::cli::report
