// An estate of any size to measure on: registries, identities, nested groups, roles, role assignments with conditions,
// and questions about them, as the Azure CLI would print them.
//
// It has the proportions of a large company (see bench/README.md) and no more: no deny assignments, tokens or PIM. The
// same size and seed give the same bytes with every compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/question.h"

namespace acrbiter::bench {

/// How much of everything. Counts of things that exist, not of bytes.
struct EstateSize {
  std::size_t role_assignments = 0;
  std::size_t management_groups = 0;
  std::size_t subscriptions = 0;
  std::size_t resource_groups = 0;
  std::size_t registries = 0;
  std::size_t repositories_per_registry = 0;
  std::size_t principals = 0;  ///< users and service principals
  std::size_t groups = 0;
  std::size_t questions = 0;
};

/// The proportions for any number of role assignments: a subscription for every 2,500, a registry for every 500, a
/// principal for every 5, a group for every 25. So what is near one registry does not grow with the estate.
[[nodiscard]] EstateSize estate_size(std::size_t role_assignments);

/// "S" = 10^3, "M" = 10^5, "L" = 10^6 role assignments, or a number. Zero: neither.
[[nodiscard]] std::size_t role_assignments_of(std::string_view size);

/// One file's name and the next piece of its text. Pieces of one file come in order and are not mixed with others.
using EstateSink = std::function<void(std::string_view file, std::string_view text)>;

/// Writes the whole estate: management-groups.json, custom-roles.json, registries.json, repositories-NAME.json,
/// users.json, service-principals.json, groups.json, group-members.jsonl, role-assignments.json. Returns the questions,
/// half of them near a grant, half anywhere.
std::vector<evaluator::Question> generate_estate(const EstateSize& size, std::uint64_t seed, const EstateSink& sink);

/// A question as one line of the batch interface, without its line end.
[[nodiscard]] std::string question_line(const evaluator::Question& question);

/// An estate in memory.
struct EstateFile {
  std::string name;
  std::string text;
};
struct Estate {
  std::vector<EstateFile> files;
  std::vector<evaluator::Question> questions;
  [[nodiscard]] std::size_t bytes() const;
};
[[nodiscard]] Estate generate_estate(const EstateSize& size, std::uint64_t seed = 1);

/// A condition over the repository name with `prefixes` alternatives, of which the last starts with "team-last/".
[[nodiscard]] std::string condition_with_prefixes(std::size_t prefixes);

}  // namespace acrbiter::bench
