#include "cli/report/junit.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/markdown.h"

namespace acrbiter::cli::report {
namespace {

/// For the inside of an element: line ends stay.
std::string lines(const std::string& text) {
  std::string result;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result += markup_text(text.substr(begin, end - begin));
    if (end < text.size()) result += '\n';
    begin = end + 1;
  }
  return result;
}

std::string print(const JunitSuite& suite, std::size_t id) {
  const auto failures = std::count_if(suite.cases.begin(), suite.cases.end(),
                                      [](const JunitCase& test) { return test.failure.has_value(); });
  std::string result = fmt::format(
      "  <testsuite id=\"{}\" package=\"acrbiter\" name=\"{}\" timestamp=\"1970-01-01T00:00:00\" "
      "hostname=\"localhost\" "
      "tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n",
      id, markup_text(suite.name), suite.cases.size(), failures);
  result += "    <properties>\n      <property name=\"tool\" value=\"acrbiter\"/>\n    </properties>\n";
  for (const JunitCase& test : suite.cases) {
    result += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", markup_text(suite.class_name),
                          markup_text(test.name));
    if (!test.failure) {
      result += "/>\n";
      continue;
    }
    result +=
        fmt::format(">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
                    markup_text(test.failure->type), markup_text(test.failure->message), lines(test.failure->text));
  }
  result += suite.output.empty() ? "    <system-out/>\n"
                                 : fmt::format("    <system-out>{}</system-out>\n", lines(suite.output));
  return result + "    <system-err/>\n  </testsuite>\n";
}

}  // namespace

std::string junit(const std::vector<JunitSuite>& suites) {
  std::string result = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (std::size_t i = 0; i < suites.size(); ++i) result += print(suites[i], i);
  return result + "</testsuites>\n";
}

}  // namespace acrbiter::cli::report
