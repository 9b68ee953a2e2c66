// Any bytes as acrbiter.yaml: no crash, no hang; it is read, the same each time, or every problem names the file and
// has an excerpt that fits a line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/config.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acrbiter::cli;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = parse_config(text, "folder/acrbiter.yaml");
  const auto again = parse_config(text, "folder/acrbiter.yaml");
  require(config.has_value() == again.has_value());
  if (config.has_value()) {
    require(config->data == again->data && config->aliases == again->aliases);
    require(config->assume == again->assume && config->deployment == again->deployment);
    return 0;
  }
  require(!config.error().empty() && config.error().size() == again.error().size());
  for (const acrbiter::model::Diagnostic& problem : config.error()) {
    require(problem.file == "folder/acrbiter.yaml" && !problem.message.empty());
    require(problem.excerpt.size() <= 160);
    for (const char c : problem.message) require(c < 0 || c >= ' ');
  }
  return 0;
}
