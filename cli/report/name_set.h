// Sets of repository names, for people and machines.
#pragma once

#include <span>
#include <string>

#include "cli/json_writer.h"
#include "model/repository_set.h"

namespace acrbiter::cli::report {

/// "every name", "no name", or the pattern: `backend/**, team/app except backend/secret`. Harmless as it is: patterns
/// hold nothing but letters of names and marks of our own.
[[nodiscard]] std::string words(const model::RepositorySet& names);

/// Members of an open object: `pattern` (what RepositorySet::parse reads), `patterns` and `except` (its parts; without
/// an exception the second is left out), `expression` where the one pattern is a regular expression, `example` (the
/// shortest name, if there is any).
void write_set(JsonWriter& json, const model::RepositorySet& names);
/// The same with `names`: those of the known repositories that are in the set.
void write_set(JsonWriter& json, const model::RepositorySet& names, std::span<const std::string> known);

}  // namespace acrbiter::cli::report
