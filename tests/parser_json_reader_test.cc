// Reading JSON must give what nlohmann's own tree gives, although nlohmann sees most strings only as empty ones.
#include "parser/json_reader.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/input.h"
#include "parser/value_arena.h"

namespace acrbiter {
namespace {

using nlohmann::json;

json tree(const parser::Value& value) {
  switch (value.kind()) {
    case parser::ValueKind::Boolean:
      return *value.boolean();
    case parser::ValueKind::Number:
      return *value.number();
    case parser::ValueKind::String:
      return std::string(value.text());
    case parser::ValueKind::Array: {
      json array = json::array();
      for (const parser::Value element : value) array.push_back(tree(element));
      return array;
    }
    case parser::ValueKind::Object: {
      json object = json::object();
      for (const parser::Value member : value) object[std::string(member.key())] = tree(member);
      return object;
    }
    case parser::ValueKind::Absent:
    case parser::ValueKind::Null:
      break;
  }
  return nullptr;
}

/// What the reader makes of `text`, or nothing if it finds fault with it.
std::optional<json> read(std::string_view text) {
  parser::InputText input = parser::InputText::from_memory(text);
  if (input.at_end()) return std::nullopt;
  parser::ValueArena arena;
  if (!parser::read_document(input, arena).empty()) return std::nullopt;
  return tree(arena.root());
}

/// What nlohmann makes of it.
std::optional<json> expected(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

std::string shortened(const std::string& text) { return text.size() < 200 ? text : text.substr(text.size() - 200); }

/// Contents of strings, as they stand between quotation marks: good ones and bad ones.
const std::vector<std::string>& contents() {
  using namespace std::string_literals;
  static const std::vector<std::string> all = {
      "",
      "a",
      "plain text/of:an.export",
      R"(\")",
      R"(\\)",
      R"(\\\")",
      R"(a\\)",
      R"(\n)",
      R"(\u0041)",
      R"(\u00e9)",
      R"(\ud83d\ude00)",
      "\xC3\xA9",
      "\x7F",
      "\xF0\x9F\x98\x80",
      "{[,:]}",
      "'",
      "\xC3",
      "\x80",
      "\xFF",
      "\x1F",
      "\n",
      "a\tb",
      "\0"s,
      R"(\x)",
      R"(\ud83d)",
      R"(\u12)",
      R"(ends in \)",
  };
  return all;
}

TEST(JsonReader, ReadsEveryContentOfAStringAsNlohmannDoes) {
  // 0 to 17 plain bytes before and behind: whole words of eight and what is left of them.
  for (const std::string& content : contents()) {
    for (std::size_t before = 0; before < 18; ++before) {
      for (const std::size_t behind : {0U, 1U, 7U, 8U, 9U}) {
        const std::string string = '"' + std::string(before, 'x') + content + std::string(behind, 'y') + '"';
        for (const std::string& text : {string, "[" + string + ",1]", "{" + string + ":" + string + ",\"~\":\"\"}"}) {
          EXPECT_EQ(read(text), expected(text)) << text;
        }
      }
    }
  }
}

TEST(JsonReader, ReadsStringsThatLieAcrossTheEndOfAChunk) {
  // The first window ends behind 1,024 bytes, further ones behind 256 KiB each.
  for (const std::size_t end : {std::size_t{1024}, std::size_t{1024} + 256 * 1024}) {
    for (const std::string_view content : {"", "plain text", R"(\"\\)", "\xC3\xA9\xC3\xA9", "\xC3"}) {
      for (const std::size_t before_end : {0U, 1U, 2U, 3U, 4U, 6U, 9U, 12U}) {
        const std::string filler(end - before_end - 5, 'f');
        const std::string text = "[\"" + filler + "\",\"" + std::string(content) + "\",\"last\"]";
        EXPECT_TRUE(read(text) == expected(text)) << shortened(text);
      }
    }
  }
}

TEST(JsonReader, TakesNoQuotationMarkOutsideOfAStringForTheBeginningOfOne) {
  for (const std::string_view text :
       {R"(tru"e")", R"([1"a"])", R"([-"a"])", R"({"a"1:2})", R"("a" "b")", R"(["a""b"])", R"({"a":"b""c":1})",
        R"({"a")", R"({"a":)", R"(["a)", R"(")", R"([1.5e"])", R"({"a":"b",})", R"([null"x"])"}) {
    // One document is read and what stands behind it is left, so only the first value of `"a" "b"` is looked at.
    if (text.starts_with('"') && text.size() > 1) {
      EXPECT_EQ(read(text), json("a"));
    } else {
      EXPECT_EQ(read(text), expected(text)) << text;
    }
  }
}

TEST(JsonReader, PointsAtWhatIsWrongBehindPlainStrings) {
  constexpr std::string_view kText = R"({"name": "contoso", "mode": x})";
  parser::InputText input = parser::InputText::from_memory(kText);
  ASSERT_FALSE(input.at_end());
  parser::ValueArena arena;
  const auto problems = parser::read_document(input, arena);
  ASSERT_EQ(problems.size(), 1U);
  ASSERT_TRUE(problems[0].span);
  EXPECT_EQ(problems[0].span->begin, kText.find('x'));
}

TEST(JsonReader, KnowsWhereAPlainStringStarts) {
  constexpr std::string_view kText = R"({"first": 1, "second": ["element"]})";
  parser::InputText input = parser::InputText::from_memory(kText);
  ASSERT_FALSE(input.at_end());
  parser::ValueArena arena;
  ASSERT_TRUE(parser::read_document(input, arena).empty());
  EXPECT_EQ(arena.root()["second"].offset(), kText.find("\"second\""));
  EXPECT_EQ((*arena.root()["second"].begin()).offset(), kText.find("\"element\""));
}

TEST(JsonReader, FindsARepeatedKeyAmongPlainOnesAndEscapedOnes) {
  EXPECT_FALSE(read(R"({"name": 1, "name": 2})"));
  EXPECT_FALSE(read(R"({"name": 1, "n\u0061me": 2})"));
  EXPECT_TRUE(read(R"({"name": 1, "Name": 2})"));
}

}  // namespace
}  // namespace acrbiter
