// Access tests for test runners and reviews: JUnit, annotations, Markdown.
#include <algorithm>

#include <fmt/format.h>

#include "cli/report/document.h"
#include "cli/report/findings.h"
#include "cli/report/junit.h"
#include "cli/report/test_report.h"

namespace acrbiter::cli::report {
namespace {

using access_test::CaseResult;
using access_test::Declared;
using access_test::FileResult;
using access_test::Outcome;
using access_test::TestRun;

std::string because(const access_test::Finding& finding) {
  std::vector<std::string> items;
  for (const Declared& declared : finding.because) {
    items.push_back(declared.removed ? "the plan removes " + words(declared) : words(declared));
  }
  return listed(items);
}

/// Everything about a finding in one line.
std::string in_one_line(const access_test::Finding& finding) {
  std::string result = finding.sentence;
  if (!finding.because.empty()) result += fmt::format(" Because of {}.", because(finding));
  if (!finding.command.empty()) result += fmt::format(" Ask again: {}", finding.command);
  return result;
}

/// `text` with every character of `marks` written as the format wants it.
std::string encoded(std::string_view text, std::initializer_list<std::pair<char, std::string_view>> marks) {
  std::string result;
  for (const char c : text) {
    const auto found = std::find_if(marks.begin(), marks.end(), [&](const auto& mark) { return mark.first == c; });
    if (found == marks.end()) {
      result += c;
    } else {
      result += found->second;
    }
  }
  return result;
}

template <class Each>
void for_each_finding(const TestRun& run, const Each& each) {
  for (const FileResult& file : run.files) {
    for (const CaseResult& test : file.cases) {
      for (const access_test::Finding& finding : test.findings) each(file, test, finding);
    }
  }
}

}  // namespace

std::string test_junit(const TestRun& run) {
  std::vector<JunitSuite> suites;
  for (const FileResult& file : run.files) {
    JunitSuite suite{.name = file.title.empty() ? file.file : fmt::format("{} ({})", file.file, file.title),
                     .class_name = file.file,
                     .cases = {},
                     .output = {}};
    for (const CaseResult& test : file.cases) {
      JunitCase result{.name = test.name, .failure = std::nullopt};
      if (test.outcome != Outcome::Passed) {
        JunitFailure failure{
            .type = std::string(word(test.outcome)), .message = test.findings.front().sentence, .text = {}};
        for (const access_test::Finding& finding : test.findings) {
          failure.text += fmt::format("{}:{}: {}\n", file.file, finding.place.line, finding.sentence);
          if (!finding.because.empty()) failure.text += fmt::format("because of {}\n", because(finding));
          if (!finding.command.empty()) failure.text += finding.command + "\n";
          for (const evaluator::Cause& cause : finding.causes) {
            failure.text +=
                cause.command.empty() ? in_words(cause) : fmt::format("{}: {}", in_words(cause), cause.command);
            failure.text += "\n";
          }
        }
        if (test.more != 0) failure.text += fmt::format("and {}\n", counted(test.more, "more finding"));
        result.failure = std::move(failure);
      }
      for (const std::string& note : test.notes) suite.output += fmt::format("{}: {}\n", test.name, note);
      suite.cases.push_back(std::move(result));
    }
    suites.push_back(std::move(suite));
  }
  return junit(suites);
}

std::string test_github(const TestRun& run) {
  const auto property = [](std::string_view text) {
    return encoded(escape(text), {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}});
  };
  std::string result;
  for_each_finding(run, [&](const FileResult& file, const CaseResult& test, const access_test::Finding& finding) {
    result += fmt::format("::{} file={},line={},col={},title={}::{}\n",
                          finding.outcome == Outcome::Failed ? "error" : "warning", property(file.file),
                          finding.place.line, finding.place.column, property(test.name),
                          encoded(escape(in_one_line(finding)), {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}}));
  });
  return result + test_summary(run) + "\n";
}

std::string test_azure_devops(const TestRun& run) {
  const auto property = [](std::string_view text) {
    return encoded(escape(text), {{'%', "%AZP25"}, {';', "%3B"}, {'\r', "%0D"}, {'\n', "%0A"}, {']', "%5D"}});
  };
  std::string result;
  for_each_finding(run, [&](const FileResult& file, const CaseResult& /*test*/, const access_test::Finding& finding) {
    result += fmt::format("##vso[task.logissue type={};sourcepath={};linenumber={};columnnumber={};code={};]{}\n",
                          finding.outcome == Outcome::Failed ? "error" : "warning", property(file.file),
                          finding.place.line, finding.place.column, word(finding.outcome),
                          encoded(escape(in_one_line(finding)), {{'%', "%AZP25"}, {'\r', "%0D"}, {'\n', "%0A"}}));
  });
  return result + test_summary(run) + "\n";
}

std::string test_markdown(const TestRun& run) {
  Document document{.title = "Access tests", .lead = Prose(test_summary(run)), .sections = {}};
  Table table{
      .caption = "Results by file", .header = {"File", "Passed", "Failed", "Undetermined"}, .rows = {}, .widths = {}};
  for (const FileResult& file : run.files) {
    const auto count = [&](Outcome outcome) { return Prose(std::to_string(file.count(outcome))); };
    table.rows.push_back(
        {Prose().code(file.file), count(Outcome::Passed), count(Outcome::Failed), count(Outcome::Undetermined)});
  }
  document.sections.push_back({"Files", {std::move(table)}});
  for (const Outcome outcome : {Outcome::Failed, Outcome::Undetermined}) {
    Section section{.title = outcome == Outcome::Failed ? "Failed" : "Undetermined", .blocks = {}};
    for (const FileResult& file : run.files) {
      for (const CaseResult& test : file.cases) {
        if (test.outcome != outcome) continue;
        section.blocks.emplace_back(
            Paragraph{Prose().name(test.name).plain(" – ").code(fmt::format("{}:{}", file.file, test.place.line))});
        List list;
        Commands commands;
        for (const access_test::Finding& finding : test.findings) {
          Prose item(finding.sentence);
          if (!finding.because.empty()) item.plain(" Because of ").code(because(finding)).plain(".");
          list.items.push_back(std::move(item));
          if (!finding.command.empty()) commands.lines.push_back(finding.command);
        }
        if (test.more != 0) list.items.emplace_back(fmt::format("and {}", counted(test.more, "more finding")));
        for (const std::string& note : test.notes) list.items.emplace_back(note);
        section.blocks.emplace_back(std::move(list));
        if (!commands.lines.empty()) section.blocks.emplace_back(std::move(commands));
      }
    }
    if (!section.blocks.empty()) document.sections.push_back(std::move(section));
  }
  return markdown(document);
}

}  // namespace acrbiter::cli::report
