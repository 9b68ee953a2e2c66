#include "tests/support/trace_check.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace acrbiter::support {
namespace {

using nlohmann::json;

/// The values that leaves of each reason may have: any of 't', 'f' and 'u'. Findings about deny assignments speak of
/// the deny: "deny-applies" is true, and a negation above it turns it into a refusal.
const std::map<std::string, std::string>& allowed_values() {
  static const std::map<std::string, std::string> values = {// question
                                                            {"repository-name-invalid", "f"},
                                                            {"login-server-upper-case", "f"},
                                                            {"login-server-mismatch", "f"},
                                                            {"login-server-matches", "t"},
                                                            // network
                                                            {"network-management-path", "t"},
                                                            {"network-private-endpoint-approved", "t"},
                                                            {"network-private-endpoint-not-approved", "f"},
                                                            {"network-public-disabled", "f"},
                                                            {"network-open", "t"},
                                                            {"network-ip-allowed", "t"},
                                                            {"network-service-endpoint-allowed", "t"},
                                                            {"network-ip-refused", "f"},
                                                            {"network-trusted-service", "t"},
                                                            {"network-service-endpoint-refused", "f"},
                                                            {"network-task-refused", "f"},
                                                            {"network-task-allowed", "t"},
                                                            {"network-agent-pool", "t"},
                                                            {"network-undecided", "u"},
                                                            {"network-not-asked", "t"},
                                                            // authentication
                                                            {"credential-accepted", "t"},
                                                            {"credential-audience-refused", "f"},
                                                            {"credential-age-exceeded", "f"},
                                                            {"credential-other-mode", "f"},
                                                            {"credential-secret-expired", "f"},
                                                            {"credential-user-name-wrong", "f"},
                                                            {"credential-password-unknown", "f"},
                                                            {"credential-password-expired", "f"},
                                                            {"credential-stored-sent", "f"},
                                                            {"credential-wrong-kind", "f"},
                                                            {"credential-undecided", "u"},
                                                            {"credential-not-asked", "t"},
                                                            // role assignments
                                                            {"grants", "t"},
                                                            {"granted-through-group", "t"},
                                                            {"other-principal", "f"},
                                                            {"out-of-scope", "f"},
                                                            {"membership-unknown", "u"},
                                                            {"unknown-role", "fu"},
                                                            {"ignored-by-mode", "f"},
                                                            {"not-in-role", "f"},
                                                            {"excluded-by-not-actions", "f"},
                                                            {"condition-false", "f"},
                                                            {"condition-unknown", "u"},
                                                            {"condition-malformed", "f"},
                                                            {"condition-attribute-not-supplied", "f"},
                                                            {"condition-not-shown", "u"},
                                                            {"condition-on-legacy-registry", "tfu"},
                                                            {"wildcard-in-custom-role", "fu"},
                                                            {"misplaced-scope", "tfu"},
                                                            {"unplaced-management-group", "fu"},
                                                            {"tenant-unknown", "u"},
                                                            {"known-after-deployment", "u"},
                                                            {"not-in-force", "f"},
                                                            {"instance-open", "u"},
                                                            {"eligible-only", "f"},
                                                            {"no-assignment", "f"},
                                                            {"orphaned-principal", "f"},
                                                            {"principal-unresolved", "u"},
                                                            {"wrong-kind-of-id", "f"},
                                                            {"list-incomplete", "u"},
                                                            {"assignments-missing", "fu"},
                                                            {"registry-unplaced", "u"},
                                                            {"registry-may-be-gone", "u"},
                                                            // deny assignments
                                                            {"deny-applies", "t"},
                                                            {"deny-audit-only", "f"},
                                                            {"deny-excluded", "f"},
                                                            {"deny-other-principal", "f"},
                                                            {"deny-other-action", "f"},
                                                            {"deny-out-of-scope", "f"},
                                                            {"deny-condition-false", "f"},
                                                            {"deny-condition-unknown", "tfu"},
                                                            {"deny-membership-unknown", "u"},
                                                            {"deny-possible", "u"},
                                                            {"no-deny-assignment", "f"},
                                                            {"deny-list-missing", "f"},
                                                            {"deny-list-incomplete", "u"},
                                                            // doors
                                                            {"admin-enabled", "t"},
                                                            {"admin-disabled", "f"},
                                                            {"admin-unknown", "u"},
                                                            {"admin-not-for-operation", "fu"},
                                                            {"anonymous-enabled", "t"},
                                                            {"anonymous-disabled", "f"},
                                                            {"anonymous-unknown", "u"},
                                                            {"anonymous-not-for-operation", "fu"},
                                                            {"token-grants", "t"},
                                                            {"token-lacks-action", "fu"},
                                                            {"token-disabled", "f"},
                                                            {"token-scope-map-missing", "u"},
                                                            {"token-not-for-operation", "f"},
                                                            {"token-state-unknown", "u"},
                                                            {"token-catalog-contested", "tfu"},
                                                            {"token-not-listed-for-connected-registry", "f"},
                                                            {"connected-registry-no-entra", "f"},
                                                            {"connected-registry-unknown", "u"},
                                                            {"connected-registry-disabled", "f"},
                                                            {"token-of-other-registry", "f"},
                                                            {"task-default-access", "t"},
                                                            {"task-no-default-access", "f"},
                                                            {"task-no-credential", "f"},
                                                            {"task-disabled", "f"},
                                                            {"task-identity-unknown", "u"},
                                                            {"task-own-credential-open", "u"},
                                                            {"sign-in-needs-no-right", "tu"},
                                                            {"login-server-unknown", "u"},
                                                            {"nothing-to-sign-in", "f"},
                                                            // operations
                                                            {"no-right-exists", "f"},
                                                            {"unsupported-in-mode", "fu"},
                                                            {"soft-delete-contested", "tfu"},
                                                            {"cache-upstream-needs-abac", "f"},
                                                            {"quick-build-needs-caller", "fu"},
                                                            {"quick-build-default-access", "t"},
                                                            {"quick-build-as-nobody", "f"},
                                                            // after authorization
                                                            {"locked-for-read", "f"},
                                                            {"locked-for-write", "f"},
                                                            {"locked-for-delete", "f"},
                                                            {"lock-contested", "u"},
                                                            {"not-locked", "t"},
                                                            {"resource-lock-blocks", "f"},
                                                            {"resource-lock-contested", "tfu"},
                                                            {"quarantined", "f"},
                                                            {"quarantine-reader-may-pull", "t"},
                                                            {"quarantine-state-unknown", "u"},
                                                            {"quarantine-not-asked", "t"},
                                                            {"export-policy-disabled", "f"},
                                                            {"export-allowed", "t"},
                                                            {"export-policy-unknown", "u"},
                                                            {"import-bypass-off", "f"},
                                                            {"import-bypass-unknown", "u"},
                                                            {"import-signed-image", "f"},
                                                            {"import-across-tenants", "f"}};
  return values;
}

int rank(const std::string& value) { return value == "true" ? 2 : value == "unknown" ? 1 : 0; }
std::string named(int rank) { return rank == 2 ? "true" : rank == 1 ? "unknown" : "false"; }

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

class Checker {
 public:
  std::vector<std::string> check(const json& answer) {
    const auto trace = answer.find("trace");
    if (trace == answer.end() || !trace->is_object()) return {"no trace"};
    const std::string value = check_node(*trace, "trace");
    const std::string verdict = text_of(answer, "verdict");
    const std::string follows = value == "true" ? "allow" : value == "false" ? "deny" : "undetermined";
    if (verdict != follows) problem("verdict", "is " + verdict + ", but " + follows + " follows from the trace");
    check_unknowns(answer, verdict);
    for (const json& reason : answer.value("reasons", json::array())) {
      const std::string code = text_of(reason, "code");
      if (!codes_.contains(code)) problem("reasons", "`" + code + "` does not occur in the trace");
    }
    return std::move(problems_);
  }

 private:
  void problem(const std::string& where, const std::string& what) { problems_.push_back(where + ": " + what); }

  /// The value that follows, which is the node's own if nothing is wrong.
  std::string check_node(const json& node, const std::string& path) {
    const std::string reason = text_of(node, "reason");
    const std::string combine = text_of(node, "combine");
    const std::string value = text_of(node, "value");
    const std::string where = path + "/" + reason;
    codes_.insert(reason);
    for (const json& cause : node.value("causes", json::array())) causes_.insert(text_of(cause, "cause"));
    if (value != "true" && value != "false" && value != "unknown") problem(where, "value is `" + value + "`");
    const json children = node.value("children", json::array());
    if (combine == "leaf") {
      check_leaf(node, where, reason, value);
      if (!children.empty()) problem(where, "a leaf has children");
      return value;
    }
    std::vector<int> values;
    for (const json& child : children) values.push_back(rank(check_node(child, where)));
    const std::string follows = combined(combine, values, where);
    if (follows != value) problem(where, "is " + value + ", but " + follows + " follows from its children");
    return follows;
  }

  std::string combined(const std::string& combine, const std::vector<int>& values, const std::string& where) {
    if (combine == "all") return named(values.empty() ? 2 : *std::min_element(values.begin(), values.end()));
    if (combine == "any") return named(values.empty() ? 0 : *std::max_element(values.begin(), values.end()));
    if (combine == "not" && values.size() == 1) return named(2 - values[0]);
    if (combine == "agree" && !values.empty()) {
      const bool same = std::all_of(values.begin(), values.end(), [&](int one) { return one == values[0]; });
      return named(same ? values[0] : 1);
    }
    problem(where, "cannot combine " + std::to_string(values.size()) + " children by `" + combine + "`");
    return "unknown";
  }

  void check_leaf(const json& node, const std::string& where, const std::string& reason, const std::string& value) {
    const auto allowed = allowed_values().find(reason);
    if (allowed == allowed_values().end()) {
      problem(where, "no leaf may have this reason");
    } else if (!value.empty() && allowed->second.find(value[0]) == std::string::npos) {
      problem(where, "is " + value + ", which its reason contradicts");
    }
    const bool has_cause = !node.value("causes", json::array()).empty();
    if (value == "unknown" && !has_cause) problem(where, "unknown without a cause");
    if (value != "unknown" && has_cause) problem(where, "known, but with a cause of doubt");
    check_conditions(node, where, reason);
  }

  void check_conditions(const json& node, const std::string& where, const std::string& reason) {
    std::multiset<std::string> values;
    bool malformed = false;
    for (const json& condition : node.value("conditions", json::array())) {
      const std::string value = text_of(condition, "value");
      values.insert(value);
      malformed = malformed || !condition.value("parses", true);
      const json steps = condition.value("steps", json::array());
      const std::string version = text_of(condition, "version");
      const bool evaluated = version.empty() || version == "2.0";
      if (!steps.empty() && evaluated && text_of(steps[0], "value") != value) {
        problem(where, "the condition is " + value + ", its first step " + text_of(steps[0], "value"));
      }
    }
    const auto among = [&](const char* value) { return values.count(value) > 0; };
    if (reason == "condition-false" && !among("false")) problem(where, "no condition is false");
    if (reason == "condition-unknown" && !among("unknown")) problem(where, "no condition is unknown");
    if (reason == "condition-malformed" && !malformed) problem(where, "every condition parses");
    if (reason == "condition-attribute-not-supplied" && !among("unknown") && !among("false")) {
      problem(where, "no condition is open");
    }
    bool ignored = false;  // a reading under which conditions do not count here
    for (const json& assumption : node.value("assumptions", json::array())) {
      ignored = ignored || text_of(assumption, "reading") == "ignored";
    }
    const bool grants = reason == "grants" || reason == "granted-through-group";
    if (grants && !ignored && (among("false") || malformed)) {
      problem(where, "grants with a condition that does not hold");
    }
    if (reason == "deny-condition-false" && !ignored && !among("false")) {
      problem(where, "no condition of the deny is false");
    }
  }

  void check_unknowns(const json& answer, const std::string& verdict) {
    const json unknowns = answer.value("unknowns", json::array());
    if (verdict == "undetermined" && unknowns.empty()) problem("unknowns", "undetermined without a cause");
    if (verdict != "undetermined" && !unknowns.empty()) problem("unknowns", "causes of doubt in a firm answer");
    for (const json& unknown : unknowns) {
      const std::string cause = text_of(unknown, "cause");
      if (!causes_.contains(cause)) problem("unknowns", "`" + cause + "` does not occur in the trace");
      if (text_of(unknown, "needs").empty()) problem("unknowns", "`" + cause + "` does not say what it needs");
    }
  }

  std::vector<std::string> problems_;
  std::set<std::string> codes_, causes_;
};

}  // namespace

std::vector<std::string> trace_problems(std::string_view answer_line) {
  const json answer = json::parse(answer_line, nullptr, false);
  if (!answer.is_object()) return {"not a JSON object"};
  return Checker().check(answer);
}

}  // namespace acrbiter::support
