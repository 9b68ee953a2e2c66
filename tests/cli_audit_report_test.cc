// The report that auditors sign: both formats say the same, no name breaks out of either, and what it tells comes from
// the data. ACRBITER_UPDATE_GOLDEN=1 writes the golden report instead of comparing it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/report/audit_report.h"
#include "cli/report/document.h"
#include "cli/run.h"

namespace acrbiter::cli {
namespace {

namespace fs = std::filesystem;
namespace migration = evaluator::migration;

using nlohmann::json;
using report::Document;
using report::Prose;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Texts = std::vector<std::string>;

// ---- what a reader of either format sees --------------------------------------------------------------------

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t i = text.find(from); i != std::string::npos; i = text.find(from, i + to.size()))
    text.replace(i, from.size(), to);
  return text;
}

/// `&#65;`, `&lt;` and so on; the place after it, or `at` if there is none.
std::size_t entity(std::string_view text, std::size_t at, std::string& out) {
  const std::size_t end = text.find(';', at);
  if (text[at] != '&' || end == std::string_view::npos || end - at > 7) return at;
  const std::string name(text.substr(at + 1, end - at - 1));
  static const std::map<std::string, char> kNames{{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}};
  if (const auto known = kNames.find(name); known != kNames.end())
    out += known->second;
  else if (name.starts_with('#'))
    out += static_cast<char>(std::stoi(name.substr(1)));
  else
    return at;
  return end + 1;
}

struct Tag {
  std::string name;
  bool closes = false;
  std::map<std::string, std::string> attributes;
};

/// Reads HTML as strictly as this program writes it: throws if a tag is not understood, not closed or misplaced.
class HtmlReader {
 public:
  explicit HtmlReader(std::string_view text) : text_(text) {
    while (at_ < text_.size()) step();
    if (!open_.empty()) throw std::runtime_error("not closed: " + open_.back());
  }

  Texts texts;  ///< of headings, paragraphs, items, cells and lines of commands
  std::vector<Tag> tags;

 private:
  static bool is_block(std::string_view name) {
    static const std::set<std::string_view> kBlocks{"h1", "h2", "p", "li", "th", "td", "caption", "dt"};
    return kBlocks.contains(name);
  }
  [[nodiscard]] bool inside(std::string_view name) const {
    return std::find(open_.begin(), open_.end(), name) != open_.end();
  }

  void step() {
    if (text_[at_] == '<') {
      if (text_.substr(at_).starts_with("<!DOCTYPE html>"))
        at_ += 15;
      else
        tag();
      return;
    }
    std::string seen;
    if (const std::size_t next = entity(text_, at_, seen); next != at_)
      at_ = next;
    else if (text_[at_] == '&')
      throw std::runtime_error("a bare &");
    else
      seen = text_[at_++];
    if (inside("figure") || inside("style") || inside("title")) return;
    text_here_ += seen;
  }

  void tag() {
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos) throw std::runtime_error("a bare <");
    std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    Tag tag;
    if (inner.starts_with('/')) {
      tag.closes = true;
      inner.remove_prefix(1);
    }
    const bool empty = inner.ends_with('/');
    if (empty) inner.remove_suffix(1);
    std::size_t i = 0;
    while (i < inner.size() && std::isalnum(static_cast<unsigned char>(inner[i])) != 0) ++i;
    tag.name = inner.substr(0, i);
    if (tag.name.empty()) throw std::runtime_error("no tag: <" + std::string(inner) + ">");
    while (i < inner.size()) {
      if (std::isspace(static_cast<unsigned char>(inner[i])) == 0) throw std::runtime_error("bad tag: " + tag.name);
      ++i;
      const std::size_t equals = inner.find("=\"", i);
      const std::size_t close = equals == std::string_view::npos ? equals : inner.find('"', equals + 2);
      if (close == std::string_view::npos) throw std::runtime_error("bad attribute of " + tag.name);
      const std::string name(inner.substr(i, equals - i));
      if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") !=
          std::string::npos)
        throw std::runtime_error("bad attribute name: " + name);
      tag.attributes[name] = inner.substr(equals + 2, close - equals - 2);
      i = close + 1;
    }
    static const std::set<std::string_view> kVoid{"meta", "br", "col"};
    if (tag.name == "br") text_here_ += '\n';
    if (tag.closes) {
      if (open_.empty() || open_.back() != tag.name) throw std::runtime_error("misplaced </" + tag.name + ">");
      if (is_block(tag.name)) texts.push_back(text_here_);
      if (tag.name == "pre") {
        std::istringstream lines(text_here_);
        for (std::string line; std::getline(lines, line);) texts.push_back(line);
      }
      open_.pop_back();
    } else if (!empty && !kVoid.contains(tag.name)) {
      open_.push_back(tag.name);
    }
    if (is_block(tag.name) || tag.name == "pre") text_here_.clear();
    tags.push_back(std::move(tag));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::string text_here_;
};

/// What is left of a line of Markdown without its marks. Throws on markup that this program does not write.
std::string markdown_seen(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && i + 1 < text.size() && std::ispunct(static_cast<unsigned char>(text[i + 1])) != 0) {
      out += text[i + 1];
      i += 2;
    } else if (text[i] == '`') {
      const std::size_t fence = std::min(text.find_first_not_of('`', i), text.size()) - i;
      std::size_t end = i + fence;
      for (;; ++end) {  // a run of just as many
        end = text.find('`', end);
        if (end == std::string_view::npos) throw std::runtime_error("code without end: " + std::string(text));
        const std::size_t run = std::min(text.find_first_not_of('`', end), text.size()) - end;
        if (run == fence) break;
        end += run - 1;
      }
      std::string_view code = text.substr(i + fence, end - i - fence);
      if (code.size() > 2 && code.front() == ' ' && code.back() == ' ' && code.find_first_not_of(' ') != code.npos) {
        code.remove_prefix(1);
        code.remove_suffix(1);
      }
      out += code;
      i = end + fence;
    } else if (text.substr(i).starts_with("<br>")) {
      out += '\n';
      i += 4;
    } else if (text.substr(i).starts_with("<code>") || text.substr(i).starts_with("</code>")) {
      i = text.find('>', i) + 1;
    } else if (text.substr(i).starts_with("**")) {
      i += 2;
    } else if (const std::size_t next = entity(text, i, out); next != i) {
      i = next;
    } else if (std::string_view("<>*_[]|~&#").find(text[i]) != std::string_view::npos) {
      throw std::runtime_error("markup at " + std::to_string(i) + " of: " + std::string(text));
    } else {
      out += text[i++];
    }
  }
  return out;
}

/// The cells of a row; a renderer sees no `|` but those between them.
Texts cells_of(const std::string& row) {
  Texts cells;
  std::string cell;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] == '\\' && i + 1 < row.size()) {
      cell += row[i];
      cell += row[++i];
    } else if (row[i] == '|') {
      if (cell.size() < 2 || cell.front() != ' ' || cell.back() != ' ') throw std::runtime_error("bad cell: " + cell);
      cells.push_back(markdown_seen(cell.substr(1, cell.size() - 2)));
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  if (!cell.empty()) throw std::runtime_error("a row without end: " + row);
  return cells;
}

Texts markdown_texts(const std::string& text) {
  Texts result;
  std::string fence;
  std::size_t columns = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!fence.empty()) {
      if (line == fence)
        fence.clear();
      else
        result.push_back(line);
    } else if (line.starts_with("```")) {
      fence = line.substr(0, line.find_first_not_of('`'));
    } else if (line.starts_with("|---")) {
      continue;
    } else if (line.starts_with('|')) {
      const Texts cells = cells_of(line);
      if (columns == 0) columns = cells.size();
      EXPECT_EQ(cells.size(), columns) << line;
      result.insert(result.end(), cells.begin(), cells.end());
    } else if (!line.empty()) {
      const std::size_t digits = line.find_first_not_of("0123456789");
      if (line.starts_with("# ") || line.starts_with("- "))
        line.erase(0, 2);
      else if (line.starts_with("## "))
        line.erase(0, 3);
      else if (digits != 0 && line.substr(digits).starts_with(". "))
        line.erase(0, digits + 2);
      result.push_back(markdown_seen(line));
    }
    if (!line.starts_with('|')) columns = 0;
  }
  return result;
}

// ---- documents ----------------------------------------------------------------------------------------------

const std::string kEvil =
    "EVIL\"'><script>alert(1)</script><img src=x onerror=y>|`a``b`\\|\n\n# h\n| x | **y** _z_ ~~s~~ "
    "[l](https://evil.example)"
    " www.evil.example @evil &lt; &#60; ]]> --> $x$ \xE2\x80\xAE\x1B[31m\xFF";

Document document_of(const std::string& name) {
  Document document{.title = name, .lead = Prose(name).name(name), .sections = {}};
  report::Table table{
      .caption = name, .header = {name, "b"}, .rows = {{Prose(name), Prose().name(name)}}, .widths = {}};
  table.rows.push_back({Prose().code(name).line_break().strong(name), ""});
  document.sections.push_back(
      {name,
       {report::Paragraph{Prose().plain(name)}, report::List{true, {name, Prose().code(name)}},
        report::List{false, {name}}, table, report::Commands{{name, "ls"}}, report::Fields{{name}}}});
  return document;
}

TEST(Document, SaysTheSameInBothFormats) {
  for (const std::string& name :
       {std::string("alice@contoso.com"), kEvil, std::string("- item"), std::string("1. item"), std::string("+ x"),
        std::string("``"), std::string("a|b"), std::string("a\\"), std::string(" blanks  inside "),
        std::string("``` x"), std::string("https://contoso.example/a_b_c"), std::string("====="),
        std::string("*/read")}) {
    const Document document = document_of(name);
    const std::string html = report::html(document);
    EXPECT_EQ(HtmlReader(html).texts, markdown_texts(report::markdown(document))) << name;
  }
}

TEST(Document, ShowsNamesAsTheyAre) {
  const Document document{.title = "t",
                          .lead = Prose("by ").name("a_b <c>").plain(", ").code("d|e").line_break().strong("f:"),
                          .sections = {}};
  EXPECT_THAT(report::markdown(document), HasSubstr("by `a_b <c>`, <code>d&#124;e</code><br>**f:**\n"));
  EXPECT_THAT(report::html(document),
              HasSubstr("<p>by <bdi>a_b &lt;c&gt;</bdi>, <code>d|e</code><br><strong>f:</strong></p>"));
}

TEST(Document, IsNoLinkWhateverANameSays) {
  const Document document{.title = "https://a.example www.b.example c@d.example", .lead = {}, .sections = {}};
  const std::string text = report::markdown(document);
  for (const std::string_view link : {"https:/", "www.", "c@"}) EXPECT_THAT(text, Not(HasSubstr(std::string(link))));
}

TEST(Document, IsAPageOfItsOwn) {
  const std::string html = report::html(document_of(kEvil));
  const HtmlReader page(html);
  EXPECT_THAT(html, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>\n<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("\\u{202E}\\u{1B}[31m\\x{FF}"));
  for (const Tag& tag : page.tags) {
    EXPECT_NE(tag.name, "script");
    EXPECT_NE(tag.name, "img");
    for (const auto& [name, value] : tag.attributes) {
      EXPECT_FALSE(name.starts_with("on")) << name;
      EXPECT_THAT(value, Not(HasSubstr("EVIL")));
      EXPECT_THAT(value, Not(HasSubstr("://")));
    }
  }
}

// ---- a report about hostile names ---------------------------------------------------------------------------

migration::Who evil_who(std::string kind, std::string id) {
  return {.kind = std::move(kind), .id = kEvil + std::move(id), .name = kEvil, .type = "Group", .workloads = {kEvil}};
}

TEST(AuditReport, NoNameBreaksOut) {
  migration::Review review;
  review.as_made = false;
  migration::Plan& plan = review.plan;
  const migration::Who one = evil_who("entra", "1");
  const migration::Who two = evil_who("task", "2");
  plan.registries = {{.name = kEvil, .id = kEvil, .login_server = kEvil}};
  plan.roles = {{.guid = kEvil, .name = kEvil, .data_actions = {kEvil}, .assignable_scopes = {kEvil}}};
  plan.assignments = {
      {.name = kEvil, .principal = one, .scope = kEvil, .role = kEvil, .replaces = {kEvil}, .note = kEvil}};
  plan.tasks = {{.registry = kEvil,
                 .name = kEvil,
                 .identity = kEvil,
                 .identity_resource_id = kEvil,
                 .identity_client_id = kEvil,
                 .identity_before = kEvil,
                 .login_mode_before = kEvil,
                 .set_already = false,
                 .need = kEvil}};
  plan.remove = {{.id = kEvil,
                  .role = kEvil,
                  .role_guid = kEvil,
                  .principal = one,
                  .scope = kEvil,
                  .condition = kEvil,
                  .condition_version = kEvil,
                  .note = kEvil}};
  plan.keep = plan.remove;
  plan.carriers = {{.id = kEvil,
                    .principal = one,
                    .role = kEvil,
                    .scope = kEvil,
                    .rights = {kEvil},
                    .on_purpose = false,
                    .end = kEvil,
                    .registries = {kEvil},
                    .left_out = kEvil}};
  plan.switch_alone = {{.kind = migration::Change::Kind::Lost,
                        .registry = kEvil,
                        .who = {one, two},
                        .operations = {"pull", kEvil},
                        .names = kEvil,
                        .example = kEvil,
                        .reason = kEvil,
                        .because = kEvil}};
  plan.changes = plan.switch_alone;
  plan.elsewhere = plan.switch_alone;
  plan.residue = {{.code = kEvil, .subject = kEvil, .text = kEvil, .source = kEvil, .command = kEvil}};
  plan.untouched = plan.residue;
  plan.open = plan.residue;

  model::Snapshot snapshot;
  snapshot.files.push_back(
      {.path = kEvil, .kind = kEvil, .dialect = kEvil, .read = true, .incomplete = true, .counts = {{kEvil, 1}}});
  model::Warning& warning = snapshot.warnings.emplace_back();
  warning.code = warning.where.message = warning.where.file = warning.where.pointer = warning.where.help = kEvil;
  snapshot.incomplete_lists = {kEvil};
  snapshot.registries.emplace_back().name = kEvil;
  snapshot.scopes.emplace_back();
  const evaluator::Readings readings;
  const migration::Verification proof;
  const migration::Timeline timeline = migration::make_timeline(plan, {});
  const migrate::Certificate now{
      .inputs = {{.path = kEvil, .digest = kEvil}}, .assumptions = {}, .at = {}, .plan = "a"};
  const std::optional<migrate::Certificate> then =
      migrate::Certificate{.inputs = {{.path = kEvil, .digest = "other"}}, .assumptions = {}, .at = {}, .plan = "b"};
  const report::AuditSubject subject{.review = review,
                                     .proof = proof,
                                     .timeline = timeline,
                                     .snapshot = snapshot,
                                     .readings = readings,
                                     .operations = evaluator::data_operations(),
                                     .now = now,
                                     .then = then,
                                     .plan_path = kEvil,
                                     .plan_digest = kEvil,
                                     .at = kEvil,
                                     .version = kEvil,
                                     .digest_command = kEvil,
                                     .verify_command = kEvil,
                                     .report_command = kEvil,
                                     .question_options = kEvil};
  const std::string html = report::audit_html(subject);
  const HtmlReader page(html);
  for (const Tag& tag : page.tags) {
    EXPECT_NE(tag.name, "script");
    EXPECT_NE(tag.name, "img");
    for (const auto& [name, value] : tag.attributes) {
      EXPECT_FALSE(name.starts_with("on")) << name;
      EXPECT_THAT(value, Not(HasSubstr("EVIL")));
    }
  }
  EXPECT_EQ(page.texts, markdown_texts(report::audit_markdown(subject)));
}

// ---- the sample tenant --------------------------------------------------------------------------------------

struct Ran {
  int exit = -1;
  std::string out, err;
};
Ran ran(std::vector<std::string> arguments, const std::string& in = "") {
  std::istringstream input(in);
  std::ostringstream out, err;
  const int exit = run(arguments, input, out, err);
  return {exit, out.str(), err.str()};
}

std::string demo_plan() {
  static const std::string plan = ran({"migrate", "plan", "--demo", "--registry", "contosobase", "-o", "json"}).out;
  return plan;
}
Ran report_of(const std::string& plan, std::string_view format) {
  return ran({"migrate", "report", "-", "--demo", "-o", std::string(format)}, plan);
}

TEST(AuditReport, SaysTheSameInBothFormats) {
  const Ran html = report_of(demo_plan(), "html");
  const Ran markdown = report_of(demo_plan(), "markdown");
  ASSERT_EQ(html.exit, 0) << html.err;
  ASSERT_EQ(markdown.exit, 0) << markdown.err;
  // The one difference is the command that makes the report again.
  EXPECT_EQ(HtmlReader(html.out).texts, markdown_texts(replaced(markdown.out, "-o markdown", "-o html")));
  EXPECT_EQ(html.out, report_of(demo_plan(), "html").out);
}

TEST(AuditReport, RefersToNothingElse) {
  const std::string html = report_of(demo_plan(), "html").out;
  for (const Tag& tag : HtmlReader(html).tags) {
    static const std::set<std::string> kForbidden{"script", "link", "img", "iframe", "object", "embed", "form", "base"};
    EXPECT_FALSE(kForbidden.contains(tag.name)) << tag.name;
    for (const auto& [name, value] : tag.attributes) {
      EXPECT_FALSE(name == "src" || name == "href" || name == "xlink:href") << name;
      EXPECT_THAT(value, Not(HasSubstr("://")));
    }
  }
  EXPECT_THAT(html, Not(HasSubstr("@import")));
}

TEST(AuditReport, HasFiveSentences) {
  const Texts texts = HtmlReader(report_of(demo_plan(), "html").out).texts;
  const auto summary = std::find(texts.begin(), texts.end(), "1. Summary");
  ASSERT_NE(summary, texts.end());
  EXPECT_THAT(
      Texts(summary + 1, summary + 7),
      ElementsAre(StartsWith("What moves: contosobase"), StartsWith("What is kept: the switch alone would end"),
                  StartsWith("Lost: "), StartsWith("Gained: "), StartsWith("Open: "), "What this report is about"));
  for (auto sentence = summary + 1; sentence != summary + 6; ++sentence) {
    EXPECT_EQ(std::count(sentence->begin(), sentence->end(), '.'), 1) << *sentence;
  }
}

TEST(AuditReport, OfAPlanThatDoesNotHoldIsRefused) {
  json plan = json::parse(demo_plan());
  json& list = plan["assignments"];
  list.erase(std::remove_if(list.begin(), list.end(),
                            [](const json& one) { return one["principal"]["name"] == "sp-jenkins"; }),
             list.end());
  const Ran report = report_of(plan.dump(), "html");
  EXPECT_EQ(report.exit, 1);
  EXPECT_EQ(report.out, "");
  EXPECT_THAT(report.err, HasSubstr("there is no report of a plan that does not hold"));
  EXPECT_THAT(report.err, HasSubstr("the plan says"));
}

TEST(AuditReport, TellsWhatTheDataSaysWhateverThePlanCallsIt) {
  json plan = json::parse(demo_plan());
  for (json& assignment : plan["assignments"]) {
    if (assignment["principal"]["name"] == "sp-jenkins") assignment["principal"]["name"] = "harmless";
  }
  plan["switchAlone"] = json::array();
  plan["untouched"] = json::array();
  plan["today"] = json::array();
  plan["open"] = json::array();
  const Ran edited = report_of(plan.dump(), "markdown");
  ASSERT_EQ(edited.exit, 0) << edited.err;
  EXPECT_THAT(edited.out, Not(HasSubstr("harmless")));
  EXPECT_THAT(edited.out, HasSubstr("The plan was edited after it was made."));
  EXPECT_THAT(edited.out, HasSubstr("The plan is not what the planner makes of this data:"));
  const auto without_notes = [](const std::string& text) {
    Texts texts = markdown_texts(text);
    texts.erase(texts.begin(), std::find(texts.begin(), texts.end(), "2. What the switch alone would end"));
    texts.erase(std::find(texts.begin(), texts.end(), "13. Digests of the inputs"), texts.end());
    return texts;
  };
  EXPECT_EQ(without_notes(edited.out), without_notes(report_of(demo_plan(), "markdown").out));
}

TEST(AuditReport, NamesTheReadingsThatThePlanRestsOn) {
  const Ran report = ran({"migrate", "report", "-", "--demo", "--assume", "untag-right=delete", "--assume",
                          "non-ascii-ignore-case=ascii-only", "-o", "markdown"},
                         ran({"migrate", "plan", "--demo", "--registry", "contosobase", "--assume",
                              "untag-right=delete", "--assume", "non-ascii-ignore-case=ascii-only", "-o", "json"})
                             .out);
  ASSERT_EQ(report.exit, 0) << report.err;
  EXPECT_THAT(report.out, ContainsRegex("`untag-right` \\| [^|]* \\| `delete`<br>pinned \\| "));
  EXPECT_THAT(
      report.out,
      ContainsRegex("`non-ascii-ignore-case` \\| [^|]* \\| `ascii-only`<br>pinned \\| pinned for every answer"));
  EXPECT_THAT(report.out, HasSubstr("acrbiter migrate verify - --demo --assume untag-right=delete --assume "
                                    "non-ascii-ignore-case=ascii-only < PLAN\n"));
}

TEST(AuditReport, IsTheGoldenOneForTheSampleTenant) {
  const fs::path path = fs::path(ACRBITER_SOURCE_DIR) / "fixtures" / "migrate" / "report" / "contosobase.md";
  const std::string text = replaced(report_of(demo_plan(), "markdown").out, "made by acrbiter " ACRBITER_VERSION,
                                    "made by acrbiter VERSION");
  if (const char* update = std::getenv("ACRBITER_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str());
}

}  // namespace
}  // namespace acrbiter::cli
