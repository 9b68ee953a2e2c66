#include "cli/report/name_set.h"

#include "cli/parallel.h"

namespace acrbiter::cli::report {

std::string words(const model::RepositorySet& names) {
  if (names.is_all()) return "every name";
  return names.empty() ? std::string("no name") : names.pattern();
}

std::pair<Notations::Entry*, bool> Notations::entry(const model::RepositorySet& names) {
  std::deque<Entry>& bucket = entries_[names.hash()];
  for (Entry& known : bucket) {
    if (known.names == names) return {&known, false};
  }
  return {&bucket.emplace_back(Entry{.names = names, .patterns = {}}), true};
}

void Notations::prepare(const std::vector<model::RepositorySet>& sets, std::size_t jobs) {
  std::vector<Entry*> missing;
  for (const model::RepositorySet& names : sets) {
    if (const auto [found, is_new] = entry(names); is_new) missing.push_back(found);
  }
  for_each_index(missing.size(), jobs, [&](std::size_t i) { missing[i]->patterns = missing[i]->names.patterns(); });
}

const Notations::Patterns& Notations::of(const model::RepositorySet& names) {
  const auto [found, is_new] = entry(names);
  if (is_new) found->patterns = names.patterns();
  return found->patterns;
}

void write_set(JsonWriter& json, const model::RepositorySet& names) { write_set(json, names, names.patterns()); }

void write_set(JsonWriter& json, const model::RepositorySet& names, const model::RepositorySet::Patterns& parts) {
  json.member("pattern", parts.text()).strings("patterns", parts.include);
  if (!parts.except.empty()) json.strings("except", parts.except);
  if (parts.expression) json.member("expression", true);
  if (const auto example = names.shortest()) json.member("example", *example);
}

void write_set(JsonWriter& json, const model::RepositorySet& names, std::span<const std::string> known) {
  write_set(json, names);
  json.strings("names", names.among(known));
}

}  // namespace acrbiter::cli::report
