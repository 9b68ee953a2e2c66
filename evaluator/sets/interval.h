// A three-valued answer for every repository name, with the operations of three-valued logic.
#pragma once

#include <string_view>

#include "model/repository_set.h"
#include "model/truth.h"

namespace acrbiter::evaluator {

/// Names in `certain` are True, names outside of `possible` are False, the rest is Unknown. `certain` is included in
/// `possible`. Every operation may throw model::RepositorySetTooLarge.
struct Interval {
  model::RepositorySet certain, possible;

  [[nodiscard]] static Interval constant(model::Truth value) {
    return {value == model::Truth::True ? model::RepositorySet::all() : model::RepositorySet::none(),
            value == model::Truth::False ? model::RepositorySet::none() : model::RepositorySet::all()};
  }
  /// Without a name: what holds whatever the name.
  [[nodiscard]] model::Truth at(std::string_view repository) const {
    if (repository.empty())
      return certain.is_all() ? model::Truth::True : possible.is_all() ? model::Truth::Unknown : model::Truth::False;
    if (certain.contains(repository)) return model::Truth::True;
    return possible.contains(repository) ? model::Truth::Unknown : model::Truth::False;
  }
  friend bool operator==(const Interval&, const Interval&) = default;
};

[[nodiscard]] inline Interval operator!(const Interval& a) { return {~a.possible, ~a.certain}; }
[[nodiscard]] inline Interval both(const Interval& a, const Interval& b) {
  return {a.certain & b.certain, a.possible & b.possible};
}
[[nodiscard]] inline Interval either(const Interval& a, const Interval& b) {
  return {a.certain | b.certain, a.possible | b.possible};
}
/// The common value, Unknown where they differ.
[[nodiscard]] inline Interval agree(const Interval& a, const Interval& b) {
  return {a.certain & b.certain, a.possible | b.possible};
}
[[nodiscard]] constexpr model::Truth agree(model::Truth a, model::Truth b) {
  return a == b ? a : model::Truth::Unknown;
}

}  // namespace acrbiter::evaluator
