// Asks one question through the installed library: a registry without any role assignment lets nobody pull.
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

  const std::array documents = {parser::NamedText{.name = "registries.json", .text = kRegistries}};
  const auto snapshot = parser::read_documents(documents);
  if (!snapshot.has_value()) return fail("the registry was not read");

  const evaluator::Engine engine(*snapshot);
  evaluator::Question question;
  question.principal = "11111111-1111-4111-8111-111111111111";
  question.registry = "sample";
  question.operation = "pull";
  question.repository = "team/app";
  const auto resolved = engine.resolve(question);
  if (!resolved.has_value()) return fail("the question was not understood");
  if (engine.decide(*resolved) != evaluator::Verdict::Deny) return fail("a pull without any grant was not denied");
  std::puts("consumer: denied, as expected");
  return 0;
}
