// Every reason and every cause in words: the sentences of the answer and the lines of the tree are made from these.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "cli/report/names.h"
#include "evaluator/decision.h"

namespace acrbiter::cli::report {

/// The mode under which each node of a decision was decided.
class Modes {
 public:
  Modes(const evaluator::Decision& decision, const model::Registry& registry);
  /// Nothing where the node stands outside the modes (the root of a registry whose mode is not known).
  [[nodiscard]] std::optional<model::PermissionMode> of(const evaluator::Node& node) const;

 private:
  void collect(const evaluator::Node& node, std::optional<model::PermissionMode> mode);
  std::unordered_map<const evaluator::Node*, model::PermissionMode> modes_;
};

/// A node in words: lower-case clause without a full stop, e.g. "AcrPush on the registry is ignored in the ABAC permission
/// mode". Names are escaped.
[[nodiscard]] std::string in_words(const evaluator::Node& node, const Subject& subject, const Modes& modes);

/// A cause of an undetermined answer: "the members of group release-managers are not in the data".
[[nodiscard]] std::string in_words(const evaluator::Cause& cause);

}  // namespace acrbiter::cli::report
