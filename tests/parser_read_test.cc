// The input layer: encodings, envelopes, bounds, and what is said when a file is not what it should be.
#include "parser/read.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "parser/warnings.h"
#include "tests/support/read_support.h"
#include "tests/support/sanitized.h"

namespace acrbiter::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

/// One role assignment as the CLI prints it.
std::string row(int number = 1, std::string_view extra = {}) {
  const std::string n = std::to_string(100000 + number);
  return R"({"condition": null, "conditionVersion": null,
    "id": "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/)" +
         n + R"(", "name": ")" + n + R"(",
    "principalId": "p)" +
         n + R"(", "principalType": "User",
    "roleDefinitionId": "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/r",
    "scope": "/subscriptions/1", "type": "Microsoft.Authorization/roleAssignments")" +
         std::string(extra) + "}";
}

std::string rows(int count) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i > 0 ? ",\n" : "") + row(i);
  return text + "]";
}

std::string utf16(std::string_view ascii, bool big_endian, bool with_mark) {
  std::string text;
  if (with_mark) text += big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) {
    if (big_endian) text += '\0';
    text += c;
    if (!big_endian) text += '\0';
  }
  return text;
}

std::size_t assignments_in(std::string_view text) { return snapshot_of(text).role_assignments.size(); }

// ---- encodings ----------------------------------------------------------------------------------------------

TEST(ReadEncodings, Utf8WithByteOrderMark) { EXPECT_EQ(assignments_in("\xEF\xBB\xBF" + rows(2)), 2U); }

TEST(ReadEncodings, Utf16OfWindowsPowerShell) {
  for (const bool big_endian : {false, true}) {
    for (const bool with_mark : {false, true}) EXPECT_EQ(assignments_in(utf16(rows(2), big_endian, with_mark)), 2U);
  }
}

TEST(ReadEncodings, Utf16BeyondTheBasicPlane) {
  // {"displayName": "😀"} in UTF-16LE: the surrogate pair D83D DE00.
  std::string text = utf16(row(1, R"(, "displayName": ")"), false, true);
  text.resize(text.size() - 2);  // the closing brace
  text += "\x3D\xD8\x00\xDE"s + utf16("\"}", false, false);
  const auto snapshot = snapshot_of(text);
  ASSERT_EQ(snapshot.principals.size(), 1U);
  EXPECT_EQ(snapshot.principals[0].display_name, "\xF0\x9F\x98\x80");
}

TEST(ReadEncodings, HalfASurrogatePairIsAnError) {
  EXPECT_NE(problem_of(utf16("[\"", false, true) + "\x3D\xD8"s + utf16("x\"]", false, false)).message.find("surrogate"),
            std::string::npos);
  EXPECT_NE(problem_of(R"(["\ud800"])").message.find("surrogate"), std::string::npos);
}

TEST(ReadEncodings, Utf16CutInTheMiddleIsAnError) {
  std::string text = utf16(rows(1), false, true);
  text.pop_back();
  EXPECT_NE(problem_of(text).message.find("UTF-16"), std::string::npos);
}

TEST(ReadEncodings, InvalidUtf8IsAnErrorWithItsPlace) {
  const auto problem = problem_of("[\n  {\"a\": \"x\xFFy\"}]");
  EXPECT_NE(problem.message.find("UTF-8"), std::string::npos) << problem.message;
  EXPECT_EQ(problem.line, 2U);
}

TEST(ReadEncodings, Utf32IsRefused) {
  EXPECT_NE(problem_of("\xFF\xFE\0\0[\0\0\0"s).message.find("UTF-32"), std::string::npos);
}

TEST(ReadEncodings, ANulByteIsNoJson) { EXPECT_FALSE(read_text("[1, \0 2]"s)); }

/// "[]" and a line feed, packed by gzip.
const std::string kPackedEmptyList =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x8b\x8e\xe5\x02\x00\x44\xd2\x68\x70\x03\x00\x00\x00"s;

TEST(ReadEncodings, GzipInOneOrSeveralMembers) {
  EXPECT_NE(find_warning(snapshot_of(kPackedEmptyList, "data.json.gz"), "empty-list"), nullptr);
  EXPECT_EQ(snapshot_of(kPackedEmptyList + kPackedEmptyList).warnings.size(), 2U);
}

TEST(ReadEncodings, DamagedGzipIsAnError) {
  std::string damaged = kPackedEmptyList;
  damaged[damaged.size() - 8] = '!';
  EXPECT_NE(problem_of(damaged).message.find("gzip"), std::string::npos);
}

TEST(ReadEncodings, GzipThatIsCutOffIsAnError) {
  const auto problem = problem_of("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x8b"s, "data.json.gz");
  EXPECT_NE(problem.message.find("gzip"), std::string::npos) << problem.message;
}

// ---- envelopes ----------------------------------------------------------------------------------------------

TEST(ReadEnvelopes, AListInAllItsForms) {
  const std::string one = row(1);
  EXPECT_EQ(assignments_in(one), 1U) << "one object: `show`, and PowerShell with one result";
  EXPECT_EQ(assignments_in("[" + one + "]"), 1U);
  EXPECT_EQ(assignments_in(R"({"value": [)" + one + "]}"), 1U);
  EXPECT_EQ(assignments_in(R"({"data": [)" + one + R"(], "count": 1, "total_records": 1, "skip_token": null})"), 1U);
  EXPECT_EQ(assignments_in(R"({"value": [)" + one + R"(], "Count": 1})"), 1U) << "Windows PowerShell";
  EXPECT_EQ(assignments_in("[[" + one + "], [" + row(2) + "]]"), 2U) << "jq -s";
  EXPECT_EQ(assignments_in(R"([{"value": [)" + one + R"(]}, {"value": [)" + row(2) + "]}]"), 2U);
}

TEST(ReadEnvelopes, DocumentsBehindEachOtherAndJsonLines) {
  EXPECT_EQ(assignments_in("[" + row(1) + "]\n[" + row(2) + "]"), 2U);
  EXPECT_EQ(assignments_in("[" + row(1) + "]\xEF\xBB\xBF[" + row(2) + "]"), 2U);
  std::string lines;
  for (int i = 0; i < 3; ++i) {
    std::string line = row(i);
    std::replace(line.begin(), line.end(), '\n', ' ');
    lines += line + "\r\n";
  }
  EXPECT_EQ(assignments_in(lines), 3U);
}

TEST(ReadEnvelopes, AResourceGraphTable) {
  const auto snapshot = snapshot_of(R"({"totalRecords": 1, "count": 1, "data": {
    "columns": [{"name": "id", "type": "string"}, {"name": "principalId", "type": "string"},
                {"name": "roleDefinitionId", "type": "string"}, {"name": "scope", "type": "string"},
                {"name": "condition", "type": "string"}],
    "rows": [["/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/n", "P",
              "/providers/Microsoft.Authorization/RoleDefinitions/R", "/subscriptions/1", "true"]]}})");
  ASSERT_EQ(snapshot.role_assignments.size(), 1U);
  EXPECT_EQ(snapshot.principals[0].id, "p");
  EXPECT_EQ(snapshot.scopes[0].key, "/subscriptions/1");
  EXPECT_EQ(snapshot.conditions[0].text, "true");
  EXPECT_EQ(snapshot.files[0].dialect, "resource-graph");
}

TEST(ReadEnvelopes, LargeListsInEveryEnvelopeGiveWhatSmallOnesGive) {
  std::string many = row(0);
  for (int i = 1; i < 12'000; ++i) many += "," + row(i);
  ASSERT_GT(many.size(), std::size_t{4} << 20U) << "smaller ones are kept whole";
  EXPECT_EQ(assignments_in("[" + many + "]"), 12'000U);
  EXPECT_EQ(assignments_in(R"({"value": [)" + many + R"(], "nextLink": null})"), 12'000U);
  const auto page = snapshot_of(R"({"nextLink": "https://next", "value": [)" + many + "]}");
  EXPECT_TRUE(page.files[0].incomplete);
  const auto late = snapshot_of(R"({"value": [)" + many + R"(], "nextLink": "https://next"})");
  EXPECT_TRUE(late.files[0].incomplete);
  EXPECT_EQ(late.role_assignments.size(), 12'000U);
}

TEST(ReadEnvelopes, ALargeTable) {
  std::string text = R"({"data": {"columns": [{"name": "id"}, {"name": "principalId"}, {"name": "roleDefinitionId"},
    {"name": "scope"}], "rows": [)";
  for (int i = 0; i < 30'000; ++i) {
    text +=
        (i > 0 ? "," : "") +
        ("[\"/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/" + std::to_string(i) + "\", \"p" +
         std::to_string(i) + "\", \"/providers/Microsoft.Authorization/RoleDefinitions/R\", \"/subscriptions/1\"]\n");
  }
  text += "]}}";
  ASSERT_GT(text.size(), std::size_t{4} << 20U);
  const auto snapshot = snapshot_of(text);
  ASSERT_EQ(snapshot.role_assignments.size(), 30'000U);
  EXPECT_EQ(snapshot.role_assignments[29'999].name, "29999");
}

TEST(ReadEnvelopes, AListBehindAnotherLargeMember) {
  EXPECT_EQ(assignments_in(R"({"facets": ")" + std::string(std::size_t{5} << 20U, 'x') + R"(", "value":
    [)" + row() + "]}"),
            1U);
}

TEST(ReadEnvelopes, PagesBehindEachOtherMakeAWholeList) {
  const std::string first = R"({"value": [)" + row(1) + R"(], "nextLink": "https://next"})";
  const std::string last = R"({"value": [)" + row(2) + R"(], "nextLink": null})";
  EXPECT_FALSE(snapshot_of(first + last).files[0].incomplete);
  EXPECT_TRUE(snapshot_of(last + first).files[0].incomplete);
  EXPECT_FALSE(snapshot_of(first + R"({"value": []})").files[0].incomplete);
}

TEST(ReadEnvelopes, Trap9_EverySignOfAnUnfinishedPageIsNoticed) {
  for (const std::string_view sign :
       {R"("nextLink": "https://x")", R"("@odata.nextLink": "https://x")", R"("skip_token": "x")", R"("$skipToken":
    "x")",
        R"("resultTruncated": "true")", R"("resultTruncated": true)", R"("count": 1, "total_records": 2)",
        R"("count": 2)", R"("totalRecords": 2)"}) {
    const auto snapshot = snapshot_of(R"({"value": [)" + row() + "], " + std::string(sign) + "}");
    EXPECT_TRUE(snapshot.files[0].incomplete) << sign;
    EXPECT_NE(find_warning(snapshot, "incomplete-page"), nullptr) << sign;
    EXPECT_EQ(snapshot.incomplete_lists, std::vector<std::string>{"role-assignments"}) << sign;
  }
  for (const std::string_view sign : {R"("nextLink": null)", R"("nextLink": "")", R"("resultTruncated": "false")"}) {
    EXPECT_FALSE(snapshot_of(R"({"value": [)" + row() + "], " + std::string(sign) + "}").files[0].incomplete) << sign;
  }
}

TEST(ReadEnvelopes, AnEmptyPageOfAListThatGoesOnIsUnfinishedToo) {
  using Kinds = std::vector<std::string>;
  const auto page = [](std::string_view sign) { return R"({"value": [], )" + std::string(sign) + "}"; };
  for (const std::string_view sign : {R"("nextLink": "https://more")", R"("@odata.nextLink": "https://more")",
                                      R"("skip_token": "x")", R"("$skipToken": "x")"}) {
    const auto snapshot = snapshot_of(page(sign));
    EXPECT_TRUE(snapshot.files[0].incomplete) << sign;
    EXPECT_NE(find_warning(snapshot, "incomplete-page"), nullptr) << sign;
    EXPECT_EQ(snapshot.incomplete_lists, (Kinds{"role-assignments", "deny-assignments"})) << sign;
  }
  const auto linked = [&](std::string_view link) { return page(R"("nextLink": ")" + std::string(link) + '"'); };
  EXPECT_EQ(snapshot_of(linked("https://x/subscriptions/1/providers/Microsoft.Authorization/denyAssignments?a=b/c"))
                .incomplete_lists,
            Kinds{"deny-assignments"});
  EXPECT_EQ(
      snapshot_of(page(R"("@odata.nextLink": "https://graph.microsoft.com/v1.0/users?$skiptoken=x")")).incomplete_lists,
      Kinds{"directory-objects"});
  // The pages before and behind it tell what it is one of.
  const std::string more = linked("https://more");
  const std::string rows = R"({"value": [)" + row(1) + "]}";
  EXPECT_EQ(snapshot_of(rows + more).incomplete_lists, Kinds{"role-assignments"});
  EXPECT_TRUE(snapshot_of(more + rows).incomplete_lists.empty());
  EXPECT_TRUE(snapshot_of(more + R"({"value": []})").incomplete_lists.empty());
  EXPECT_TRUE(snapshot_of(R"({"value": [], "nextLink": ""})").incomplete_lists.empty());
}

// ---- what is not data ---------------------------------------------------------------------------------------

TEST(ReadErrors, TextThatIsNoJsonSaysWhatItLooksLike) {
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"<!DOCTYPE html><html>", "HTML"},
      {"RoleAssignmentId,Scope,DisplayName,SignInName,RoleDefinitionName\n", "CSV"},
      {"ERROR: (AuthorizationFailed) The client does not have authorization", "error message of the Azure CLI"},
      {"WARNING: something\n[]", "before its output"},
  };
  for (const auto& [text, expected] : texts) {
    EXPECT_NE(problem_of(text).message.find(expected), std::string::npos) << problem_of(text).message;
  }
}

TEST(ReadErrors, OtherFilesInAFolderAreOnlyWarnedOfUnlessStrict) {
  const auto snapshot = snapshot_of("a,b,c\n1,2,3\n", "notes.csv");
  EXPECT_EQ(snapshot.files[0].kind, "unrecognised");
  EXPECT_FALSE(snapshot.files[0].read);
  EXPECT_NE(find_warning(snapshot, "unrecognised-file"), nullptr);
  parser::ReadOptions strict = plain_options();
  strict.strict = true;
  EXPECT_FALSE(read_text("a,b,c\n", "notes.csv", strict));
  EXPECT_FALSE(read_text(R"({"some": "object"})", "data.json", strict));
  EXPECT_FALSE(read_text("", "data.json", strict));
}

TEST(ReadErrors, AMessageOfTheCliIsAnErrorUnderAnyName) {
  EXPECT_FALSE(read_text("ERROR: (AuthorizationFailed) no", "assignments.txt"));
}

TEST(ReadErrors, AnEmptyFileAndAnEmptyListAreWarnedOf) {
  EXPECT_NE(find_warning(snapshot_of(""), "empty-file"), nullptr);
  EXPECT_NE(find_warning(snapshot_of(" \n\t"), "empty-file"), nullptr);
  EXPECT_NE(find_warning(snapshot_of(R"({"value": []})"), "empty-list"), nullptr);
  EXPECT_FALSE(snapshot_of("[]").role_assignments_given);
}

TEST(ReadErrors, AnAnswerThatIsAnErrorOfTheServiceIsAnError) {
  const auto problem = problem_of(R"({"error": {"code": "AuthorizationFailed", "message": "no"}})");
  EXPECT_NE(problem.message.find("AuthorizationFailed"), std::string::npos);
}

TEST(ReadErrors, ASyntaxErrorHasLineColumnExcerptAndCaret) {
  const auto problem = problem_of("{\n  \"value\": [\n    {\"id\": tru}\n  ]\n}", "folder/data.json");
  EXPECT_EQ(problem.file, "folder/data.json");
  EXPECT_EQ(problem.line, 3U);
  EXPECT_EQ(problem.column, 15U);
  EXPECT_EQ(problem.excerpt, "    {\"id\": tru}");
  EXPECT_EQ(problem.caret, 15U);
  EXPECT_EQ(problem.pointer, "/value/0");
  EXPECT_EQ(problem.message.find("last read"), std::string::npos) << "what was read may be secret";
}

TEST(ReadErrors, ATextThatIsCutOffSaysSo) {
  const std::string whole = rows(3);
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{1}}) {
    const auto problem = problem_of(std::string_view(whole).substr(0, size));
    EXPECT_NE(problem.message.find("ends in the middle"), std::string::npos) << problem.message;
    EXPECT_FALSE(problem.help.empty());
  }
}

TEST(ReadErrors, EveryPrefixOfAnExportIsReadOrRefusedButNeverHalfRead) {
  const std::string whole = R"({"value":[)" + row(1) + "," + row(2) + "]}";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(read_text(std::string_view(whole).substr(0, size))) << size;
  }
}

TEST(ReadErrors, RepeatedKeysAtAnyDepth) {
  const auto problem = problem_of("{\"value\": [{\"properties\": {\"scope\": \"/\",\n \"scope\": \"/x\"}}]}");
  EXPECT_NE(problem.message.find("`scope` occurs twice"), std::string::npos) << problem.message;
  EXPECT_EQ(problem.pointer, "/value/0/properties/scope");
  EXPECT_EQ(problem.line, 2U);
  EXPECT_FALSE(read_text(R"({"a": 1, "a": 1})"));
  EXPECT_TRUE(read_text(R"({"a": 1, "A": 1, "b": {"a": 1}})")) << "different keys, and one key in two objects";
}

TEST(ReadErrors, RepeatedKeysInAnObjectOfManyKeys) {
  std::string text = "{\"k0\": 0";
  for (int i = 1; i < 100'000; ++i) text += ", \"k" + std::to_string(i) + "\": 0";
  EXPECT_TRUE(read_text(text + "}"));
  EXPECT_FALSE(read_text(text + ", \"k77777\": 1}"));
}

TEST(ReadErrors, NestingIsBounded) {
  const std::string open(1'000'000, '[');
  EXPECT_NE(problem_of(open).message.find("nested deeper than 256"), std::string::npos);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_NE(problem_of(objects).message.find("nested deeper"), std::string::npos);
  EXPECT_TRUE(read_text(std::string(256, '[') + std::string(256, ']')));
  EXPECT_FALSE(read_text(std::string(257, '[') + std::string(257, ']')));
  parser::ReadOptions shallow = plain_options();
  shallow.max_depth = 3;
  EXPECT_FALSE(read_text("[[[[]]]]", "data.json", shallow));
}

TEST(ReadErrors, NumbersOutOfRange) {
  EXPECT_NE(problem_of("[1e999]").message.find("out of range"), std::string::npos);
  EXPECT_FALSE(read_text("[" + std::string(400, '9') + "]"));
  EXPECT_TRUE(read_text(R"({"a": [1e300, -0, 18446744073709551615, 1.5e-400]})"));
}

TEST(ReadErrors, AFileThatChangesItsKindHalfWay) {
  const auto text_follows = problem_of("[" + row() + "]\nand then text");
  EXPECT_NE(text_follows.message.find("text that is not JSON follows"), std::string::npos) << text_follows.message;
  EXPECT_EQ(text_follows.line, 6U);
  const auto number = problem_of("[" + row() + ", 5]");
  EXPECT_NE(number.message.find("also holds a number"), std::string::npos) << number.message;
  EXPECT_EQ(number.pointer, "/1");
  EXPECT_NE(problem_of("[" + row() + R"(, {"something": "else"}])").message.find("no known kind"), std::string::npos);
  EXPECT_NE(problem_of("[" + row() + R"(]{"something": "else"})").message.find("a file of"), std::string::npos);
}

TEST(ReadErrors, ALargeListThatChangesItsKindHalfWay) {
  std::string many = row(0);
  for (int i = 1; i < 12'000; ++i) many += "," + row(i);
  const auto problem = problem_of("[" + many + ", null, " + row(5) + "]");
  EXPECT_NE(problem.message.find("also holds null"), std::string::npos);
  EXPECT_EQ(problem.pointer, "/12000");
}

TEST(ReadErrors, AllFilesAreReadAndAllProblemsReported) {
  const std::vector<parser::NamedText> documents = {{.name = "a.json", .text = "["},
                                                    {.name = "b.json", .text = "[]"},
                                                    {.name = "c.json", .text = R"({"a": 1, "a": 2, "b": 1, "b": 2})"}};
  const auto result = parser::read_documents(documents, plain_options());
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().size(), 3U);
  EXPECT_EQ(result.error()[0].file, "a.json");
  EXPECT_EQ(result.error()[1].file, "c.json");
  EXPECT_EQ(result.error()[2].file, "c.json");
}

TEST(ReadErrors, Trap19_SecretsAreNotPrintedWithAnError) {
  const auto problem = problem_of(R"({"passwords": [{"name": "password1", "value": "hunter2hunter2"}, {x]})");
  EXPECT_EQ(problem.excerpt.find("hunter2"), std::string::npos) << problem.excerpt;
  EXPECT_NE(problem.excerpt.find("password1"), std::string::npos) << problem.excerpt;
  const std::string far(1'000, ' ');
  const auto cut = problem_of(R"({"kubeconfig": "apiVersion hunter2 )" + far + "hunter2 \x01\"}");
  EXPECT_EQ(cut.excerpt.find("hunter2"), std::string::npos) << cut.excerpt;
  EXPECT_EQ(cut.message.find("hunter2"), std::string::npos) << cut.message;
}

TEST(ReadErrors, Trap7_TextThatPowerShellCutOffIsNotReadAsEmpty) {
  const auto problem = problem_of(R"({"id": "x", "properties": "@{roleDefinitionId=r; principalId=p}"})");
  EXPECT_NE(problem.help.find("-Depth 20"), std::string::npos) << problem.message;
  EXPECT_FALSE(read_text(R"([{"roleName": "X", "name": "n", "permissions": "System.Object[]", "roleType":
    "CustomRole"}])"));
  EXPECT_FALSE(read_text(R"([{"roleName": "X", "name": "n", "assignableScopes": [], "permissions": [{"actions":
    "System.Object[]"}]}])"));
}

TEST(ReadErrors, KnownKindsThatAreNotReadAreNamed) {
  const std::vector<std::pair<std::string, std::string>> texts = {
      {R"({"version": 3, "deployment": {"resources": []}})", "pulumi-stack"},
      {R"([{"TimeGenerated": "2026-01-01T00:00:00Z", "OperationName": "Pull", "LoginServer": "x", "TableName":
    "PrimaryResult"}])",
       "acr-logs"},
      {R"({"tables": [{"name": "PrimaryResult", "columns": [], "rows": []}]})", "acr-logs"},
      {R"({"data": [{"kind": "AZUser", "data": {}}], "meta": {"type": "azure"}})", "azurehound"},
      {R"([{"id": "x", "principalId": "p", "roleDefinitionId": "r", "directoryScopeId":
    "/"}])",
       "entra-directory-roles"},
      {R"({"accessToken": "secret", "expiresOn": "x", "tenant": "t"})", "access-token"},
  };
  for (const auto& [text, kind] : texts) {
    const auto snapshot = snapshot_of(text);
    EXPECT_EQ(snapshot.files.at(0).kind, kind);
    EXPECT_FALSE(snapshot.files.at(0).read) << kind;
    EXPECT_NE(find_warning(snapshot, "not-read-here"), nullptr) << kind;
    EXPECT_TRUE(snapshot.role_assignments.empty()) << kind;
  }
}

/// Expects a log that is named as one and of which nothing else is read.
void expect_unread_log(const model::Snapshot& snapshot, std::string_view shape) {
  ASSERT_EQ(snapshot.files.size(), 1U) << shape;
  EXPECT_EQ(snapshot.files[0].kind, "acr-logs") << shape;
  EXPECT_FALSE(snapshot.files[0].read) << shape;
  EXPECT_TRUE(snapshot.files[0].counts.empty()) << shape << ": counted as " << snapshot.files[0].counts.begin()->first;
  EXPECT_NE(find_warning(snapshot, "not-read-here"), nullptr) << shape;
  EXPECT_EQ(snapshot.warnings.size(), 1U) << shape;
  EXPECT_TRUE(snapshot.registries.empty() && snapshot.artifact_attributes.empty()) << shape;
  EXPECT_TRUE(snapshot.principals.empty() && snapshot.scopes.empty()) << shape;
  EXPECT_FALSE(snapshot.role_assignments_given) << shape;
}

TEST(ReadErrors, Trap18_OddValuesInLogRowsAreStillALogAndCountForNothing) {
  // Of a diagnostic setting: the status stands behind its own name, and `<nil>` for what is missing.
  const std::string recorded = R"({"time": "2025-01-30T14:19:15.1931730Z",
    "category": "ContainerRegistryRepositoryEvents", "operationName": "Pull", "identity": "00000000-0000-0000-0000-000000000001",
    "resourceId": "/SUBSCRIPTIONS/1/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.CONTAINERREGISTRY/REGISTRIES/CONTOSO",
    "resultType": "HttpStatusCode", "resultDescription": "404", "properties": {"repository": "app", "tag": "<nil>",
    "digest": "<nil>", "mediaType": "<nil>", "tenantId": "<nil>", "loginServer": "contoso.azurecr.io"}})";
  const std::string login = R"({"time": "<nil>", "category": "ContainerRegistryLoginEvents", "operationName": "Login",
    "identity": "", "resultType": "HttpStatusCode", "resultDescription": "401", "properties": {"tag": "<nil>"}})";
  // Of Log Analytics through the CLI: every value is text, and null is "None".
  const std::string queried = R"({"TableName": "PrimaryResult", "TimeGenerated": "2026-01-01T00:00:00Z",
    "OperationName": "Push", "LoginServer": "contoso.azurecr.io", "Identity": "None", "Repository": "app", "Tag": "None",
    "Digest": "None", "Size": "None", "ResultType": "HttpStatusCode", "TenantId": "None",
    "_ResourceId": "/subscriptions/1/resourcegroups/g/providers/microsoft.containerregistry/registries/contoso"})";
  const std::string nothing = R"({"TableName": "PrimaryResult", "TimeGenerated": "None", "OperationName": "None",
    "LoginServer": "None", "Identity": "None", "id": "None", "name": "None", "principalId": "None", "tags": "None"})";
  const std::vector<std::pair<std::string, std::string>> shapes = {
      {"one row of a diagnostic setting", recorded},
      {"lines of a diagnostic setting", recorded + "\n" + login + "\n" + recorded},
      {"an event hub's records", R"({"records": [)" + login + "," + recorded + "]}"},
      {"the CLI's rows", "[" + queried + "," + nothing + "," + queried + "]"},
      {"the CLI's rows, an empty one first", "[" + nothing + "," + queried + "]"},
      {"the API's table",
       R"({"tables": [{"name": "PrimaryResult", "columns": [{"name": "TimeGenerated", "type": "datetime"},
        {"name": "Tag", "type": "string"}, {"name": "id", "type": "string"}], "rows": [["None", "<nil>", "HttpStatusCode"]]}]})"},
  };
  for (const auto& [shape, text] : shapes) {
    expect_unread_log(snapshot_of(text), shape);
    // A name that says something else of the content does not make it that.
    expect_unread_log(snapshot_of(text, "contoso-app-tags.json"), shape);
  }
  const std::string portal = "TimeGenerated [UTC],Repository,Tag,ResultType\n1/2/2026,app,<nil>,HttpStatusCode\n";
  EXPECT_NE(problem_of(portal, "logs.json").message.find("CSV export of logs"), std::string::npos);
}

TEST(ReadErrors, ALargeKnownKindIsSkippedButItsSyntaxIsChecked) {
  const std::string head = R"({"version": 3, "deployment": {)";
  std::string many;
  for (int i = 0; i < 200'000; ++i) many += "\"k" + std::to_string(i) + "\": {\"a\": [1, 2]},";
  EXPECT_EQ(snapshot_of(head + many + "\"z\": 0}}").files.at(0).kind, "pulumi-stack");
  EXPECT_FALSE(read_text(head + many + "\"z\": 0}"));
}

// ---- hostile sizes ------------------------------------------------------------------------------------------

/// Reads that ended before the time limit of a test did not take the square of these sizes.
TEST(ReadHostile, TimeGrowsWithTheSizeOnly) {
  std::string object = "{\"k\": 0";
  for (int i = 0; i < 1'000'000; ++i) object += ", \"k" + std::to_string(i) + "\": 0";
  EXPECT_TRUE(read_text(object + "}")) << "one object of many members";
  std::string ones = "[0";
  for (int i = 0; i < 2'000'000; ++i) ones += ",0";
  EXPECT_TRUE(read_text(ones + "]")) << "a list of numbers";
  EXPECT_TRUE(read_text("[\"" + std::string(20'000'000, '@') + "\"]")) << "one long string";
}

TEST(ReadHostile, AFileLargerThanTheLimitIsRefused) {
  parser::ReadOptions options = plain_options();
  options.max_file_bytes = 100;
  EXPECT_NE(problem_of(rows(3), "data.json", options).message.find("larger than 100 bytes"), std::string::npos);
  EXPECT_TRUE(read_text("[]", "data.json", options));
}

/// "[", 50,000 blanks, "]" and a line feed, packed by gzip.
const std::string kPackedBlanks =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x31\x0d\x00\x00\x08\x03\xb0\x1f\x15\xf3\x45\xf0"
    "\x6f\x03\x1f\x4b\xdb\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x55\x6e\x1e\xeb\xd3\x74\x79\x53\xc3\x00\x00"s;

TEST(ReadHostile, TheLimitIsOfWhatAPackedFileUnpacksTo) {
  ASSERT_LT(kPackedBlanks.size(), 100U);
  parser::ReadOptions options = plain_options();
  options.max_file_bytes = 50'003;
  EXPECT_TRUE(read_text(kPackedBlanks, "data.json.gz", options));
  options.max_file_bytes = 50'002;
  EXPECT_NE(problem_of(kPackedBlanks, "data.json.gz", options).message.find("larger than 50002 bytes"),
            std::string::npos);
}

TEST(ReadHostile, ManyWarningsOfOneKindAreCounted) {
  std::string text = "[";
  for (int i = 0; i < 1'000; ++i)
    text += (i > 0 ? "," : "") + R"({"type": "Microsoft.Authorization/roleAssignments",
    "roleDefinitionId": "r", "principalId": null})"s;
  const auto snapshot = snapshot_of(text + "]");
  EXPECT_LE(snapshot.warnings.size(), 30U);
  EXPECT_NE(snapshot.warnings.back().where.message.find("more warnings"), std::string::npos);
}

// ---- files and folders --------------------------------------------------------------------------------------

class ReadFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("acrbiter_read_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  static model::Result<model::Snapshot> read(const std::vector<std::string>& paths) {
    return parser::read_exports(paths, plain_options());
  }

  fs::path folder_;
};

TEST_F(ReadFiles, AFolderIsReadInOrderOfNamesWithAllBelowIt) {
  write("b.json", "[" + row(2) + "]");
  write("a/z.json", "[" + row(1) + "]");
  write(".git/config.json", "not JSON");
  write("c/.hidden", "not JSON");
  const auto snapshot = read({folder_.string()});
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(snapshot->files.size(), 2U);
  EXPECT_TRUE(snapshot->files[0].path.ends_with("a/z.json"));
  EXPECT_EQ(snapshot->role_assignments.size(), 2U);
}

TEST_F(ReadFiles, FoldersOfAzOpsAreReadThoughTheirNameIsHidden) {
  write("root/.az/a.json", "[" + row(1) + "]");
  const auto snapshot = read({folder_.string()});
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->role_assignments.size(), 1U);
}

TEST_F(ReadFiles, LinksInACircleAreNotFollowed) {
  write("a.json", "[" + row(1) + "]");
  fs::create_directory_symlink(folder_, folder_ / "loop");
  const auto snapshot = read({folder_.string()});
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->files.size(), 1U);
  EXPECT_NE(find_warning(*snapshot, "link-skipped"), nullptr);
}

TEST_F(ReadFiles, AFifoIsRefusedWithoutWaiting) {
  const std::string path = (folder_ / "pipe.json").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto result = read({path});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error()[0].message.find("not a regular file"), std::string::npos);
  EXPECT_FALSE(read({"/dev/null"})) << "a device";
}

// Of what may not be read, cli_permission_test.cc.
TEST_F(ReadFiles, WhatIsNotThereIsNamed) {
  const std::string missing = (folder_ / "missing.json").string();
  const auto result = read({missing});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error()[0].file, missing);
}

TEST_F(ReadFiles, AFileOf200MegabytesIsReadToItsEnd) {
  // The sanitizers make it ten times as slow: there a tenth goes through the same chunks and streamed lists.
  constexpr std::uint64_t kBytes = support::kSanitized ? 20'000'000 : 200'000'000;
  constexpr std::size_t kPeople = 25'000;
  if (fs::space(folder_).available < 2 * kBytes) GTEST_SKIP() << "skipped: no room for a file of this size";
  const std::string path = write("a.json", "[");
  std::size_t count = 0;
  {
    std::ofstream file(path, std::ios::binary | std::ios::app);
    std::string text;
    for (std::uint64_t written = 1; written < kBytes; written += text.size()) {
      text.clear();
      for (int i = 0; i < 1'000; ++i) {
        // Of 25,000 people, everybody has a row in each of some groups: what grows with the file is the list.
        const std::string n = std::to_string(count), who = std::to_string(count % kPeople);
        const std::string group = std::to_string(count / kPeople);
        text += count++ > 0 ? ",\n" : "";
        text += R"({"id": "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/)";
        text += n;
        text += R"(", "name": ")";
        text += n;
        text += R"(", "principalId": "p)";
        text += who;
        text +=
            R"(", "principalName": "somebody@contoso.com", "principalType": "User", "condition": null, "conditionVersion": null,
 "description": "one of very many", "roleDefinitionId": "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/r",
 "scope": "/subscriptions/1/resourceGroups/)";
        text += group;
        text += R"(", "type": "Microsoft.Authorization/roleAssignments"})";
      }
      file << text;
    }
    file << "]";
    ASSERT_TRUE(file.flush());
  }
  ASSERT_GE(fs::file_size(path), kBytes);
  const auto snapshot = read({path});
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  EXPECT_EQ(snapshot->role_assignments.size(), count);
  EXPECT_EQ(snapshot->files[0].counts.at("roleAssignments"), count);
  EXPECT_EQ(snapshot->role_assignments.back().name, std::to_string(count - 1));
  EXPECT_EQ(snapshot->principals.size(), kPeople);

  parser::ReadOptions options = plain_options();
  options.max_file_bytes = kBytes / 10;
  const std::vector<std::string> paths = {path};
  const auto refused = parser::read_exports(paths, options);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().size(), 1U);
  EXPECT_EQ(refused.error()[0].file, path);
  EXPECT_EQ(refused.error()[0].message,
            "is larger than " + std::to_string(kBytes / 10) + " bytes, the most that is read");
}

TEST_F(ReadFiles, ProgressIsToldWithTheSizesOfTheFile) {
  const std::string path = write("a.json", rows(5'000));
  std::vector<parser::ReadProgress> seen;
  parser::ReadOptions options = plain_options();
  options.progress = [&](const parser::ReadProgress& progress) { seen.push_back(progress); };
  const std::vector<std::string> paths = {path};
  ASSERT_TRUE(parser::read_exports(paths, options));
  ASSERT_GE(seen.size(), 3U);
  EXPECT_EQ(seen.back().bytes_total, fs::file_size(path));
  EXPECT_EQ(seen.back().bytes_done, fs::file_size(path));
  EXPECT_EQ(seen.back().files_total, 1U);
}

TEST(ReadEnvelopes, TheRowsOfALongListAreCountedAsTheyWereRead) {
  parser::ReadOptions options = plain_options();
  options.whole_document_bytes = 1'000;
  const std::string list = R"({"data": )" + rows(2'000);
  EXPECT_FALSE(snapshot_of(list + R"(, "count": 2000, "total_records": 2000})", "a.json", options).files[0].incomplete);
  const std::string last = R"({"data": [)" + row(9'999) + R"(], "count": 1, "total_records": 2001})";
  EXPECT_FALSE(
      snapshot_of(list + R"(, "count": 2000, "total_records": 2001, "skip_token": "x"})" + last).files[0].incomplete);
  EXPECT_TRUE(snapshot_of(last).files[0].incomplete) << "the pages before it are missing";
  EXPECT_TRUE(snapshot_of(list + R"(, "count": 2001, "total_records": 2001})", "a.json", options).files[0].incomplete);
}

TEST_F(ReadFiles, PlacesInAFileBeyondOneChunkAreExact) {
  std::string text = rows(2'000);
  text.back() = ',';
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  const auto result = read({write("a.json", text + "\n  oops]")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error()[0].line, lines + 2);
  EXPECT_EQ(result.error()[0].excerpt, "  ****]") << "what is no JSON is not repeated";
}

TEST(Warnings, CodesAreDistinctAndExplained) {
  for (const auto& warning : parser::kWarnings) {
    EXPECT_FALSE(warning.meaning.empty()) << warning.code;
    EXPECT_EQ(std::count_if(parser::kWarnings.begin(), parser::kWarnings.end(),
                            [&](const auto& other) { return other.code == warning.code; }),
              1)
        << warning.code;
  }
}

}  // namespace
}  // namespace acrbiter::tests
