#include "bench/generate_estate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <random>
#include <span>
#include <utility>

namespace acrbiter::bench {
namespace {

constexpr std::string_view kDataActionPrefix = "Microsoft.ContainerRegistry/registries/repositories/";
constexpr std::string_view kNameAttribute = "Microsoft.ContainerRegistry/registries/repositories:name";
constexpr std::string_view kGroupsOfPath = "/providers/Microsoft.Management/managementGroups/";

/// std::mt19937_64 gives the same numbers everywhere; the distributions of the standard library do not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// In [0, 1).
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  /// In [0, n); `n` > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(unit() * static_cast<double>(n)); }
  /// In [0, n), the lower the likelier: `skew` 1 is even.
  std::size_t skewed(std::size_t n, double skew) {
    return static_cast<std::size_t>(std::pow(unit(), skew) * static_cast<double>(n));
  }
  bool chance(double p) { return unit() < p; }

  std::string guid() {
    const std::uint64_t a = engine_();
    const std::uint64_t b = engine_();
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xFFFF, a & 0xFFF,
                       0x8000 | ((b >> 48) & 0x3FFF), b & 0xFFFF'FFFF'FFFF);
  }

 private:
  std::mt19937_64 engine_;
};

/// One file being written: hands its text to the sink a megabyte at a time.
class Writer {
 public:
  Writer(const EstateSink& sink, std::string name) : sink_(sink), name_(std::move(name)) {}
  ~Writer() { flush(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    if (text_.size() >= kPiece) flush();
  }

  /// The elements of one JSON array: `element(i)` prints the i-th without a comma or line end.
  template <class Element>
  void array(std::size_t count, Element element) {
    print("[\n");
    for (std::size_t i = 0; i < count; ++i) {
      element(i);
      print("{}\n", i + 1 < count ? "," : "");
    }
    print("]\n");
  }

 private:
  static constexpr std::size_t kPiece = 1 << 20;
  void flush() {
    if (!text_.empty()) sink_(name_, text_);
    text_.clear();
  }

  const EstateSink& sink_;
  std::string name_;
  std::string text_;
};

struct Role {
  std::string_view name, guid;
};
// Built-in roles as the catalogue knows them.
constexpr Role kReader{"Container Registry Repository Reader", "b93aa761-3e63-49ed-ac28-beffa264f7ac"};
constexpr Role kWriter{"Container Registry Repository Writer", "2a1e307c-b015-4ebd-883e-5b7698a07328"};
constexpr Role kContributor{"Container Registry Repository Contributor", "2efddaa5-3f1f-4df3-97df-af3f13818f4c"};
constexpr Role kLister{"Container Registry Repository Catalog Lister", "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7"};
constexpr std::array kLegacyRoles = {Role{"AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
                                     Role{"AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"},
                                     Role{"AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11"}};
constexpr std::array kGeneralRoles = {Role{"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"},
                                      Role{"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"},
                                      Role{"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}};
// Custom roles, defined in the estate: one for data, one for the control plane, some that say nothing of registries.
constexpr std::array kCustomRoles = {Role{"Image Promoter", "5a6f1c52-0f7e-4c0b-9a55-0b7b3fd1a001"},
                                     Role{"Registry Settings Reader", "5a6f1c52-0f7e-4c0b-9a55-0b7b3fd1a002"},
                                     Role{"Virtual Machine Starter", "5a6f1c52-0f7e-4c0b-9a55-0b7b3fd1a003"},
                                     Role{"Secret Reader", "5a6f1c52-0f7e-4c0b-9a55-0b7b3fd1a004"},
                                     Role{"Blob Uploader", "5a6f1c52-0f7e-4c0b-9a55-0b7b3fd1a005"}};
constexpr std::size_t kFirstUnrelatedRole = 2;

constexpr std::array<std::string_view, 2> kReads = {"content/read", "metadata/read"};
constexpr std::array<std::string_view, 4> kWrites = {"content/read", "content/write", "metadata/read",
                                                     "metadata/write"};
constexpr std::array<std::string_view, 6> kEverything = {"content/read",  "content/write",  "content/delete",
                                                         "metadata/read", "metadata/write", "metadata/delete"};

/// `((!(ActionMatches{…}) AND …) OR (expression))`, the shape that the portal writes.
std::string gated(std::span<const std::string_view> actions, std::string_view expression) {
  std::string text = "((";
  for (std::size_t i = 0; i < actions.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}!(ActionMatches{{'{}{}'}})", i == 0 ? "" : " AND ", kDataActionPrefix,
                   actions[i]);
  }
  return fmt::format("{}) OR ({}))", text, expression);
}

struct World {
  struct Person {
    std::string id, name;
    bool user = true;
  };
  struct Registry {
    std::string name, id, resource_group;
    std::size_t first_team = 0;
  };
  std::vector<std::string> management_groups, subscriptions, resource_groups;  ///< ARM ids
  std::vector<std::size_t> group_of_subscription, subscription_of_group;
  std::vector<Registry> registries;
  std::vector<Person> people;
  std::vector<std::string> groups;
  std::vector<std::vector<std::size_t>> group_members;   ///< people
  std::vector<std::vector<std::size_t>> nested_members;  ///< groups
};

/// Repositories come in teams of ten. A registry holds a run of teams; its neighbours share some of them.
constexpr std::size_t kRepositoriesPerTeam = 10;

std::string repository_name(std::size_t team, std::size_t app) {
  if (app < 7) return fmt::format("team-{}/app-{}", team, app);
  if (app < 9) return fmt::format("team-{}/svc-{}/image", team, app);
  return fmt::format("team-{}/runtime-base", team);
}

class Generator {
 public:
  Generator(const EstateSize& size, std::uint64_t seed, const EstateSink& sink)
      : size_(size), dice_(seed), sink_(sink) {
    teams_per_registry_ = std::max<std::size_t>(1, size.repositories_per_registry / kRepositoriesPerTeam);
    teams_ = teams_per_registry_ * 8;
  }

  std::vector<evaluator::Question> run() {
    hierarchy();
    custom_roles();
    registries();
    directory();
    role_assignments();
    return questions();
  }

 private:
  void hierarchy() {
    for (std::size_t i = 0; i < size_.management_groups; ++i) {
      estate_.management_groups.push_back(fmt::format("{}estate-{}", kGroupsOfPath, i));
    }
    for (std::size_t i = 0; i < size_.subscriptions; ++i) {
      estate_.subscriptions.push_back("/subscriptions/" + dice_.guid());
      estate_.group_of_subscription.push_back(i % size_.management_groups);
    }
    for (std::size_t i = 0; i < size_.resource_groups; ++i) {
      const std::size_t subscription = i % size_.subscriptions;
      estate_.subscription_of_group.push_back(subscription);
      estate_.resource_groups.push_back(fmt::format("{}/resourceGroups/rg-{}", estate_.subscriptions[subscription], i));
    }

    Writer out(sink_, "management-groups.json");
    tree(out, 0, 0);
    out.print("\n");
  }

  /// Group `i` has the groups 2i+1 and 2i+2 below it, as in a heap, and its subscriptions.
  void tree(Writer& out, std::size_t group, std::size_t depth) {
    const std::string indent(2 * depth, ' ');
    out.print("{0}{{\n{0}  \"id\": \"{1}\",\n{0}  \"name\": \"estate-{2}\",\n{0}  \"displayName\": \"Estate {2}\",\n",
              indent, estate_.management_groups[group], group);
    out.print("{0}  \"type\": \"Microsoft.Management/managementGroups\",\n{0}  \"children\": [", indent);
    bool first = true;
    const auto separate = [&] {
      out.print("{}\n", first ? "" : ",");
      first = false;
    };
    for (const std::size_t child : {2 * group + 1, 2 * group + 2}) {
      if (child >= size_.management_groups) continue;
      separate();
      tree(out, child, depth + 1);
    }
    for (std::size_t i = group; i < size_.subscriptions; i += size_.management_groups) {
      separate();
      out.print(
          "{0}  {{\n{0}    \"id\": \"{1}\",\n{0}    \"name\": \"{2}\",\n{0}    \"displayName\": \"Subscription {3}\",\n"
          "{0}    \"type\": \"/subscriptions\",\n{0}    \"children\": null\n{0}  }}",
          indent, estate_.subscriptions[i], estate_.subscriptions[i].substr(15), i);
    }
    out.print("\n{0}  ]\n{0}}}", indent);
  }

  void custom_roles() {
    constexpr std::array<std::pair<std::string_view, std::string_view>, kCustomRoles.size()> kGrants = {
        {{"",
          "\"Microsoft.ContainerRegistry/registries/repositories/content/read\", "
          "\"Microsoft.ContainerRegistry/registries/repositories/content/write\""},
         {"\"Microsoft.ContainerRegistry/registries/read\"", ""},
         {"\"Microsoft.Compute/virtualMachines/start/action\"", ""},
         {"", "\"Microsoft.KeyVault/vaults/secrets/getSecret/action\""},
         {"", "\"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write\""}}};
    Writer out(sink_, "custom-roles.json");
    out.array(kCustomRoles.size(), [&](std::size_t i) {
      out.print(
          "  {{\n    \"assignableScopes\": [\"{0}\"],\n    \"id\": "
          "\"{0}/providers/Microsoft.Authorization/roleDefinitions/"
          "{1}\",\n    \"name\": \"{1}\",\n    \"permissions\": [{{\"actions\": [{2}], \"condition\": null, "
          "\"conditionVersion\": null, \"dataActions\": [{3}], \"notActions\": [], \"notDataActions\": []}}],\n"
          "    \"roleName\": \"{4}\",\n    \"roleType\": \"CustomRole\",\n"
          "    \"type\": \"Microsoft.Authorization/roleDefinitions\"\n  }}",
          estate_.subscriptions[0], kCustomRoles[i].guid, kGrants[i].first, kGrants[i].second, kCustomRoles[i].name);
    });
  }

  void registries() {
    {
      Writer out(sink_, "registries.json");
      out.array(size_.registries, [&](std::size_t i) {
        const std::size_t group = i % size_.resource_groups;
        World::Registry& registry = estate_.registries.emplace_back();
        registry.name = fmt::format("estate{:05}", i);
        registry.resource_group = fmt::format("rg-{}", group);
        registry.id = fmt::format("{}/providers/Microsoft.ContainerRegistry/registries/{}",
                                  estate_.resource_groups[group], registry.name);
        registry.first_team = i * 7 % teams_;
        out.print(
            "  {{\n    \"adminUserEnabled\": false,\n    \"anonymousPullEnabled\": false,\n    \"id\": \"{}\",\n"
            "    \"location\": \"westeurope\",\n    \"loginServer\": \"{}.azurecr.io\",\n    \"name\": \"{}\",\n"
            "    \"publicNetworkAccess\": \"Enabled\",\n    \"resourceGroup\": \"{}\",\n"
            "    \"roleAssignmentMode\": \"{}\",\n    \"sku\": {{\n      \"name\": \"Premium\",\n"
            "      \"tier\": \"Premium\"\n    }},\n    \"type\": \"Microsoft.ContainerRegistry/registries\"\n  }}",
            registry.id, registry.name, registry.name, registry.resource_group,
            dice_.chance(0.7) ? "AbacRepositoryPermissions" : "LegacyRegistryPermissions");
      });
    }
    for (const World::Registry& registry : estate_.registries) {
      Writer out(sink_, fmt::format("repositories-{}.json", registry.name));
      out.array(size_.repositories_per_registry,
                [&](std::size_t i) { out.print("  \"{}\"", repository(registry, i)); });
    }
  }

  [[nodiscard]] std::size_t team(const World::Registry& registry, std::size_t i) const {
    return (registry.first_team + i) % teams_;
  }
  [[nodiscard]] std::string repository(const World::Registry& registry, std::size_t i) const {
    return repository_name(team(registry, i / kRepositoriesPerTeam), i % kRepositoriesPerTeam);
  }

  void directory() {
    for (std::size_t i = 0; i < size_.principals; ++i) {
      const bool user = dice_.chance(0.6);
      estate_.people.push_back(
          {dice_.guid(), user ? fmt::format("person{}@contoso.com", i) : fmt::format("sp-{}", i), user});
    }
    for (std::size_t i = 0; i < size_.groups; ++i) estate_.groups.push_back(dice_.guid());
    estate_.group_members.resize(size_.groups);
    estate_.nested_members.resize(size_.groups);
    // A group that holds another has the lower number, so that nesting has no cycle.
    for (std::size_t i = 4; i < size_.groups; ++i) {
      const double u = dice_.unit();
      const std::size_t parents = u < 0.4 ? 0 : u < 0.8 ? 1 : 2;
      for (std::size_t k = 0; k < parents; ++k) {
        std::vector<std::size_t>& members = estate_.nested_members[dice_.below(i / 2)];
        if (std::find(members.begin(), members.end(), i) == members.end()) members.push_back(i);
      }
    }
    for (std::size_t i = 0; i < size_.principals; ++i) {
      std::vector<std::size_t> mine{dice_.skewed(size_.groups, 1.2)};
      while (mine.size() < 12 && dice_.chance(0.75)) mine.push_back(dice_.skewed(size_.groups, 1.2));
      std::sort(mine.begin(), mine.end());
      mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
      for (const std::size_t group : mine) estate_.group_members[group].push_back(i);
    }
    write_people("users.json", true);
    write_people("service-principals.json", false);
    {
      Writer out(sink_, "groups.json");
      out.array(size_.groups, [&](std::size_t i) {
        out.print(
            "  {{\n    \"displayName\": \"group-{}\",\n    \"groupTypes\": [],\n    \"id\": \"{}\",\n    \"mail\": "
            "null,\n"
            "    \"mailEnabled\": false,\n    \"securityEnabled\": true\n  }}",
            i, estate_.groups[i]);
      });
    }
    write_members();
  }

  void write_people(std::string name, bool users) {
    Writer out(sink_, std::move(name));
    out.print("[");
    bool first = true;
    for (const World::Person& person : estate_.people) {
      if (person.user != users) continue;
      out.print("{}\n  {{\n    \"displayName\": \"{}\",\n    \"id\": \"{}\",\n", first ? "" : ",", person.name,
                person.id);
      if (users) {
        out.print("    \"mail\": \"{0}\",\n    \"userPrincipalName\": \"{0}\"\n  }}", person.name);
      } else {
        out.print("    \"appId\": \"{}\",\n    \"servicePrincipalType\": \"Application\"\n  }}", dice_.guid());
      }
      first = false;
    }
    out.print("\n]\n");
  }

  /// One line per group: its direct members, wrapped with the id of the group.
  void write_members() {
    Writer out(sink_, "group-members.jsonl");
    for (std::size_t i = 0; i < size_.groups; ++i) {
      out.print("{{\"groupId\": \"{}\", \"value\": [", estate_.groups[i]);
      bool first = true;
      const auto member = [&](std::string_view type, std::string_view id) {
        out.print("{}{{\"@odata.type\": \"#microsoft.graph.{}\", \"id\": \"{}\"}}", first ? "" : ", ", type, id);
        first = false;
      };
      for (const std::size_t group : estate_.nested_members[i]) member("group", estate_.groups[group]);
      for (const std::size_t person : estate_.group_members[i]) {
        member(estate_.people[person].user ? "user" : "servicePrincipal", estate_.people[person].id);
      }
      out.print("]}}\n");
    }
  }

  struct Place {
    std::string scope;
    std::string resource_group;  ///< empty above a resource group
    const World::Registry* registry = nullptr;
  };

  Place place(bool registry_role) {
    const double u = dice_.unit();
    if (u < 0.01) {
      const std::size_t group = dice_.below(size_.management_groups);
      // Azure allows 500 role assignments on a management group.
      if (at_management_group_.size() < size_.management_groups) at_management_group_.resize(size_.management_groups);
      if (++at_management_group_[group] <= 500) return {estate_.management_groups[group], {}, nullptr};
    }
    if (u < 0.14) return {estate_.subscriptions[dice_.below(size_.subscriptions)], {}, nullptr};
    const std::size_t group = dice_.below(size_.resource_groups);
    if (u < 0.28) return {estate_.resource_groups[group], fmt::format("rg-{}", group), nullptr};
    if (!registry_role) {
      return {fmt::format("{}/providers/Microsoft.Storage/storageAccounts/st{}", estate_.resource_groups[group],
                          dice_.below(10'000)),
              fmt::format("rg-{}", group), nullptr};
    }
    const World::Registry& registry = estate_.registries[dice_.below(size_.registries)];
    return {registry.id, registry.resource_group, &registry};
  }

  /// Predicates over the repository name, in the four shapes that real conditions have.
  std::string predicate(const World::Registry* registry, std::size_t& team_named) {
    const auto any_team = [&] {
      return registry == nullptr ? dice_.below(teams_) : team(*registry, dice_.below(teams_per_registry_));
    };
    const auto request = [](std::string_view op, std::string_view value) {
      return fmt::format("@Request[{}] {} '{}'", kNameAttribute, op, value);
    };
    team_named = any_team();
    const double u = dice_.unit();
    const std::string prefix = request("StringStartsWithIgnoreCase", fmt::format("team-{}/", team_named));
    if (u < 0.50) return prefix;
    if (u < 0.75) return request("StringEqualsIgnoreCase", repository_name(team_named, dice_.below(7)));
    if (u < 0.95) {
      return fmt::format("{} OR {}", prefix,
                         request("StringStartsWithIgnoreCase", fmt::format("team-{}/svc-", any_team())));
    }
    return request("StringLikeIgnoreCase", fmt::format("team-{}/*-base", team_named));
  }

  struct Grant {
    Role role;
    std::span<const std::string_view> gates;  ///< of its condition; empty: it never has one
  };

  Grant grant() {
    const double u = dice_.unit();
    if (u < 0.35) return {kReader, kReads};
    if (u < 0.49)
      return dice_.chance(0.8) ? Grant{kWriter, kWrites} : Grant{kWriter, kReads};  // a fifth forgets the writes
    if (u < 0.55) return {kContributor, kEverything};
    if (u < 0.62) return {kLister, {}};
    if (u < 0.80) return {kLegacyRoles[dice_.skewed(kLegacyRoles.size(), 2)], {}};
    if (u < 0.90) return {kGeneralRoles[dice_.below(kGeneralRoles.size())], {}};
    if (u < 0.96) return {kCustomRoles[0], std::span(kWrites).first(2)};
    return {kCustomRoles[1], {}};
  }

  void role_assignments() {
    Writer out(sink_, "role-assignments.json");
    out.array(size_.role_assignments, [&](std::size_t i) {
      const bool registry_role = dice_.chance(0.8);
      const std::size_t unrelated = kFirstUnrelatedRole + dice_.below(kCustomRoles.size() - kFirstUnrelatedRole);
      const Grant granted = registry_role ? grant() : Grant{kCustomRoles[unrelated], {}};
      const Place where = place(registry_role);
      const bool to_group = dice_.chance(0.55);
      const std::size_t holder = to_group ? dice_.skewed(size_.groups, 1.5) : dice_.below(size_.principals);
      const std::string& principal = to_group ? estate_.groups[holder] : estate_.people[holder].id;

      std::size_t team_named = 0;
      std::string condition = "null";
      std::string_view version = "null";
      if (!granted.gates.empty() && dice_.chance(where.registry != nullptr ? 0.7 : 0.4)) {
        condition = fmt::format("\"{}\"", gated(granted.gates, predicate(where.registry, team_named)));
        version = "\"2.0\"";
      }
      if (registry_role && where.registry != nullptr && hints_.size() < kHints) {
        hints_.push_back({to_group, holder, where.registry, team_named});
      }
      write_assignment(out, i, granted.role, where, principal,
                       to_group ? fmt::format("group-{}", holder) : estate_.people[holder].name,
                       to_group                      ? "Group"
                       : estate_.people[holder].user ? "User"
                                                     : "ServicePrincipal",
                       condition, version);
    });
  }

  void write_assignment(Writer& out, std::size_t i, const Role& role, const Place& where, std::string_view principal,
                        std::string_view principal_name, std::string_view principal_type, std::string_view condition,
                        std::string_view version) {
    const std::string name = dice_.guid();
    const std::string time = fmt::format("2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00", 1 + i % 9, 1 + i % 28,
                                         i % 24, i % 60, i * 7 % 60, i * 7919 % 1'000'000);
    const std::string& author = estate_.people[i % size_.principals].id;
    const std::string subscription =
        where.scope.starts_with("/subscriptions/") ? where.scope.substr(0, 15 + 36) : std::string();
    out.print(
        "  {{\n    \"condition\": {},\n    \"conditionVersion\": {},\n    \"createdBy\": \"{}\",\n"
        "    \"createdOn\": \"{}\",\n    \"delegatedManagedIdentityResourceId\": null,\n",
        condition, version, author, time);
    if (i % 3 == 0) {
      out.print("    \"description\": \"ticket {} for {}\",\n", i, role.name);
    } else {
      out.print("    \"description\": null,\n");
    }
    out.print(
        "    \"id\": \"{0}/providers/Microsoft.Authorization/roleAssignments/{1}\",\n    \"name\": \"{1}\",\n"
        "    \"principalId\": \"{2}\",\n    \"principalName\": \"{3}\",\n    \"principalType\": \"{4}\",\n",
        where.scope, name, principal, principal_name, principal_type);
    if (!where.resource_group.empty()) out.print("    \"resourceGroup\": \"{}\",\n", where.resource_group);
    out.print(
        "    \"roleDefinitionId\": \"{}/providers/Microsoft.Authorization/roleDefinitions/{}\",\n"
        "    \"roleDefinitionName\": \"{}\",\n    \"scope\": \"{}\",\n"
        "    \"type\": \"Microsoft.Authorization/roleAssignments\",\n    \"updatedBy\": \"{}\",\n"
        "    \"updatedOn\": \"{}\"\n  }}",
        subscription, role.guid, role.name, where.scope, author, time);
  }

  /// Somebody who gets what is assigned to the group, if there is anybody.
  std::size_t person_in(std::size_t group) {
    for (int depth = 0; depth < 8; ++depth) {
      const std::vector<std::size_t>& people = estate_.group_members[group];
      const std::vector<std::size_t>& nested = estate_.nested_members[group];
      if (!nested.empty() && (people.empty() || dice_.chance(0.3))) {
        group = nested[dice_.below(nested.size())];
      } else if (!people.empty()) {
        return people[dice_.below(people.size())];
      } else {
        break;
      }
    }
    return dice_.below(size_.principals);
  }

  std::vector<evaluator::Question> questions() {
    constexpr std::array<std::string_view, 6> kOperations = {"pull",      "push",           "delete",
                                                             "list-tags", "set-attributes", "show-attributes"};
    std::vector<evaluator::Question> questions(size_.questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      evaluator::Question& question = questions[i];
      std::size_t person = dice_.below(size_.principals);
      const World::Registry* registry = &estate_.registries[dice_.below(size_.registries)];
      std::size_t index = dice_.below(size_.repositories_per_registry);
      if (!hints_.empty() && dice_.chance(0.5)) {
        const Hint& hint = hints_[dice_.below(hints_.size())];
        person = hint.to_group ? person_in(hint.holder) : hint.holder;
        registry = hint.registry;
        const std::size_t near = (hint.team + teams_ - registry->first_team) % teams_;
        if (near < teams_per_registry_ && dice_.chance(0.7)) {
          index = std::min(near * kRepositoriesPerTeam + dice_.below(kRepositoriesPerTeam),
                           size_.repositories_per_registry - 1);
        }
      }
      question.id = fmt::format("q{}", i);
      question.principal = dice_.chance(0.7) ? estate_.people[person].id : estate_.people[person].name;
      question.operation = dice_.chance(0.5) ? kOperations[0] : kOperations[dice_.below(kOperations.size())];
      question.registry = registry->name;
      question.repository = repository(*registry, index);
    }
    return questions;
  }

  /// Where a grant is, so that questions can be asked near it.
  struct Hint {
    bool to_group = false;
    std::size_t holder = 0;
    const World::Registry* registry = nullptr;
    std::size_t team = 0;
  };
  static constexpr std::size_t kHints = 50'000;

  EstateSize size_;
  Dice dice_;
  const EstateSink& sink_;
  World estate_;
  std::vector<std::size_t> at_management_group_;
  std::vector<Hint> hints_;
  std::size_t teams_per_registry_ = 0;
  std::size_t teams_ = 0;
};

}  // namespace

EstateSize estate_size(std::size_t role_assignments) {
  const auto share = [&](std::size_t per, std::size_t at_least) { return std::max(at_least, role_assignments / per); };
  return {.role_assignments = role_assignments,
          .management_groups = share(10'000, 3),
          .subscriptions = share(2'500, 4),
          .resource_groups = share(1'000, 8),
          .registries = share(500, 4),
          .repositories_per_registry = 250,
          .principals = share(5, 100),
          .groups = share(25, 20),
          .questions = std::min<std::size_t>(role_assignments, 100'000)};
}

std::size_t role_assignments_of(std::string_view size) {
  if (size == "S") return 1'000;
  if (size == "M") return 100'000;
  if (size == "L") return 1'000'000;
  std::size_t value = 0;
  for (const char c : size) {
    if (c < '0' || c > '9' || value > 10'000'000) return 0;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

std::vector<evaluator::Question> generate_estate(const EstateSize& size, std::uint64_t seed, const EstateSink& sink) {
  return Generator(size, seed, sink).run();
}

std::string question_line(const evaluator::Question& question) {
  return fmt::format(R"({{"id":"{}","principal":"{}","operation":"{}","registry":"{}","repository":"{}"}})",
                     question.id, question.principal, question.operation, question.registry, question.repository);
}

std::size_t Estate::bytes() const {
  std::size_t sum = 0;
  for (const EstateFile& file : files) sum += file.text.size();
  return sum;
}

Estate generate_estate(const EstateSize& size, std::uint64_t seed) {
  Estate estate;
  estate.questions = generate_estate(size, seed, [&](std::string_view file, std::string_view text) {
    if (estate.files.empty() || estate.files.back().name != file) estate.files.push_back({std::string(file), {}});
    estate.files.back().text += text;
  });
  return estate;
}

std::string condition_with_prefixes(std::size_t prefixes) {
  std::string expression;
  for (std::size_t i = 0; i < prefixes; ++i) {
    fmt::format_to(std::back_inserter(expression), "{}@Request[{}] StringStartsWithIgnoreCase 'team-{}/'",
                   i == 0 ? "" : " OR ", kNameAttribute, i + 1 < prefixes ? std::to_string(i) : std::string("last"));
  }
  return gated(kReads, expression);
}

}  // namespace acrbiter::bench
