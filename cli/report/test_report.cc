#include "cli/report/test_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/report/findings.h"
#include "cli/report/json.h"
#include "cli/report/test_quality.h"

namespace acrbiter::cli::report {
namespace {

using access_test::CaseResult;
using access_test::Declared;
using access_test::FileResult;
using access_test::Outcome;
using access_test::TestRun;

Style style_of(Outcome outcome) {
  return outcome == Outcome::Passed ? Style::Good : outcome == Outcome::Failed ? Style::Bad : Style::Open;
}

/// Every line of `text` further in.
std::string indented(const std::string& text, std::size_t by) {
  std::string result;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) result += std::string(by, ' ') + text.substr(begin, end - begin);
    result += '\n';
    begin = end + 1;
  }
  return result;
}

std::string tally(const FileResult& file) {
  std::vector<std::string> parts;
  for (const Outcome outcome : {Outcome::Passed, Outcome::Failed, Outcome::Undetermined}) {
    const std::size_t count = file.count(outcome);
    if (count != 0) parts.push_back(fmt::format("{} {}", count, word(outcome)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string finding_text(const access_test::Finding& finding, const Look& look) {
  std::string result = wrap(finding.sentence, "    ", 4, look.width);
  for (const Declared& declared : finding.because) {
    result += wrap(escape(words(declared)), declared.removed ? "      because the plan removes " : "      because of ",
                   8, look.width);
  }
  if (!finding.trace.empty()) result += indented(finding.trace, 6);
  if (!finding.has_question) {
    for (const evaluator::Cause& cause : finding.causes) {
      result += wrap(in_words(cause), "      open: ", 8, look.width);
      if (!cause.command.empty()) result += "        " + escape(cause.command) + "\n";
    }
  }
  if (!finding.command.empty()) result += "      " + escape(finding.command) + "\n";
  return result;
}

std::string case_text(const CaseResult& test, const Look& look) {
  const std::string mark = look.paint(style_of(test.outcome), word(test.outcome));
  std::string result =
      wrap(fmt::format("{} (line {})", escape(test.name), test.place.line), "  " + mark + "  ", 4, look.width);
  for (const access_test::Finding& finding : test.findings) result += finding_text(finding, look);
  if (test.more != 0) result += fmt::format("    and {}\n", counted(test.more, "more finding"));
  for (const std::string& note : test.notes) result += wrap(note, "    ", 4, look.width);
  return result;
}

void write_because(JsonWriter& json, const std::vector<Declared>& because) {
  json.key("because").begin_array();
  for (const Declared& declared : because) {
    json.begin_object().member("address", declared.address).member("file", declared.file);
    if (!declared.pointer.empty()) json.member("pointer", declared.pointer);
    if (declared.line != 0) json.member("line", declared.line);
    json.member("removed", declared.removed).end_object();
  }
  json.end_array();
}

void write_finding(JsonWriter& json, const access_test::Finding& finding) {
  json.begin_object().member("outcome", word(finding.outcome));
  json.member("line", std::uint64_t{finding.place.line}).member("column", std::uint64_t{finding.place.column});
  json.member("sentence", finding.sentence);
  if (finding.has_question) {
    json.key("question").begin_object();
    write_question(json, finding.question);
    json.end_object();
    json.member("state", finding.of_base ? "base" : "after");
    json.member("verdict", evaluator::to_string(finding.verdict)).member("answer", finding.answer);
    json.strings("reasons", finding.reasons);
    if (!finding.command.empty()) json.member("command", finding.command);
  }
  write_because(json, finding.because);
  json.key("unknowns");
  write_causes(json, finding.causes);
  if (!finding.trace.empty()) json.key("explanation").raw(finding.trace);
  json.end_object();
}

}  // namespace

std::string words(const Declared& declared) {
  if (declared.file.empty()) return declared.address;
  if (declared.line != 0) return fmt::format("{} in {}:{}", declared.address, declared.file, declared.line);
  return fmt::format("{} in {}", declared.address, declared.file);
}

std::string test_summary(const TestRun& run) {
  const std::size_t all = run.cases();
  const std::size_t failed = run.count(Outcome::Failed);
  const std::size_t open = run.count(Outcome::Undetermined);
  if (failed == 0 && open == 0) {
    return all == 1 ? std::string("The one test passed.") : fmt::format("All {} tests passed.", all);
  }
  const std::string of = fmt::format("of {}", counted(all, "test"));
  if (open == 0) return fmt::format("{} {} failed.", failed, of);
  if (failed == 0) return fmt::format("{} {} {} undetermined, none failed.", open, of, open == 1 ? "is" : "are");
  return fmt::format("{} {} failed, {} {} undetermined.", failed, of, open, open == 1 ? "is" : "are");
}

std::string test_text(const TestRun& run, bool verbose, const Look& look) {
  const Outcome worst = run.outcome();
  std::string result = look.paint(style_of(worst), test_summary(run)) + "\n\n";
  for (const FileResult& file : run.files) {
    result += wrap(fmt::format("{}{}: {}", escape(file.file),
                               file.title.empty() ? "" : fmt::format(" ({})", escape(file.title)), tally(file)),
                   "", 2, look.width);
    for (const CaseResult& test : file.cases) {
      if (verbose || test.outcome != Outcome::Passed) result += case_text(test, look);
    }
    if (!file.flags.empty()) {
      result += wrap("The data has no list of deny assignments; assumed: there are none.", "  ", 2, look.width);
    }
  }
  return result;
}

std::string test_json(const TestRun& run, const std::vector<access_test::Quality>& quality) {
  JsonWriter json(JsonWriter::Layout::Indented);
  json.begin_object().member("sentence", test_summary(run)).member("outcome", word(run.outcome()));
  json.key("summary").begin_object();
  for (const Outcome outcome : {Outcome::Passed, Outcome::Failed, Outcome::Undetermined}) {
    json.member(word(outcome), std::uint64_t{run.count(outcome)});
  }
  json.end_object().key("files").begin_array();
  for (const FileResult& file : run.files) {
    json.begin_object().member("file", file.file);
    if (!file.title.empty()) json.member("title", file.title);
    json.member("outcome", word(file.outcome())).key("tests").begin_array();
    for (const CaseResult& test : file.cases) {
      json.begin_object().member("name", test.name).member("kind", test.kind);
      json.member("line", std::uint64_t{test.place.line}).member("outcome", word(test.outcome));
      json.member("checks", std::uint64_t{test.checks}).key("findings").begin_array();
      for (const access_test::Finding& finding : test.findings) write_finding(json, finding);
      json.end_array();
      if (test.more != 0) json.member("moreFindings", std::uint64_t{test.more});
      json.strings("notes", test.notes).end_object();
    }
    json.end_array().strings("flags", file.flags).end_object();
  }
  json.end_array();
  if (!quality.empty()) write_quality(json, quality);
  json.end_object();
  return std::move(json).take();
}

}  // namespace acrbiter::cli::report
