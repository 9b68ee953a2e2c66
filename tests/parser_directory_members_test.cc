// Who is in which group, and how sure that is. A list that is not complete must never read as complete: the first
// undecides an answer, the second denies it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/read_export.h"

namespace acrbiter::testing {
namespace {

using model::MembersKnown;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kGroup = "99999999-0000-0000-0000-000000000001";
constexpr std::string_view kOther = "99999999-0000-0000-0000-000000000002";
constexpr std::string_view kUser = "aaaaaaaa-0000-0000-0000-000000000001";
const std::string kUserInGroup = "aaaaaaaa-0000-0000-0000-000000000001>99999999-0000-0000-0000-000000000001";
const std::string kNestedInGroup = "99999999-0000-0000-0000-000000000002>99999999-0000-0000-0000-000000000001";

const std::string kMembers = R"([
  {"@odata.type":"#microsoft.graph.user","id":"AAAAAAAA-0000-0000-0000-000000000001","displayName":"Alice"},
  {"@odata.type":"#microsoft.graph.group","id":"99999999-0000-0000-0000-000000000002","displayName":"nested"}])";

TEST(GroupMembers, AWrapperNamesTheGroup) {
  const model::Snapshot snapshot =
      read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001","value":)" + kMembers + "}");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kNestedInGroup, kUserInGroup));
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Complete);
  EXPECT_EQ(members_known(snapshot, kOther), MembersKnown::NotGiven);
  EXPECT_EQ(principal(snapshot, kGroup).kind, model::PrincipalKind::Group);
  EXPECT_FALSE(principal(snapshot, kGroup).members_are_transitive);
  EXPECT_EQ(principal(snapshot, kUser).display_name, "Alice");
  EXPECT_EQ(counted(snapshot, "memberships"), 2U);
}

TEST(GroupMembers, TheWrapperMayComeAfterTheList) {
  const model::Snapshot snapshot =
      read_export(R"({"value":)" + kMembers + R"(,"groupId":"99999999-0000-0000-0000-000000000001"})");
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Complete);
}

TEST(GroupMembers, AFileNameNamesTheGroup) {
  for (const char* name :
       {"members-99999999-0000-0000-0000-000000000001.json", "99999999-0000-0000-0000-000000000001_members.json",
        "group-99999999-0000-0000-0000-000000000001.json"}) {
    const model::Snapshot snapshot = read_export(kMembers, name);
    EXPECT_THAT(memberships(snapshot), ElementsAre(kNestedInGroup, kUserInGroup)) << name;
    EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Complete) << name;
    EXPECT_FALSE(principal(snapshot, kGroup).members_are_transitive) << name;
  }
}

TEST(GroupMembers, OfAnEmptyListTheFilesNameSaysOfWhomItIs) {
  for (const char* text : {"[]", R"({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#x","value":[]})"}) {
    const model::Snapshot group = read_export(text, "members-99999999-0000-0000-0000-000000000001.json");
    EXPECT_EQ(members_known(group, kGroup), MembersKnown::Complete) << text;
    EXPECT_THAT(group.warnings, IsEmpty()) << text;
    const model::Snapshot all = read_export(text, "transitiveMemberOf-aaaaaaaa-0000-0000-0000-000000000001.json");
    EXPECT_TRUE(principal(all, kUser).groups_complete) << text;
    const model::Snapshot direct = read_export(text, "memberOf-aaaaaaaa-0000-0000-0000-000000000001.json");
    EXPECT_THAT(memberships(direct), IsEmpty()) << text;
    const model::Snapshot unnamed = read_export(text, "members.json");
    ASSERT_EQ(unnamed.warnings.size(), 1U) << text;
    EXPECT_EQ(unnamed.warnings[0].code, "empty-list") << text;
  }
}

TEST(GroupMembers, WithoutAGroupTheListSaysNothingOfMembership) {
  for (const char* name :
       {"members.json", "members-99999999-0000-0000-0000-000000000001-99999999-0000-0000-0000-000000000002.json"}) {
    const model::Snapshot snapshot = read_export(kMembers, name);
    EXPECT_THAT(memberships(snapshot), IsEmpty()) << name;
    EXPECT_THAT(warning_codes(snapshot), Contains("members-without-subject")) << name;
    EXPECT_EQ(principal(snapshot, kUser).display_name, "Alice") << name;
  }
}

TEST(GroupMembers, AGuidAloneInTheFileNameIsNoGroup) {
  const model::Snapshot snapshot =
      read_export(R"([{"id":"aaaaaaaa-0000-0000-0000-000000000001","userPrincipalName":"a@contoso.com"}])",
                  "users-99999999-0000-0000-0000-000000000001.json");
  EXPECT_THAT(memberships(snapshot), IsEmpty());
  EXPECT_THAT(warning_codes(snapshot), IsEmpty());
}

TEST(GroupMembers, AMissingPageMakesThemPartial) {
  const model::Snapshot snapshot = read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001",
    "@odata.nextLink":"https://graph.microsoft.com/next","value":)" +
                                               kMembers + "}");
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Partial);
  EXPECT_THAT(warning_codes(snapshot), Contains("incomplete-page"));
}

TEST(GroupMembers, ALastPageDoesNotMakeUpForAMissingOne) {
  const model::Snapshot snapshot = read_export(
      {{"1.json", R"({"groupId":"99999999-0000-0000-0000-000000000001","@odata.nextLink":"https://next","value":)" +
                      kMembers + "}"},
       {"3.json",
        R"({"groupId":"99999999-0000-0000-0000-000000000001","value":["aaaaaaaa-0000-0000-0000-000000000003"]})"}});
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Partial);
}

TEST(GroupMembers, HiddenMembersMakeThemPartial) {
  const model::Snapshot snapshot = read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001","value":[
    {"@odata.type":"#microsoft.graph.user","id":"aaaaaaaa-0000-0000-0000-000000000001"},
    {"@odata.type":"#microsoft.graph.user","id":null}]})");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Partial);
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("hidden-members"));
}

TEST(GroupMembers, CompleteListsThatContradictEachOtherMakeThemPartial) {
  const auto list = [](std::string_view ids) {
    return R"({"groupId":"99999999-0000-0000-0000-000000000001","value":[)" + std::string(ids) + "]}";
  };
  const std::string one = list(R"("aaaaaaaa-0000-0000-0000-000000000001","aaaaaaaa-0000-0000-0000-000000000002")");
  const std::string other = list(R"("aaaaaaaa-0000-0000-0000-000000000001","aaaaaaaa-0000-0000-0000-000000000003")");
  const model::Snapshot differing = read_export({{"1.json", one}, {"2.json", other}});
  EXPECT_EQ(members_known(differing, kGroup), MembersKnown::Partial);
  EXPECT_THAT(memberships(differing), ElementsAre(kUserInGroup, kUserInGroup)) << "each list says it";
  EXPECT_THAT(warning_codes(differing), ElementsAre("members-conflict"));
  // Pages that a script put one behind the other are one list.
  const model::Snapshot pages = read_export(one + "\n" + other);
  EXPECT_EQ(members_known(pages, kGroup), MembersKnown::Complete);
  EXPECT_THAT(warning_codes(pages), IsEmpty());
}

/// A direct list of `group`, or one of all that are in it.
ExportFile list_of(std::string_view group, std::string_view ids, bool transitive) {
  std::string text =
      R"({"groupId":")" + std::string(group) + R"(","transitive":)" + (transitive ? "true" : "false") + R"(,"value":[)";
  for (std::size_t begin = 0; begin < ids.size(); begin += 2) {
    const bool is_group = ids[begin] == 'g';
    text += std::string(begin == 0 ? "" : ",") + R"({"@odata.type":"#microsoft.graph.)" +
            (is_group ? "group" : "user") + R"(","id":")" + std::string(ids.substr(begin, 2)) + R"("})";
  }
  return {.name = std::string(group) + (transitive ? "-all.json" : ".json"), .text = text + "]}"};
}

/// Who is in which group for certain.
std::vector<std::string> certain(const std::vector<ExportFile>& lists) {
  const model::Snapshot snapshot = read_export(lists);
  std::vector<std::string> result = memberships(snapshot);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  for (const model::Principal& p : snapshot.principals) {
    if (members_known(snapshot, p.id) == MembersKnown::Partial) result.push_back(p.id + " open");
  }
  return result;
}

TEST(GroupMembers, AListOfAllMembersIsHeldAgainstThoseOfNestedGroups) {
  // g1 holds u2 and g2, which holds u3.
  const auto one = list_of("g1", "u2g2", false), two = list_of("g2", "u3", false);
  EXPECT_THAT(certain({one, two, list_of("g1", "u2g2u3", true)}), ElementsAre("g2>g1", "u2>g1", "u3>g1", "u3>g2"));
  EXPECT_THAT(certain({one, two, list_of("g1", "u2u3", true)}), ElementsAre("g2>g1", "u2>g1", "u3>g1", "u3>g2"))
      << "a list of the people alone";
  EXPECT_THAT(certain({one, two, list_of("g1", "u1u2g2u3", true)}),
              ElementsAre("g2>g1", "u2>g1", "u3>g1", "u3>g2", "g1 open", "g2 open"))
      << "u1 is in g1 by one list alone, and may be so by g2";
  EXPECT_THAT(certain({one, two, list_of("g1", "u2g2", true)}), ElementsAre("g2>g1", "u2>g1", "g1 open", "g2 open"))
      << "u3 is in g1 by g2, and not by the list of all";
  EXPECT_THAT(certain({one, list_of("g1", "u1u2g2u3", true)}), ElementsAre("g2>g1", "u1>g1", "u2>g1", "u3>g1"))
      << "of g2 no list says who is in it";
}

/// A list of all groups that somebody is in.
ExportFile groups_of(std::string_view principal, std::string_view ids) {
  ExportFile list = list_of(principal, ids, true);
  list.text.replace(list.text.find("groupId"), 7, "principalId");
  const std::string_view from = R"(transitive":true,"value)";
  list.text.replace(list.text.find(from), from.size(), "transitiveMemberOf");
  return list;
}

TEST(PrincipalGroups, AListOfAllGroupsIsHeldAgainstTheListsOfTheirMembers) {
  const auto one = list_of("g1", "g2", false), two = list_of("g2", "u3", false), three = list_of("g3", "g2", false);
  EXPECT_THAT(certain({one, two, groups_of("u3", "g1g2")}), ElementsAre("g2>g1", "u3>g1", "u3>g2"));
  EXPECT_THAT(certain({one, two, three, groups_of("u3", "g1g2")}), ElementsAre("g2>g1", "u3>g1", "u3>g2", "g3 open"))
      << "u3 is in g3 by g2, and not by its own list";
  EXPECT_THAT(certain({one, list_of("g2", "", false), groups_of("u3", "g1")}),
              ElementsAre("g2>g1", "g1 open", "g2 open"))
      << "by no list of members u3 is in g1";
  EXPECT_THAT(certain({one, groups_of("u3", "g2")}), ElementsAre("u3>g2", "g1 open"))
      << "in g1 by g2, and not by its own";
  EXPECT_THAT(certain({groups_of("g2", "g1"), groups_of("u3", "g2")}), ElementsAre("u3>g2", "g1 open"));
}

TEST(GroupMembers, ListsOfAllAreHeldAgainstEachOther) {
  EXPECT_THAT(certain({list_of("g1", "g2", true), groups_of("u3", "g2")}), ElementsAre("g1 open", "g2 open"));
  EXPECT_THAT(certain({list_of("g1", "g2", true), list_of("g2", "u3", false)}),
              ElementsAre("g2>g1", "g1 open", "g2 open"));
  EXPECT_THAT(certain({list_of("g1", "u3", false), list_of("g2", "g1", true)}),
              ElementsAre("g1>g2", "g1 open", "g2 open"));
}

TEST(GroupMembers, WhatAPageShowsIsHeldAgainstWholeListsToo) {
  const auto page = [](ExportFile list) {
    list.text.insert(1, R"("@odata.nextLink":"https://next",)");
    return list;
  };
  EXPECT_THAT(certain({list_of("g1", "u2", false), page(groups_of("u1", "g1"))}), ElementsAre("u2>g1", "g1 open"));
  EXPECT_THAT(certain({list_of("g1", "u2", false), page(list_of("g1", "u1", true))}), ElementsAre("u2>g1", "g1 open"));
  EXPECT_THAT(certain({groups_of("u1", ""), page(list_of("g1", "u1", true))}), ElementsAre("g1 open"));
}

// Source: input-formats 5: distribution lists do not count
TEST(GroupMembers, WhoIsInAGroupByADistributionListAloneIsNot) {
  const ExportFile kinds{.name = "kinds.json",
                         .text = R"([{"@odata.type":"#microsoft.graph.group","id":"g2","securityEnabled":false,
                             "mailEnabled":true,"groupTypes":[]}])"};
  const auto one = list_of("g1", "g2", false), two = list_of("g2", "u3", false);
  EXPECT_THAT(certain({kinds, one, two}), ElementsAre("g2>g1", "u3>g2"));
  EXPECT_THAT(certain({kinds, one, two, list_of("g1", "g2u3", true)}), ElementsAre("g2>g1", "u3>g2"));
  EXPECT_THAT(certain({kinds, one, two, groups_of("u3", "g1g2")}), ElementsAre("g2>g1", "u3>g2"));
  EXPECT_THAT(certain({kinds, list_of("g1", "g2u3", true)}), ElementsAre("g2>g1", "g1 open"))
      << "nobody says whether u3 is in g1 by g2 alone";
  EXPECT_THAT(certain({kinds, list_of("g2", "u4", false), list_of("g1", "g2u3u4", true)}),
              ElementsAre("g2>g1", "u3>g1", "u4>g2", "g1 open"))
      << "u3 is not in g2";
}

TEST(GroupMembers, AnEmptyWrappedListIsAComplete) {
  const model::Snapshot snapshot = read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001","value":[]})");
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Complete);
  EXPECT_THAT(memberships(snapshot), IsEmpty());
}

TEST(GroupMembers, TransitiveListsSaySo) {
  for (const model::Snapshot& snapshot :
       {read_export(kMembers, "transitiveMembers-99999999-0000-0000-0000-000000000001.json"),
        read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001","transitiveMembers":)" + kMembers + "}"),
        read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001","transitive":true,"value":)" + kMembers +
                    "}")}) {
    EXPECT_TRUE(principal(snapshot, kGroup).members_are_transitive);
    EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Complete);
    EXPECT_THAT(memberships(snapshot), ElementsAre(kNestedInGroup, kUserInGroup));
  }
  const model::Snapshot partial =
      read_export(R"({"groupId":"99999999-0000-0000-0000-000000000001","transitiveMembers":)" + kMembers +
                  R"(,"@odata.nextLink":"https://next"})");
  EXPECT_FALSE(principal(partial, kGroup).members_are_transitive);
}

TEST(GroupMembers, IdsInTheGroupItself) {
  const model::Snapshot snapshot = read_export(R"([{"id":"99999999-0000-0000-0000-000000000001","displayName":"devs",
    "members":["aaaaaaaa-0000-0000-0000-000000000001","99999999-0000-0000-0000-000000000002"]},
    {"id":"99999999-0000-0000-0000-000000000002","displayName":"empty","members":[]}])");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kNestedInGroup, kUserInGroup));
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::Complete);
  EXPECT_EQ(members_known(snapshot, kOther), MembersKnown::Complete);
  EXPECT_EQ(principal(snapshot, kGroup).display_name, "devs");
  EXPECT_EQ(counted(snapshot, "groups"), 2U);
}

TEST(GroupMembers, AnExpandedListStopsAtTwenty) {
  const auto expanded = [](int n) {
    std::string text = R"({"value":[{"id":"99999999-0000-0000-0000-000000000001","displayName":"devs","members":[)";
    for (int i = 0; i < n; ++i) {
      text += (i == 0 ? "" : ",") +
              std::string(R"({"@odata.type":"#microsoft.graph.user","id":"aaaaaaaa-0000-0000-0000-0000000000)") +
              std::to_string(10 + i) + R"("})";
    }
    return read_export(text + "]}]}");
  };
  EXPECT_EQ(members_known(expanded(19), kGroup), MembersKnown::Complete);
  EXPECT_EQ(members_known(expanded(20), kGroup), MembersKnown::Partial);
}

TEST(GroupMembers, Trap10_AGroupListWithoutMembersGivesNone) {
  const model::Snapshot snapshot = read_export(
      R"([{"id":"99999999-0000-0000-0000-000000000001","displayName":"devs","groupTypes":[],"securityEnabled":true}])");
  EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::NotGiven);
  EXPECT_EQ(principal(snapshot, kGroup).kind, model::PrincipalKind::Group);
}

TEST(PrincipalGroups, WrappersOfTransitiveMemberOf) {
  for (const char* key : {"principalId", "userId", "servicePrincipalId", "id"}) {
    const model::Snapshot snapshot =
        read_export(R"({")" + std::string(key) + R"(":"aaaaaaaa-0000-0000-0000-000000000001","transitiveMemberOf":[
      {"@odata.type":"#microsoft.graph.group","id":"99999999-0000-0000-0000-000000000001","displayName":"devs"},
      {"@odata.type":"#microsoft.graph.directoryRole","id":"99999999-0000-0000-0000-000000000009","displayName":"Global Reader"}]})");
    EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup)) << key;
    EXPECT_TRUE(principal(snapshot, kUser).groups_complete) << key;
    EXPECT_EQ(principal(snapshot, kGroup).display_name, "devs") << key;
    EXPECT_EQ(members_known(snapshot, kGroup), MembersKnown::NotGiven) << key;
  }
}

TEST(PrincipalGroups, AListThatDoesNotSayItIsTransitiveIsNotComplete) {
  const auto wrapped = [](std::string_view more) {
    return R"({"userId":"aaaaaaaa-0000-0000-0000-000000000001",)" + std::string(more) +
           R"("value":[{"@odata.type":"#microsoft.graph.group","id":"99999999-0000-0000-0000-000000000001"}]})";
  };
  const std::string address =
      R"("@odata.context":"https://graph.microsoft.com/v1.0/users/aaaaaaaa-0000-0000-0000-000000000001/)";
  const auto is_complete = [](const std::string& text, std::string_view file) {
    const model::Snapshot snapshot = read_export(text, file);
    EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
    return principal(snapshot, kUser).groups_complete;
  };
  EXPECT_FALSE(is_complete(wrapped(""), "groups.json"));
  EXPECT_FALSE(is_complete(wrapped(address + R"(memberOf",)"), "groups.json"));
  EXPECT_TRUE(is_complete(wrapped(address + R"(transitiveMemberOf",)"), "groups.json"));
  EXPECT_TRUE(is_complete(wrapped(R"("transitive":true,)"), "groups.json"));
  EXPECT_TRUE(is_complete(wrapped(""), "transitiveMemberOf-a.json"));
  EXPECT_TRUE(is_complete(wrapped(""), "get-member-groups.json"));
}

TEST(PrincipalGroups, BareIdsOfGetMemberObjects) {
  const std::string ids =
      R"json({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)","value":[
    "99999999-0000-0000-0000-000000000001"]})json";
  const model::Snapshot snapshot = read_export(ids, "getMemberObjects-aaaaaaaa-0000-0000-0000-000000000001.json");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
  EXPECT_TRUE(principal(snapshot, kUser).groups_complete);
  const model::Snapshot lost = read_export(ids, "objects.json");
  EXPECT_THAT(memberships(lost), IsEmpty());
  EXPECT_THAT(warning_codes(lost), ElementsAre("members-without-subject"));
  EXPECT_EQ(counted(lost, "objectIds"), 1U);
}

TEST(PrincipalGroups, NamesOnlyAreGroupsToo) {
  const model::Snapshot snapshot =
      read_export(R"([{"id":"99999999-0000-0000-0000-000000000001","displayName":"devs"}])",
                  "get-member-groups-aaaaaaaa-0000-0000-0000-000000000001.json");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
  EXPECT_EQ(principal(snapshot, kGroup).kind, model::PrincipalKind::Group);
}

TEST(PrincipalGroups, DirectOnesAreNotComplete) {
  for (const model::Snapshot& snapshot :
       {read_export(R"([{"id":"99999999-0000-0000-0000-000000000001","displayName":"devs"}])",
                    "memberOf-aaaaaaaa-0000-0000-0000-000000000001.json"),
        read_export(
            R"({"userId":"aaaaaaaa-0000-0000-0000-000000000001","memberOf":["99999999-0000-0000-0000-000000000001"]})"),
        read_export(R"({"userId":"aaaaaaaa-0000-0000-0000-000000000001","transitive":false,
                        "value":["99999999-0000-0000-0000-000000000001"]})")}) {
    EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
    EXPECT_FALSE(principal(snapshot, kUser).groups_complete);
  }
}

TEST(PrincipalGroups, AMissingPageIsNotComplete) {
  const model::Snapshot snapshot =
      read_export(R"({"userId":"aaaaaaaa-0000-0000-0000-000000000001","@odata.nextLink":"https://next",
    "value":[{"@odata.type":"#microsoft.graph.group","id":"99999999-0000-0000-0000-000000000001"}]})");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
  EXPECT_FALSE(principal(snapshot, kUser).groups_complete);
}

TEST(PrincipalGroups, ExpandedInTheUser) {
  const model::Snapshot snapshot =
      read_export(R"([{"id":"aaaaaaaa-0000-0000-0000-000000000001","userPrincipalName":"a@contoso.com",
    "transitiveMemberOf":[{"@odata.type":"#microsoft.graph.group","id":"99999999-0000-0000-0000-000000000001"}]}])");
  EXPECT_THAT(memberships(snapshot), ElementsAre(kUserInGroup));
  EXPECT_TRUE(principal(snapshot, kUser).groups_complete);
}

}  // namespace
}  // namespace acrbiter::testing
