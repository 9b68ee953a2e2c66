// Properties of access that must hold for every repository name that could exist, and their proof or refutation.
//
//   never   nobody of `first` can do any of the operations on any name of the places
//   always  everybody of `first` can do all of the operations on every name
//   only    nobody but `first` can do any of the operations on any name
//   same    all of `first` and `second` can do the same
//   subset  what anybody of `first` can do, everybody of `second` can
//
// A property fails only if a question refutes it that Engine::decide answers the same way; it holds only if no reading
// of what the data leaves open refutes it. Everything between is undetermined, with the causes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "evaluator/operations.h"
#include "evaluator/sets/access.h"

namespace acrbiter::evaluator {

/// Everybody who may ask: AccessSets::askers().
struct Everyone {};
/// Everybody in a group at any depth; its members that the data does not show are asked as the group itself.
struct MembersOf {
  model::PrincipalIndex group{};
};
using WhoTerm = std::variant<Everyone, MembersOf, Asker>;

/// Who is in one of `include` and in none of `except`. Where the members of a group are not all in the data, somebody
/// may be in it or not: then neither is taken for granted.
struct Who {
  std::vector<WhoTerm> include, except;
};

/// Some names of one registry. For an operation on the registry as a whole the names do not matter.
struct Place {
  std::size_t registry = 0;  ///< index into Snapshot::registries
  model::RepositorySet names;
};

struct Property {
  enum class Kind : std::uint8_t { Never, Always, Only, Same, Subset };
  Kind kind = Kind::Never;
  Who first, second;  ///< `second` for Same and Subset
  std::vector<const Operation*> operations;
  std::vector<Place> places;
};
[[nodiscard]] std::string_view to_string(Property::Kind kind);

/// A question with its answer.
struct Witness {
  Asker asker;
  std::size_t registry = 0;
  const Operation* operation = nullptr;
  std::string repository;  ///< empty for an operation on the registry as a whole
  Verdict verdict = Verdict::Undetermined;
};

struct Proof {
  enum class Outcome : std::uint8_t { Holds, Fails, Undetermined };
  Outcome outcome = Outcome::Holds;
  /// What refutes it, or where it is open: one question about the shortest name, for Same and Subset two that differ.
  /// A name that the OCI distribution specification allows goes before one that it does not, such as `team//app`.
  /// Empty if it holds, and where a set was too large to find a name in.
  std::vector<Witness> witnesses;
  std::vector<Cause> causes;   ///< of an undetermined outcome, each once
  bool vacuous = false;        ///< a side means nobody known, so there is nothing that could refute it
  std::size_t askers = 0;      ///< how many the property speaks of, for certain or possibly; Only: how many outside
  std::vector<Asker> failing;  ///< who refutes it; empty unless it fails
  std::vector<Asker> open;     ///< who may refute it; empty if it holds
  /// The outcome hangs on who is in a group: whoever is asked in `witnesses` may be in it or not.
  bool hangs_on_membership = false;
};

/// The shortest name of the set that the OCI distribution specification allows, else the shortest of all; "" if the set
/// is empty.
[[nodiscard]] std::string example_name(const model::RepositorySet& names);

/// The first repository of the set that the registry is known to have, if one is.
[[nodiscard]] std::optional<std::string> known_name(const model::RepositorySet& names, const model::Registry& registry);

/// Proves properties of one state of access. Remembers what it computed; not for several threads.
class Prover {
 public:
  /// `sets` must outlive this.
  explicit Prover(const AccessSets& sets);
  ~Prover();
  Prover(Prover&&) noexcept;
  Prover& operator=(Prover&&) noexcept;

  [[nodiscard]] Proof prove(const Property& property);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrbiter::evaluator
