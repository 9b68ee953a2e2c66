// Asks one question through the installed library: who holds AcrPull on a registry pulls, and nobody else does.
#include <array>
#include <cstdio>

#include "evaluator/engine.h"
#include "parser/condition_parser.h"
#include "parser/read.h"

namespace {

constexpr const char* kRegistries = R"([{
  "id": "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/sample",
  "name": "sample", "type": "Microsoft.ContainerRegistry/registries", "location": "westeurope",
  "loginServer": "sample.azurecr.io", "roleAssignmentMode": "LegacyRegistryPermissions", "sku": {"name": "Premium"}
}])";

constexpr const char* kAssignments = R"([{
  "principalId": "11111111-1111-4111-8111-111111111111", "principalType": "User", "condition": null,
  "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
  "scope": "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg"
}])";

int fail(const char* what) {
  std::fprintf(stderr, "consumer: %s\n", what);
  return 1;
}

}  // namespace

int main() {
  using namespace acrbiter;

  const auto condition = parser::parse_condition(
      "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase 'team/'");
  if (!condition.has_value()) return fail("a condition did not parse");

  const std::array documents = {parser::NamedText{.name = "registries.json", .text = kRegistries},
                                parser::NamedText{.name = "assignments.json", .text = kAssignments}};
  const auto snapshot = parser::read_documents(documents);
  if (!snapshot.has_value()) return fail("the registry was not read");

  const evaluator::Engine engine(*snapshot);
  for (const bool holder : {true, false}) {
    evaluator::Question question;
    question.principal = holder ? "11111111-1111-4111-8111-111111111111" : "22222222-2222-4222-8222-222222222222";
    question.registry = "sample";
    question.operation = "pull";
    question.repository = "team/app";
    const auto resolved = engine.resolve(question);
    if (!resolved.has_value()) return fail("the question was not understood");
    const auto expected = holder ? evaluator::Verdict::Allow : evaluator::Verdict::Deny;
    if (engine.decide(*resolved) != expected) return fail("the answer is another");
  }
  std::puts("consumer: allowed and denied, as expected");
  return 0;
}
