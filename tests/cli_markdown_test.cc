// What no name from the input may do in Markdown, XML attributes and shells.
#include <gtest/gtest.h>

#include <string>

#include "cli/report/markdown.h"
#include "cli/report/prove_report.h"
#include "model/shell_word.h"

namespace acrbiter::cli::report {
namespace {

TEST(CodeSpan, IsFencedByMoreBackticksThanItHolds) {
  EXPECT_EQ(code_span("team/app"), "`team/app`");
  EXPECT_EQ(code_span("a`b"), "``a`b``");
  EXPECT_EQ(code_span("``"), "``` `` ```");
  EXPECT_EQ(code_span("`a``b"), "``` `a``b ```");
  EXPECT_EQ(code_span(" a "), "`  a  `");
  EXPECT_EQ(code_span(""), "` `");
}

TEST(CodeSpan, StaysOnOneLine) { EXPECT_EQ(code_span("a\n\n# b\r\x1B[2J"), "`a\\u{0A}\\u{0A}# b\\u{0D}\\u{1B}[2J`"); }

TEST(HtmlText, HoldsNoMarkup) {
  EXPECT_EQ(html_text("contoso (legacy mode)"), "contoso (legacy mode)");
  EXPECT_EQ(html_text("</summary><b>&@a"), "&#60;&#47;summary&#62;&#60;b&#62;&#38;&#64;a");
  EXPECT_EQ(html_text("M\xC3\xBCller"), "M\xC3\xBCller");
  EXPECT_EQ(html_text("[x](y)"), "&#91;x&#93;(y)");
}

TEST(ShellWord, IsOneWordWhateverItHolds) {
  EXPECT_EQ(model::shell_word("contoso/team/app"), "contoso/team/app");
  EXPECT_EQ(model::shell_word("alice@contoso.com"), "alice@contoso.com");
  EXPECT_EQ(model::shell_word(""), "''");
  EXPECT_EQ(model::shell_word("$(reboot); x"), "'$(reboot); x'");
  EXPECT_EQ(model::shell_word("it's"), R"('it'\''s')");
  EXPECT_EQ(model::shell_word("~root"), "'~root'");
}

}  // namespace
}  // namespace acrbiter::cli::report
