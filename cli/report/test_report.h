// The results of access tests, for people, machines, test runners and reviews.
#pragma once

#include <string>
#include <vector>

#include "cli/access_test/check.h"
#include "cli/access_test/quality.h"
#include "cli/report/text.h"

namespace acrbiter::cli::report {

/// Files that pass are one line each; `verbose` shows every test of them.
[[nodiscard]] std::string test_text(const access_test::TestRun& run, bool verbose, const Look& look);
/// Traces of the findings have to be JSON. What is known of the tests themselves stands in the member `quality`.
[[nodiscard]] std::string test_json(const access_test::TestRun& run,
                                    const std::vector<access_test::Quality>& quality = {});
/// One test case per test of a file; an undetermined one is a failure of the type "undetermined".
[[nodiscard]] std::string test_junit(const access_test::TestRun& run);
/// Commands of a GitHub workflow: an error at the line of each expectation that fails, a warning where it is open.
[[nodiscard]] std::string test_github(const access_test::TestRun& run);
/// The same as logging commands of Azure Pipelines.
[[nodiscard]] std::string test_azure_devops(const access_test::TestRun& run);
/// For a comment on a pull request.
[[nodiscard]] std::string test_markdown(const access_test::TestRun& run);
/// SARIF 2.1.0: one result for each finding, with the resource of the plan as a related location.
[[nodiscard]] std::string test_sarif(const access_test::TestRun& run);

/// What the tests do not touch and would not notice, below their results.
[[nodiscard]] std::string quality_text(const std::vector<access_test::Quality>& quality, const Look& look);
[[nodiscard]] std::string quality_markdown(const std::vector<access_test::Quality>& quality);

/// "All 12 tests passed.", "2 of 12 tests failed, 1 is undetermined."
[[nodiscard]] std::string test_summary(const access_test::TestRun& run);
/// "azurerm_role_assignment.ci in plan.json:12", not escaped.
[[nodiscard]] std::string words(const access_test::Declared& declared);

}  // namespace acrbiter::cli::report
