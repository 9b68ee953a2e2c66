// Any bytes as a migration plan: no crash, no hang; what is read is written, and read again as the same plan with the
// same bytes, whichever way it is written; every problem says where it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/json_reader.h"
#include "cli/migrate/plan_json.h"

namespace {

using namespace acrbiter::cli;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_same(const migrate::Plan& a, const migrate::Plan& b) {
  return a.strategy == b.strategy && a.custom_roles == b.custom_roles && a.registries == b.registries &&
         a.roles == b.roles && a.assignments == b.assignments && a.tasks == b.tasks && a.remove == b.remove &&
         a.keep == b.keep && a.carriers == b.carriers && a.switch_alone == b.switch_alone && a.changes == b.changes &&
         a.elsewhere == b.elsewhere && a.residue == b.residue && a.untouched == b.untouched && a.open == b.open;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = migrate::read_plan(text);
  if (!file.has_value()) {
    require(!file.error().empty());
    for (const acrbiter::model::Diagnostic& problem : file.error()) {
      require(!problem.message.empty() && problem.excerpt.size() <= 160);
      // What is at a pointer has a line, but that names with a slash or with escapes are not looked for in the text.
      require(problem.line > 0 || problem.pointer.empty() || text.find_first_of("/\\") != std::string_view::npos);
    }
    return 0;
  }
  const std::string written = migrate::plan_json(file->plan, file->certificate);
  require(read_json(written).has_value());
  const auto again = migrate::read_plan(written);
  require(again.has_value());
  require(is_same(file->plan, again->plan));
  require(file->certificate.has_value() == again->certificate.has_value());
  require(migrate::plan_json(again->plan, again->certificate) == written);

  std::string pieces;
  migrate::write_plan_json(file->plan, file->certificate, 2, [&](std::string_view piece) { pieces += piece; });
  require(pieces == written);
  return 0;
}
