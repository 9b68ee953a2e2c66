// Groups nested 10,000 deep, as exported and asked about by the program: the answers are those of a short chain, rings
// of groups end, and nothing descends so deep that the stack is at its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "evaluator/engine.h"
#include "evaluator/sets/access.h"
#include "parser/read.h"
#include "tests/support/sanitized.h"
#include "tests/support/workspace.h"

namespace acrbiter {
namespace {

using evaluator::Verdict;
using nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t kDepth = 10'000;
constexpr std::string_view kSubscription = "/subscriptions/22222222-2222-2222-2222-222222222222";
const std::string kRegistry =
    std::string(kSubscription) + "/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/contoso";

/// Does `work` on a stack that 10,000 calls of one function overflow: 53 bytes a call (the sanitizers' take more).
void on_a_small_stack(const std::function<void()>& work) {
  constexpr std::size_t kBytes = std::size_t{support::kSanitized ? 2048U : 512U} << 10U;
  pthread_attr_t attributes;
  pthread_t thread{};
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kBytes), 0);
  const auto call = [](void* what) -> void* {
    (*static_cast<const std::function<void()>*>(what))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, call, const_cast<std::function<void()>*>(&work)), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

std::string guid(std::size_t number) {
  std::string digits = std::to_string(number);
  return "00000000-0000-0000-0000-" + std::string(12 - digits.size(), '0') + digits;
}
std::string group(std::size_t number) { return guid(number); }
const std::string kAnn = guid(900'001), kBen = guid(900'002);

/// g0 holds g1, which holds g2, …; ann is in the last of them, ben in none.
class Chain {
 public:
  Chain() {
    for (std::size_t i = 0; i < kDepth; ++i) {
      groups_.push_back({{"id", group(i)}, {"displayName", "g" + std::to_string(i)}, {"members", json::array()}});
      if (i > 0) add(i - 1, "group", group(i));
    }
    add(kDepth - 1, "user", kAnn);
  }

  Chain& add(std::size_t to, const std::string& type, const std::string& id) {
    groups_.at(to).at("members").push_back({{"@odata.type", "#microsoft.graph." + type}, {"id", id}});
    return *this;
  }
  /// Takes the group below `number` out of it.
  Chain& cut_below(std::size_t number) {
    groups_.at(number).at("members") = json::array();
    return *this;
  }
  Chain& deny(const std::string& action) {
    denied_ = action;
    return *this;
  }

  struct File {
    std::string name, text;
  };
  [[nodiscard]] std::vector<File> files() const {
    const auto under = [](std::string_view kind) {
      return std::string(kSubscription) + "/providers/Microsoft.Authorization/" + std::string(kind) + "/" + guid(1);
    };
    const auto user = [](const std::string& id, const std::string& name) {
      return json{{"@odata.type", "#microsoft.graph.user"}, {"id", id}, {"userPrincipalName", name + "@contoso.com"}};
    };
    std::vector<File> all = {{"groups.json", json{{"value", groups_}}.dump()},
                             {"users.json", json{{"value", {user(kAnn, "ann"), user(kBen, "ben")}}}.dump()},
                             {"registries.json", json::array({{{"id", kRegistry},
                                                               {"name", "contoso"},
                                                               {"type", "Microsoft.ContainerRegistry/registries"},
                                                               {"loginServer", "contoso.azurecr.io"},
                                                               {"adminUserEnabled", false},
                                                               {"anonymousPullEnabled", false},
                                                               {"roleAssignmentMode", "LegacyRegistryPermissions"}}})
                                                     .dump()},
                             {"assignments.json", json::array({{{"id", under("roleAssignments")},
                                                                {"name", guid(1)},
                                                                {"principalId", group(0)},
                                                                {"principalType", "Group"},
                                                                {"condition", nullptr},
                                                                {"conditionVersion", nullptr},
                                                                {"roleDefinitionId",
                                                                 "/providers/Microsoft.Authorization/roleDefinitions/"
                                                                 "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
                                                                {"scope", kSubscription},
                                                                {"type", "Microsoft.Authorization/roleAssignments"}}})
                                                      .dump()}};
    if (!denied_.empty()) {
      const json deny = {{"denyAssignmentName", "stop"},
                         {"scope", kSubscription},
                         {"permissions", {{{"actions", {denied_}}, {"notActions", json::array()}}}},
                         {"principals", {{{"id", group(0)}, {"type", "Group"}}}},
                         {"excludePrincipals", json::array()}};
      all.push_back({"denies.json", json{{"value",
                                          {{{"id", under("denyAssignments")},
                                            {"type", "Microsoft.Authorization/denyAssignments"},
                                            {"name", guid(1)},
                                            {"properties", deny}}}}}
                                        .dump()});
    }
    return all;
  }

 private:
  json groups_ = json::array();
  std::string denied_;
};

/// The first way through groups in a trace, or nullptr.
const json* first_path(const json& node) {
  if (node.contains("path")) return &node.at("path");
  for (const json& child : node.at("children")) {
    if (const json* const found = first_path(child)) return found;
  }
  return nullptr;
}

/// The verdict on `who` pulling, which all ways of deciding agree on.
void expect_pull(const Chain& chain, const std::string& who, Verdict expected) {
  SCOPED_TRACE(who == kAnn ? "ann" : "ben");
  on_a_small_stack([&] {
    const std::vector<Chain::File> files = chain.files();
    std::vector<parser::NamedText> documents;
    for (const Chain::File& file : files) documents.push_back({.name = file.name, .text = file.text});
    const auto snapshot = parser::read_documents(documents);
    ASSERT_TRUE(snapshot) << snapshot.error().front().message;
    const evaluator::Engine engine(*snapshot);
    evaluator::Question question;
    question.principal = who;
    question.operation = "pull";
    question.registry = "contoso";
    question.repository = "app";
    const auto resolved = engine.resolve(question);
    ASSERT_TRUE(resolved) << resolved.error().code;
    EXPECT_EQ(engine.decide(*resolved), expected);
    evaluator::Decision decision = engine.explain(*resolved);
    EXPECT_EQ(decision.verdict, expected);
    engine.unfold(decision);
    static_cast<void>(engine.hints(*resolved, decision));

    const evaluator::AccessSets sets(engine);
    const evaluator::Operation* const pull = evaluator::find_operation("pull");
    ASSERT_NE(pull, nullptr);
    bool is_holder = false;
    for (const auto& holder : sets.who_can(0, *pull, "app")) {
      const auto* entra = std::get_if<evaluator::EntraAsker>(&sets.askers()[model::at(holder.asker)]);
      if (entra != nullptr && (*snapshot)[entra->principal].id == who) is_holder = true;
    }
    EXPECT_EQ(is_holder, expected == Verdict::Allow);
  });
}

TEST(DeepGroups, WhoIsInTheLastHasTheRoleOfTheFirst) {
  const Chain chain;
  expect_pull(chain, kAnn, Verdict::Allow);
  expect_pull(chain, kBen, Verdict::Deny);
}

TEST(DeepGroups, OneLinkThatIsMissingEndsTheChain) {
  expect_pull(Chain().cut_below(kDepth / 2), kAnn, Verdict::Deny);
  expect_pull(Chain().cut_below(kDepth / 2).add(kDepth / 2 - 1, "user", kBen), kBen, Verdict::Allow);
}

TEST(DeepGroups, ARingOfAllGroupsEnds) {
  const Chain ring = Chain().add(kDepth - 1, "group", group(0));
  expect_pull(ring, kAnn, Verdict::Allow);
  expect_pull(ring, kBen, Verdict::Deny);
}

TEST(DeepGroups, ARingAtTheEndOfTheChainEnds) {
  const Chain chain = Chain().add(kDepth - 1, "group", group(kDepth - 2)).add(kDepth - 1, "group", group(kDepth - 1));
  expect_pull(chain, kAnn, Verdict::Allow);
  expect_pull(chain, kBen, Verdict::Deny);
  // Whoever is in the ring alone is not in the chain above it.
  expect_pull(Chain(chain).cut_below(kDepth - 3), kAnn, Verdict::Deny);
}

TEST(DeepGroups, ADenyOfTheFirstReachesWhoIsInTheLast) {
  expect_pull(Chain().deny("Microsoft.ContainerRegistry/registries/pull/read"), kAnn, Verdict::Deny);
  expect_pull(Chain().deny("Microsoft.ContainerRegistry/registries/push/write"), kAnn, Verdict::Allow);
}

TEST(DeepGroups, TheDataSaysEveryGroupOnTheWayAndTheTextTheFirstAndTheLast) {
  const support::Workspace workspace;
  std::filesystem::create_directory("data");
  for (const Chain::File& file : Chain().files()) std::ofstream("data/" + file.name) << file.text;
  const auto run = [](std::vector<std::string> args, int exit) {
    args.insert(args.end(), {"--data", "data"});
    std::ostringstream out, err;
    on_a_small_stack([&] {
      std::istringstream in;
      EXPECT_EQ(cli::run(args, in, out, err), exit) << err.str();
    });
    return out.str();
  };
  const json line = json::parse(run({"can-i", "pull", "contoso/app", "--as", kAnn, "--explain", "-o", "json"}, 0));
  EXPECT_EQ(line.at("verdict"), "allow");
  std::vector<std::string> way = {"ann@contoso.com"};
  for (std::size_t i = kDepth; i-- > 0;) way.push_back("g" + std::to_string(i));
  const json* const path = first_path(line.at("trace"));
  ASSERT_NE(path, nullptr);
  EXPECT_TRUE(*path == json(way)) << "has " << path->size() << " steps";
  EXPECT_THAT(run({"can-i", "pull", "contoso/app", "--as", kAnn, "--width", "1000"}, 0),
              HasSubstr("in group g9996, in 9994 more, in group g1, in group g0."));
  EXPECT_THAT(run({"can-i", "push", "contoso/app", "--as", kAnn, "--explain"}, 1), HasSubstr("AcrPush"));
  EXPECT_THAT(run({"who-can", "pull", "contoso/app"}, 0), HasSubstr("ann@contoso.com"));
  EXPECT_THAT(run({"what-can", kAnn}, 0), HasSubstr("pull"));
  EXPECT_THAT(run({"snapshot", "show"}, 0), HasSubstr("10000"));
}

}  // namespace
}  // namespace acrbiter
