#include "evaluator/sets/quick_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::PrincipalIndex;
using model::Truth;

namespace {

std::uint64_t low(const RightMask& mask) { return (mask & RightMask(~0ULL)).to_ullong(); }

}  // namespace

QuickTable::QuickTable(const GrantTable& table, const GrantTables& tables)
    : tables_(tables),
      filter_(std::bit_ceil(table.holdings.size() / 8 + 1)),
      slots_(std::bit_ceil(table.holdings.size() * 2 + 1)),
      denied_(low(table.denied | table.always_denied_open)),
      always_open_(low(table.always_open)),
      pool_open_(low(table.pool.certain | table.pool.open)) {
  for (const auto& [holder, holding] : table.holdings) {
    const bool nothing = low(holding.certain | holding.open) == 0 &&
                         std::all_of(holding.ruled.begin(), holding.ruled.end(),
                                     [](const RuledRights& ruled) { return low(ruled.rights) == 0; });
    if (nothing) continue;
    const auto number = static_cast<std::uint32_t>(model::at(holder));
    const std::uint64_t hash = hash_of(number);
    const std::uint64_t bit = hash & (filter_.size() * 64 - 1);
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    std::size_t place = hash & (slots_.size() - 1);
    while (slots_[place].holder != kFree) place = (place + 1) & (slots_.size() - 1);
    Slot& slot = slots_[place];
    slot.holder = number;
    slot.certain = low(holding.certain);
    slot.open = low(holding.open);
    slot.more = static_cast<std::uint32_t>(more_.size());
    for (const RuledRights& ruled : holding.ruled) {
      if (low(ruled.rights) == 0) continue;
      if (slot.first.kind == Kind::None)
        slot.first = rule_of(ruled);
      else
        more_.push_back(rule_of(ruled));
    }
    slot.more_end = static_cast<std::uint32_t>(more_.size());
  }
  for (const RuledRights& ruled : table.pool.ruled) {
    if (low(ruled.rights) != 0) pool_.push_back(rule_of(ruled));
  }
}

QuickTable::Rule QuickTable::rule_of(const RuledRights& ruled) {
  Rule rule{.rights = low(ruled.rights),
            .rule = ruled.rule,
            .text = 0,
            .length = 0,
            .kind = Kind::General,
            .if_true = ruled.rule->if_true,
            .if_false = ruled.rule->if_false};
  const auto test = ruled.rule->test == nullptr ? std::nullopt : ruled.rule->test->single_test();
  if (!test) return rule;
  rule.kind = test->whole ? Kind::Whole : Kind::Prefix;
  rule.text = static_cast<std::uint32_t>(texts_.size());
  rule.length = static_cast<std::uint16_t>(test->text.size());
  if (test->negated) std::swap(rule.if_true, rule.if_false);
  texts_ += test->ignore_case ? model::ascii_lower(test->text) : std::string(test->text);
  return rule;
}

inline Truth QuickTable::value(const Rule& rule, const model::Principal* asker, std::string_view repository) const {
  if (rule.kind == Kind::General) return tables_.value(*rule.rule, asker, repository);
  const bool fits = rule.kind == Kind::Whole ? repository.size() == rule.length : repository.size() >= rule.length;
  const bool holds = fits && std::memcmp(repository.data(), texts_.data() + rule.text, rule.length) == 0;
  return holds ? rule.if_true : rule.if_false;
}

Truth QuickTable::decide(std::span<const PrincipalIndex> groups, bool complete, const model::Principal* asker,
                         Needs needs, std::string_view repository) const {
  std::uint64_t certain = 0;
  std::uint64_t open = always_open_;
  const auto apply = [&](const Rule& rule) {
    const std::uint64_t asked = rule.rights & needs.all & ~certain;
    if (asked == 0) return;
    const Truth found = value(rule, asker, repository);
    if (found == Truth::True) certain |= asked;
    if (found == Truth::Unknown) open |= asked;
  };
  const std::size_t slot_mask = slots_.size() - 1;
  for (const PrincipalIndex group : groups) {
    const auto holder = static_cast<std::uint32_t>(model::at(group));
    const std::uint64_t hash = hash_of(holder);
    if (!may_hold(hash)) continue;
    std::size_t place = hash & slot_mask;
    while (slots_[place].holder != holder && slots_[place].holder != kFree) place = (place + 1) & slot_mask;
    const Slot& slot = slots_[place];
    if (slot.holder == kFree) continue;
    certain |= slot.certain;
    open |= slot.open;
    apply(slot.first);
    for (std::uint32_t i = slot.more; i < slot.more_end; ++i) apply(more_[i]);
    if ((certain & needs.all) == needs.all) return Truth::True;
  }
  if (!complete) {
    open |= pool_open_;
    for (const Rule& rule : pool_) {
      const std::uint64_t asked = rule.rights & needs.all & ~(certain | open);
      if (asked != 0 && value(rule, asker, repository) != Truth::False) open |= asked;
    }
  }
  const std::uint64_t possible = certain | open;
  const bool may = (possible & needs.all) == needs.all || (possible & needs.open_with) != 0;
  return may ? Truth::Unknown : Truth::False;
}

}  // namespace acrbiter::evaluator
