// A migration plan as scripts: one file per stage of Microsoft's guide, and one that takes back each stage that changes
// something. The same plan gives the same bytes, and no name from the data can leave its quotes.
//
//   for (const ScriptFile& file : scripts(plan, Language::Az)) write(folder / file.name, file.text);
//
// Source: acr-authorization H.1, H.3
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/migration/plan.h"

namespace acrbiter::cli::migrate {

enum class Language : std::uint8_t { Az, Bicep, Terraform, Rest };
/// "az", "bicep", "terraform", "rest".
[[nodiscard]] std::string_view word(Language language) noexcept;
[[nodiscard]] std::optional<Language> language_of(std::string_view word) noexcept;

struct ScriptFile {
  std::string name;  ///< without a folder; made of letters, digits, `-` and `.`
  std::string text;
  bool executable = false;
  friend bool operator==(const ScriptFile&, const ScriptFile&) = default;
};

/// README.md, then the stages in order (1-assign, 2-wait, 3-switch, 4-refresh-credentials, 5-confirm, 6-remove) with
/// the files they need, then rollback-6-remove, rollback-3-switch and rollback-1-assign.
[[nodiscard]] std::vector<ScriptFile> scripts(const evaluator::migration::Plan& plan, Language language);

}  // namespace acrbiter::cli::migrate
