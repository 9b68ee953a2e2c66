// Whose access may differ between two states where both leave it open: what it can rest on is compared.
//
// An answer that is open on both sides for the same cause is no proof that nothing changed: a list of role assignments
// that is in neither says the same of both, though one of them has a row less.
#pragma once

#include <memory>

#include "evaluator/index.h"
#include "evaluator/sets/diff.h"

namespace acrbiter::evaluator {

/// Have both states infrastructure code that leaves values to the deployment, and not the same? What two codes leave
/// open under one name may be two things, and so may whatever is open because of it.
[[nodiscard]] bool open_by_other_code(const model::Snapshot& before, const model::Snapshot& after);

/// Of two states, taken as they are: rows of role assignments and of PIM, roles, memberships, deny assignments, locks,
/// settings of registries, tokens and tasks. Immutable; may be asked from several threads. Cost: one pass over the
/// rows.
class Touched {
 public:
  /// Both outlive this.
  Touched(const AccessSets& before, const AccessSets& after);
  ~Touched();
  Touched(const Touched&) = delete;
  Touched& operator=(const Touched&) = delete;

  class At;
  /// At one registry, which both sides have.
  [[nodiscard]] At at_registry(const DiffRegistry& pair) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// What somebody's access may have gained and lost, at most: by rows that one side alone has, the rights of their
/// roles; by what works both ways, every right.
struct Touch {
  RightMask gained, lost;
  bool settings = false;  ///< what matters for operations beyond rights alone: any of them may have changed
  [[nodiscard]] bool may_gain(const Operation& operation) const { return may_change(operation, gained); }
  [[nodiscard]] bool may_lose(const Operation& operation) const { return may_change(operation, lost); }

 private:
  [[nodiscard]] bool may_change(const Operation& operation, const RightMask& rights) const;
};

class Touched::At {
 public:
  /// On what the asker's access to the registry can rest, and what of it differs. Cost: the groups that the asker is
  /// in.
  [[nodiscard]] Touch touch(const DiffAsker& asker) const;

  ~At();
  At(At&&) noexcept;
  At& operator=(At&&) noexcept;

 private:
  friend class Touched;
  struct Impl;
  explicit At(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace acrbiter::evaluator
