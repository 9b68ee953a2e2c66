#include "evaluator/sets/set_pool.h"

#include <algorithm>

namespace acrbiter::evaluator {

using model::RepositorySet;

SetPool::SetPool() {
  static_cast<void>(number(RepositorySet::none()));
  static_cast<void>(number(RepositorySet::all()));
}

SetPool::Number SetPool::number(const RepositorySet& set) {
  const auto [begin, end] = by_hash_.equal_range(set.hash());
  for (auto known = begin; known != end; ++known) {
    if (sets_[known->second] == set) return known->second;
  }
  const auto number = static_cast<Number>(sets_.size());
  by_hash_.emplace(set.hash(), number);
  sets_.push_back(set);
  return number;
}

SetPool::Number SetPool::united(std::vector<Number>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (!numbers.empty() && numbers.front() == kNone) numbers.erase(numbers.begin());
  if (numbers.empty()) return kNone;
  if (numbers.front() == kAll) return kAll;
  if (numbers.size() == 1) return numbers.front();
  const auto [place, is_new] = united_.insert(numbers);
  if (is_new) unions_.push_back(kNotKnown);
  if (unions_[place] != kNotKnown) return unions_[place];
  std::vector<RepositorySet> sets;
  sets.reserve(numbers.size());
  for (const Number one : numbers) sets.push_back(sets_[one]);
  return unions_[place] = number(RepositorySet::united(sets));
}

SetPool::Number SetPool::united(Number a, Number b) {
  two_.assign({a, b});
  return united(two_);
}

template <class Work>
SetPool::Number SetPool::remembered(Results& results, Number a, Number b, const Work& work) {
  const std::uint64_t key = std::uint64_t{a} << 32U | b;
  if (const auto known = results.find(key); known != results.end()) return known->second;
  const Number result = number(work(sets_[a], sets_[b]));
  results.emplace(key, result);
  return result;
}

SetPool::Number SetPool::both(Number a, Number b) {
  if (a > b) std::swap(a, b);
  if (a == kNone || a == b) return a;
  if (a == kAll) return b;
  return remembered(both_, a, b, [](const RepositorySet& x, const RepositorySet& y) { return x & y; });
}

SetPool::Number SetPool::minus(Number a, Number b) {
  if (a == kNone || a == b || b == kAll) return kNone;
  if (b == kNone) return a;
  return remembered(minus_, a, b, [](const RepositorySet& x, const RepositorySet& y) { return x - y; });
}

namespace {

using Number = SetPool::Number;

/// The pool of two intervals; null if both are constants, of which nothing has to be worked out.
SetPool* pool_of(const NumberedInterval& a, const NumberedInterval& b) { return a.pool != nullptr ? a.pool : b.pool; }

Number without(SetPool* pool, Number a) {
  if (a == SetPool::kNone) return SetPool::kAll;
  return a == SetPool::kAll ? SetPool::kNone : pool->minus(SetPool::kAll, a);
}
Number common(SetPool* pool, Number a, Number b) {
  if (a == b || a == SetPool::kNone || b == SetPool::kAll) return a;
  return b == SetPool::kNone || a == SetPool::kAll ? b : pool->both(a, b);
}
Number joint(SetPool* pool, Number a, Number b) {
  if (a == b || b == SetPool::kNone || a == SetPool::kAll) return a;
  return a == SetPool::kNone || b == SetPool::kAll ? b : pool->united(a, b);
}

}  // namespace

NumberedInterval operator!(const NumberedInterval& a) {
  return {.pool = a.pool, .certain = without(a.pool, a.possible), .possible = without(a.pool, a.certain)};
}
NumberedInterval both(const NumberedInterval& a, const NumberedInterval& b) {
  SetPool* const pool = pool_of(a, b);
  return {
      .pool = pool, .certain = common(pool, a.certain, b.certain), .possible = common(pool, a.possible, b.possible)};
}
NumberedInterval either(const NumberedInterval& a, const NumberedInterval& b) {
  SetPool* const pool = pool_of(a, b);
  return {.pool = pool, .certain = joint(pool, a.certain, b.certain), .possible = joint(pool, a.possible, b.possible)};
}
NumberedInterval agree(const NumberedInterval& a, const NumberedInterval& b) {
  SetPool* const pool = pool_of(a, b);
  return {.pool = pool, .certain = common(pool, a.certain, b.certain), .possible = joint(pool, a.possible, b.possible)};
}

}  // namespace acrbiter::evaluator
