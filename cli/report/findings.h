// Every reason and every cause in words: the sentences of the answer and the lines of the tree are made from these.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "cli/report/names.h"
#include "evaluator/decision.h"

namespace acrbiter::cli::report {

/// Where each node of a decision stands: under which mode, and below which right.
class Places {
 public:
  Places(const evaluator::Decision& decision, const model::Registry& registry);
  /// Nothing where the node stands outside the modes (the root of a registry whose mode is not known).
  [[nodiscard]] std::optional<model::PermissionMode> mode_of(const evaluator::Node& node) const;
  /// The name of the registry that the node speaks of: the one that was asked about, or the source of its import.
  [[nodiscard]] std::string_view registry_of(const evaluator::Node& node, std::string_view asked) const;
  /// "push/write" for Microsoft.ContainerRegistry/registries/push/write, other actions whole; "the right" where the
  /// node stands below none.
  [[nodiscard]] std::string right_of(const evaluator::Node& node) const;

 private:
  struct Place {
    std::optional<model::PermissionMode> mode;
    std::optional<evaluator::Right> right;
    std::string_view source;  ///< of an import, below what is said of it
  };
  void collect(const evaluator::Node& node, Place place);
  std::unordered_map<const evaluator::Node*, Place> places_;
};

/// A node in words: lower-case clause without a full stop, e.g. "AcrPush on the registry is ignored in the ABAC
/// permission mode". Names are escaped.
[[nodiscard]] std::string in_words(const evaluator::Node& node, const Subject& subject, const Places& places);

/// A cause of an undetermined answer: "the members of group release-managers are not in the data".
[[nodiscard]] std::string in_words(const evaluator::Cause& cause);

}  // namespace acrbiter::cli::report
