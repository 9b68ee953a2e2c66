#include "cli/report/name_set.h"

namespace acrbiter::cli::report {

std::string words(const model::RepositorySet& names) {
  if (names.is_all()) return "every name";
  return names.empty() ? std::string("no name") : names.pattern();
}

void write_set(JsonWriter& json, const model::RepositorySet& names) {
  const model::RepositorySet::Patterns parts = names.patterns();
  json.member("pattern", names.pattern()).strings("patterns", parts.include);
  if (!parts.except.empty()) json.strings("except", parts.except);
  if (parts.expression) json.member("expression", true);
  if (const auto example = names.shortest()) json.member("example", *example);
}

void write_set(JsonWriter& json, const model::RepositorySet& names, std::span<const std::string> known) {
  write_set(json, names);
  json.strings("names", names.among(known));
}

}  // namespace acrbiter::cli::report
