// Any bytes as an access test file: no crash, no hang; it is a suite that tests something, or every problem has a
// place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/access_test/suite.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acrbiter::cli;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto suite = access_test::parse_suite(text, "fuzz.access.yaml");
  if (suite.has_value()) {
    require(!suite->cases.empty());
    for (const access_test::Case& test : suite->cases) {
      require(test.place.line > 0 && test.place.offset <= text.size());
    }
    return 0;
  }
  require(!suite.error().empty());
  for (const acrbiter::model::Diagnostic& problem : suite.error()) {
    require(problem.file == "fuzz.access.yaml" && !problem.message.empty());
    require(problem.line > 0 && problem.column > 0 && problem.excerpt.size() <= 160);
  }
  return 0;
}
