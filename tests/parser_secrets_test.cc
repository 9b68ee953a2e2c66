// Passwords in exports: whatever is wrong with a file, no message repeats them.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

/// Shapes in which exports hold this secret, compact and pretty, whole and as PowerShell cuts them.
constexpr std::string_view kSecret = "Zq7SuperHiddenPw9aB";

const std::map<std::string, std::string>& shapes() {
  static const std::string token =
      "/subscriptions/1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/reg/tokens/tok";
  static const std::map<std::string, std::string> kShapes = {
      {"admin, compact", R"({"username":"reg","passwords":[{"name":"password","value":"SECRET"},)"
                         R"({"name":"password2","value":"other"}]})"},
      {"admin, pretty",
       "{\n  \"passwords\": [\n    {\n      \"name\": \"password\",\n      \"value\": \"SECRET\"\n    }\n  ],\n"
       "  \"username\": \"reg\"\n}\n"},
      {"admin, one password", R"({"username": "reg", "passwords": {"name": "password", "value": "SECRET"}})"},
      {"admin, by name", R"({"username":"reg","passwords":{"a":"SECRET"}})"},
      {"admin, texts", R"({"username":"reg","passwords":["SECRET","password2"]})"},
      {"admin, PowerShell", R"({"Username":"reg","Password":"SECRET","Password2":"other"})"},
      {"token, compact",
       R"([{"id":")" + token +
           R"(","name":"tok","type":"Microsoft.ContainerRegistry/registries/tokens",)"
           R"("scopeMapId":null,"status":"enabled","credentials":{"passwords":[{"creationTime":"2026-01-01",)"
           R"("expiry":null,"name":"password1","value":"SECRET"}],"certificates":[]}}])"},
      {"token, pretty",
       "[\n  {\n    \"credentials\": {\n      \"passwords\": [\n        {\n          \"name\": \"password1\",\n"
       "          \"value\": \"SECRET\"\n        }\n      ]\n    },\n    \"id\": \"" +
           token +
           "\",\n"
           "    \"name\": \"tok\",\n    \"type\": \"Microsoft.ContainerRegistry/registries/tokens\"\n  }\n]\n"},
      {"token, REST", R"({"value":[{"id":")" + token +
                          R"(","name":"tok",)"
                          R"("type":"Microsoft.ContainerRegistry/registries/tokens","properties":{"status":"enabled",)"
                          R"("credentials":{"passwords":{"a":"SECRET"},"certificates":[]}}}]})"},
      {"token, cut", R"([{"id":")" + token +
                         R"(","name":"tok","credentials":{"passwords":[)"
                         R"("@{name=password1; creationTime=2026-01-01; expiry=; value=SECRET}"]}}])"},
      {"token, cut deeper", "[\n {\"id\": \"" + token +
                                "\", \"name\": \"tok\",\n"
                                "  \"credentials\": \"@{passwords=System.Object[]; value=SECRET}\"}\n]"},
      {"task",
       R"([{"id":"/subscriptions/1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/reg/tasks/t",)"
       R"("name":"t","type":"Microsoft.ContainerRegistry/registries/tasks","credentials":{"customRegistries":)"
       R"({"x.azurecr.io":{"userName":{"value":"u","type":"Opaque"},"password":{"value":"SECRET","type":"Opaque"}}}},)"
       R"("step":{"values":[{"name":"p","value":"SECRET","isSecret":true}]}}])"},
      {"cluster",
       R"({"id":"/subscriptions/1/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c",)"
       R"("name":"c","type":"Microsoft.ContainerService/ManagedClusters","kubeconfig":"users: [SECRET]",)"
       R"("connectionString":"Endpoint=x;AccountKey=SECRET;","servicePrincipalProfile":{"clientId":"x"}})"},
      {"template", R"({"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",)"
                   R"("parameters":{"adminPassword":{"type":"securestring","defaultValue":"SECRET"}},"resources":[]})"},
  };
  return kShapes;
}

std::string with_secret(std::string text) {
  constexpr std::string_view kPlace = "SECRET";
  for (std::size_t at = 0; (at = text.find(kPlace, at)) != std::string::npos; at += kSecret.size()) {
    text.replace(at, kPlace.size(), kSecret);
  }
  return text;
}

std::string everything_said_of(std::string_view text) {
  std::string said;
  const auto add = [&](const model::Diagnostic& d) {
    said += d.message + '\n' + d.pointer + '\n' + d.excerpt + '\n' + d.help + '\n';
  };
  const auto result = read_text(text);
  if (!result) {
    for (const model::Diagnostic& d : result.error()) add(d);
    return said;
  }
  for (const model::Warning& warning : result->warnings) add(warning.where);
  return said;
}

/// A piece of the secret long enough to be one, in `said`.
std::string piece_in(std::string_view said) {
  constexpr std::size_t kPiece = 6;
  for (std::size_t i = 0; i + kPiece <= kSecret.size(); ++i) {
    if (said.find(kSecret.substr(i, kPiece)) != std::string_view::npos) return std::string(kSecret.substr(i, kPiece));
  }
  return {};
}

void expect_kept(const std::string& text, const std::string& where) {
  const std::string said = everything_said_of(text);
  EXPECT_EQ(piece_in(said), "") << where << "\n" << text << "\n" << said;
}

TEST(Secrets, AreNotRepeatedWhateverByteOfTheFileIsDamaged) {
  const std::vector<std::string> put_in = {
      "\"", "\\", std::string("\x01"), "{", "}", "[", "]", ",", ":", "x", "\n", " ", "'", "\xE9", "0"};
  for (const auto& [name, shape] : shapes()) {
    const std::string text = with_secret(shape);
    expect_kept(text, name);
    const std::size_t first = text.find(kSecret);
    const std::size_t begin = first - std::min<std::size_t>(first, 90);
    const std::size_t end = std::min(text.size(), first + kSecret.size() + 90);
    for (std::size_t at = begin; at < end; ++at) {
      const std::string where = name + ", byte " + std::to_string(at);
      const bool inside = at > first && at < first + kSecret.size();
      if (!inside) expect_kept(text.substr(0, at) + text.substr(at + 1), where + " is lost");
      expect_kept(text.substr(0, at), where + " is the end");
      for (const std::string& put : put_in) {
        expect_kept(text.substr(0, at) + put + text.substr(at), where + " follows " + put);
        expect_kept(text.substr(0, at) + put + text.substr(at + 1), where + " is " + put);
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Secrets, AreNotRepeatedWhenTwoQuotesAreLost) {
  for (const auto& [name, shape] : shapes()) {
    const std::string text = with_secret(shape);
    const std::size_t first = text.find(kSecret);
    std::vector<std::size_t> quotes;
    for (std::size_t at = first - std::min<std::size_t>(first, 60); at < std::min(text.size(), first + 60); ++at) {
      if (text[at] == '"') quotes.push_back(at);
    }
    for (std::size_t i = 0; i < quotes.size(); ++i) {
      for (std::size_t k = i + 1; k < quotes.size(); ++k) {
        std::string damaged = text;
        damaged.erase(quotes[k], 1).erase(quotes[i], 1);
        expect_kept(damaged, name);
        damaged = text;
        damaged.insert(quotes[k], "\\").insert(quotes[i], "\\");
        expect_kept(damaged, name);
      }
    }
  }
}

TEST(Secrets, AreNotRepeatedWhereTheyStandAsKeys) {
  const std::string text = with_secret(R"({"username":"reg","passwords":{"SECRET":{"a":1,"a":2}}})");
  expect_kept(text, "as keys");
  for (std::size_t at = text.find(kSecret) + kSecret.size(); at < text.size(); ++at) {
    expect_kept(text.substr(0, at) + text.substr(at + 1), "as keys, one byte lost");
    for (const char* put : {"\"", "{", "}", ":", ",", "x"})
      expect_kept(text.substr(0, at) + put + text.substr(at), put);
  }
}

TEST(Secrets, AnOrdinaryExcerptStaysUseful) {
  const auto excerpt_of = [](std::string_view text) { return problem_of(text).excerpt; };
  EXPECT_EQ(excerpt_of("[{\"name\": \"a\", \"principalId\": \"p1\", \"scope\": \"/subscriptions/1\" x}]"),
            "[{\"name\": \"a\", \"principalId\": \"p1\", \"scope\": \"/subscriptions/1\" *}]");
  EXPECT_EQ(excerpt_of("[{\"condition\": nul, \"id\": \"x\", \"unknown\": \"y\"}]"),
            "[{\"condition\": nul, \"id\": \"*\", \"*******\": \"*\"}]");
  EXPECT_EQ(excerpt_of("[{\"someKey\": \"y\", \"id\": \"x\",, 12}]"), "[{\"someKey\": \"*\", \"id\": \"x\",, **}]");
  EXPECT_EQ(excerpt_of("[{\"passwords\": [{\"name\": \"password1\", \"value\": \"pw\", \"pin\": 123}}]"),
            "[{\"passwords\": [{\"name\": \"password1\", \"value\": \"**\", \"***\": ***}}]");
}

TEST(Secrets, OfACutObjectOnlyTheBeginningIsShown) {
  const auto problem = problem_of(with_secret(shapes().at("token, cut")));
  EXPECT_NE(problem.message.find("`passwords` holds text where an object is expected"), std::string::npos)
      << problem.message;
  EXPECT_NE(problem.excerpt.find("@{***"), std::string::npos) << problem.excerpt;
}

}  // namespace
}  // namespace acrbiter::tests
