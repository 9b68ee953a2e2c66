// A registry laid out for plain questions in great number: what one of them touches lies together.
//
// It holds what GrantTable holds of the first 64 rights, which are those over the registry's data and most others. A
// decision looks at one line of memory for each of the asker's groups that holds something here, and at most at one
// text for each rule.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/sets/grant_tables.h"

namespace acrbiter::evaluator {

class QuickTable {
 public:
  static constexpr std::size_t kRights = 64;

  /// Rights of which all are needed.
  struct Needs {
    std::uint64_t all = 0;
    std::uint64_t open_with = 0;  ///< having this one leaves the question open
  };

  /// `tables` and `snapshot` outlive this.
  QuickTable(const GrantTable& table, const GrantTables& tables, const model::Snapshot& snapshot);

  /// True if deny assignments may touch a right, so that this table does not tell.
  [[nodiscard]] bool leaves_out(std::uint64_t rights) const { return (denied_ & rights) != 0; }

  /// `groups` are the asker's, itself included; `complete`: there are no others. The answer for a repository that may
  /// have that name; `repository` is empty where the operation takes none. Throws model::RepositorySetTooLarge.
  /// A decision takes some hundred instructions, of which a call that shuffles so many arguments would be a fifth.
  [[nodiscard, gnu::always_inline]] model::Truth decide(std::span<const model::PrincipalIndex> groups, bool complete,
                                                        model::PrincipalIndex asker, const Needs& needs,
                                                        std::string_view repository) const {
    std::uint64_t certain = 0;
    std::uint64_t open = always_open_;
    const auto take = [&](const Gathered& all) {
      certain = all.certain;
      open = all.open;
    };
    for (const model::PrincipalIndex group : groups) {
      const Slot* slot = find(static_cast<std::uint32_t>(model::at(group)));
      if (slot == nullptr) continue;
      certain |= slot->certain;
      open |= slot->open;
      if ((slot->ruled & needs.all & ~certain) != 0)
        take(with_rules({certain, open}, *slot, needs.all, {.asker = asker, .repository = repository}));
      if ((needs.all & ~certain) == 0) return model::Truth::True;
    }
    if (!complete) take(with_pool({certain, open}, needs.all, {.asker = asker, .repository = repository}));
    const std::uint64_t possible = certain | open;
    const bool may = (needs.all & ~possible) == 0 || (possible & needs.open_with) != 0;
    return may ? model::Truth::Unknown : model::Truth::False;
  }

  /// Those of `groups` that may hold something here, to pass to decide(), at the front of `out`, which has room for
  /// all. Returns how many. Lets the processor fetch what decide() will read of them.
  std::size_t holders_among(std::span<const model::PrincipalIndex> groups, std::span<model::PrincipalIndex> out) const {
    std::size_t count = 0;
    for (const model::PrincipalIndex group : groups) {
      const std::uint32_t hash = hash_of(static_cast<std::uint32_t>(model::at(group)));
      if (!may_hold(hash)) continue;
      __builtin_prefetch(&slots_[hash & slot_mask_]);
      out[count++] = group;
    }
    return count;
  }
  /// Lets the processor fetch what holders_among() will read.
  void prefetch() const {
    for (std::size_t word = 0; word < filter_.size() && word < 64; word += 8) __builtin_prefetch(&filter_[word]);
  }

 private:
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;
  enum class Kind : std::uint8_t { Prefix, Whole, General };

  /// A rule over the name; texts are in lower case, as names are.
  struct Rule {
    std::uint64_t rights = 0;
    std::uint32_t place = 0;   ///< of the text in `texts_`; if General, of the rule in `general_`
    std::uint32_t tail = 0;    ///< the last four characters of the text, if it has so many
    std::uint16_t length = 0;  ///< of the text
    Kind kind = Kind::General;
    model::Truth if_true = model::Truth::True, if_false = model::Truth::False;
  };
  /// What one holder holds, in one line of memory: the first of its rules is here, the others stand in `more_`.
  struct alignas(64) Slot {
    std::uint32_t holder = kFree;
    std::uint32_t more = 0, more_end = 0;
    // Apart, because compilers take two neighbours into one wide register, and out again for each test.
    std::uint64_t certain = 0;
    std::uint64_t ruled = 0;  ///< rights of all its rules
    std::uint64_t open = 0;
    Rule first;
  };
  static_assert(sizeof(Slot) == 64);
  /// Rights of one asker.
  struct Gathered {
    std::uint64_t certain = 0, open = 0;
  };
  /// What rules look at.
  struct Facts {
    model::PrincipalIndex asker{};
    std::string_view repository;
  };

  [[nodiscard]] static std::uint32_t hash_of(std::uint32_t holder) {
    return static_cast<std::uint32_t>(holder * 0x9E3779B97F4A7C15U >> 32U);
  }
  [[nodiscard]] bool may_hold(std::uint32_t hash) const {
    return (filter_[hash / 64 & filter_mask_] >> (hash % 64) & 1) != 0;
  }
  /// Null: holds nothing here.
  [[nodiscard]] const Slot* find(std::uint32_t holder) const {
    const std::uint32_t hash = hash_of(holder);
    if (!may_hold(hash)) return nullptr;
    for (std::size_t place = hash & slot_mask_;; place = (place + 1) & slot_mask_) {
      const Slot& slot = slots_[place];
      if (slot.holder == holder) return &slot;
      if (slot.holder == kFree) return nullptr;
    }
  }
  void add_holding(std::uint32_t holder, const Holding& holding);
  void add_rules_of(const RuledRights& ruled, std::vector<Rule>& out);
  [[nodiscard]] model::Truth value(const Rule& rule, const Facts& facts) const;
  /// What was gathered and what the rules of a slot, or of the pool, add to the rights that are needed.
  [[nodiscard]] Gathered with_rules(Gathered gathered, const Slot& slot, std::uint64_t needed,
                                    const Facts& facts) const;
  [[nodiscard]] Gathered with_pool(Gathered gathered, std::uint64_t needed, const Facts& facts) const;

  const GrantTables& tables_;
  const model::Snapshot& snapshot_;
  std::vector<std::uint64_t> filter_;  ///< the bit of a holder's hash is set; nearly everybody else's is not
  std::vector<Slot> slots_;            ///< open addressing by holder
  std::uint32_t filter_mask_ = 0, slot_mask_ = 0;
  std::uint64_t denied_ = 0, always_open_ = 0, pool_open_ = 0;
  std::vector<Rule> more_;
  std::vector<Rule> pool_;
  std::vector<const NameRule*> general_;
  std::string texts_;
};

}  // namespace acrbiter::evaluator
