#include "evaluator/sets/quick_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::Truth;

namespace {

std::uint64_t low(const RightMask& mask) { return (mask & RightMask(~0ULL)).to_ullong(); }

/// Names and texts often begin alike, but few that differ are alike where the text ends. So that is compared first, and
/// the line of memory where the text stands is seldom needed.
constexpr std::size_t kTail = sizeof(std::uint32_t);
/// The last kTail characters of a text that has so many.
std::uint32_t tail_of(std::string_view text) {
  std::uint32_t tail = 0;
  std::memcpy(&tail, text.data() + text.size() - kTail, kTail);
  return tail;
}

}  // namespace

QuickTable::QuickTable(const GrantTable& table, const GrantTables& tables, const model::Snapshot& snapshot)
    : tables_(tables),
      snapshot_(snapshot),
      filter_(std::bit_ceil(table.holdings.size() / 8 + 1)),
      slots_(std::bit_ceil(table.holdings.size() * 2 + 1)),
      filter_mask_(static_cast<std::uint32_t>(filter_.size() - 1)),
      slot_mask_(static_cast<std::uint32_t>(slots_.size() - 1)),
      denied_(low(table.denied | table.always_denied_open)),
      always_open_(low(table.always_open)),
      pool_open_(low(table.pool.certain | table.pool.open)) {
  for (const auto& [holder, holding] : table.holdings)
    add_holding(static_cast<std::uint32_t>(model::at(holder)), holding);
  for (const RuledRights& ruled : table.pool.ruled) add_rules_of(ruled, pool_);
}

void QuickTable::add_holding(std::uint32_t holder, const Holding& holding) {
  std::vector<Rule> rules;
  for (const RuledRights& ruled : holding.ruled) add_rules_of(ruled, rules);
  if (low(holding.certain | holding.open) == 0 && rules.empty()) return;
  const std::uint32_t hash = hash_of(holder);
  filter_[hash / 64 & filter_mask_] |= std::uint64_t{1} << (hash % 64);
  std::size_t place = hash & slot_mask_;
  while (slots_[place].holder != kFree) place = (place + 1) & slot_mask_;
  Slot& slot = slots_[place];
  slot.holder = holder;
  slot.certain = low(holding.certain);
  slot.open = low(holding.open);
  slot.more = static_cast<std::uint32_t>(more_.size());
  for (const Rule& rule : rules) slot.ruled |= rule.rights;
  if (!rules.empty()) {
    slot.first = rules.front();
    more_.insert(more_.end(), rules.begin() + 1, rules.end());
  }
  slot.more_end = static_cast<std::uint32_t>(more_.size());
}

void QuickTable::add_rules_of(const RuledRights& ruled, std::vector<Rule>& out) {
  const std::uint64_t rights = low(ruled.rights);
  if (rights == 0) return;
  const NameRule& from = *ruled.rule;
  std::vector<NameCondition::SingleTest> tests;
  if (from.test != nullptr) tests = from.test->alternatives();
  // What holds if one of several tests does is as many rules; what then fails is not.
  if (tests.empty() || (tests.size() > 1 && from.if_true < from.if_false)) {
    out.push_back({.rights = rights, .place = static_cast<std::uint32_t>(general_.size()), .kind = Kind::General});
    general_.push_back(&from);
    return;
  }
  for (const NameCondition::SingleTest& test : tests) {
    const std::string text = test.ignore_case ? model::ascii_lower(test.text) : std::string(test.text);
    out.push_back({.rights = rights,
                   .place = static_cast<std::uint32_t>(texts_.size()),
                   .tail = text.size() < kTail ? 0 : tail_of(text),
                   .length = static_cast<std::uint16_t>(test.text.size()),
                   .kind = test.whole ? Kind::Whole : Kind::Prefix,
                   .if_true = test.negated ? from.if_false : from.if_true,
                   .if_false = test.negated ? from.if_true : from.if_false});
    texts_ += text;
  }
}

[[gnu::always_inline]] inline Truth QuickTable::value(const Rule& rule, const Facts& facts) const {
  const std::string_view name = facts.repository;
  if (rule.kind == Kind::General) return tables_.value(*general_[rule.place], &snapshot_[facts.asker], name);
  const bool fits = rule.kind == Kind::Whole ? name.size() == rule.length : name.size() >= rule.length;
  const bool ends_alike = fits && (rule.length < kTail || tail_of({name.data(), rule.length}) == rule.tail);
  const bool holds = ends_alike && std::memcmp(name.data(), texts_.data() + rule.place, rule.length) == 0;
  return holds ? rule.if_true : rule.if_false;
}

QuickTable::Gathered QuickTable::with_rules(Gathered gathered, const Slot& slot, std::uint64_t needed,
                                            const Facts& facts) const {
  const Rule* rule = &slot.first;
  for (std::uint32_t next = slot.more;; rule = &more_[next++]) {
    if (const std::uint64_t asked = rule->rights & needed & ~gathered.certain; asked != 0) {
      const Truth found = value(*rule, facts);
      if (found == Truth::True) gathered.certain |= asked;
      if (found == Truth::Unknown) gathered.open |= asked;
    }
    if (next == slot.more_end) return gathered;
  }
}

QuickTable::Gathered QuickTable::with_pool(Gathered gathered, std::uint64_t needed, const Facts& facts) const {
  gathered.open |= pool_open_;
  for (const Rule& rule : pool_) {
    const std::uint64_t asked = rule.rights & needed & ~(gathered.certain | gathered.open);
    if (asked != 0 && value(rule, facts) != Truth::False) gathered.open |= asked;
  }
  return gathered;
}

}  // namespace acrbiter::evaluator
