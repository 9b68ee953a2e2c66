#include "model/time.h"

#include <gtest/gtest.h>

#include <string>

namespace acrbiter::model {
namespace {

std::string round_trip(std::string_view text) {
  const auto time = parse_timestamp(text);
  return time ? to_string(*time) : "none";
}

TEST(ParseTimestamp, ReadsTheSevenDigitsThatTheServiceWrites) {
  EXPECT_EQ(round_trip("2019-05-01T21:44:02.7732001Z"), "2019-05-01T21:44:02.7732001Z");
}

TEST(ParseTimestamp, ReadsTheOffsetThatTheCliWrites) {
  EXPECT_EQ(round_trip("2024-07-16T23:03:23.924511+00:00"), "2024-07-16T23:03:23.924511Z");
  EXPECT_EQ(round_trip("2024-01-01T00:30:00+01:00"), "2023-12-31T23:30:00Z");
  EXPECT_EQ(round_trip("2024-01-01T00:30:00-02:30"), "2024-01-01T03:00:00Z");
}

TEST(ParseTimestamp, ReadsWhatWindowsPowerShellWrites) {
  EXPECT_EQ(round_trip("/Date(1405000000000)/"), "2014-07-10T13:46:40Z");
  EXPECT_EQ(round_trip("/Date(1405000000001+0200)/"), "2014-07-10T13:46:40.001Z");
  EXPECT_EQ(round_trip("/Date(-1)/"), "1969-12-31T23:59:59.999Z");
}

TEST(ParseTimestamp, DropsDigitsThatAreFinerThanATick) {
  EXPECT_EQ(round_trip("2024-01-01T00:00:00.123456789Z"), "2024-01-01T00:00:00.1234567Z");
}

TEST(ParseTimestamp, KnowsTheLengthOfMonths) {
  EXPECT_EQ(round_trip("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
  EXPECT_EQ(round_trip("2023-02-29T00:00:00Z"), "none");
  EXPECT_EQ(round_trip("2024-04-31T00:00:00Z"), "none");
  EXPECT_EQ(round_trip("9999-12-31T23:59:59.9999999Z"), "9999-12-31T23:59:59.9999999Z");
}

TEST(ParseTimestamp, TakesNothingElse) {
  for (const std::string_view text :
       {"", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00Z", "1/31/2025 9:00:00 AM", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00Zx",
        "2024-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "/Date()/", "/Date(x)/", "/Date(99999999999999999999)/",
        "/Date(1", "2024-01-01T00:00:00+0100", " 2024-01-01T00:00:00Z"}) {
    EXPECT_EQ(round_trip(text), "none") << text;
  }
}

TEST(ParseTimestamp, OrdersByTime) {
  EXPECT_LT(*parse_timestamp("2024-01-01T00:00:00Z"), *parse_timestamp("2024-01-01T00:00:00.0000001Z"));
}

}  // namespace
}  // namespace acrbiter::model
