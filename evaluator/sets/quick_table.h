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

  /// Both outlive this.
  QuickTable(const GrantTable& table, const GrantTables& tables);

  /// True if deny assignments may touch a right, so that this table does not tell.
  [[nodiscard]] bool leaves_out(std::uint64_t rights) const { return (denied_ & rights) != 0; }

  /// `groups` are the asker's, itself included; `complete`: there are no others. `repository` must be a legal name, or
  /// empty where the operation takes none. Throws model::RepositorySetTooLarge.
  [[nodiscard]] model::Truth decide(std::span<const model::PrincipalIndex> groups, bool complete,
                                    const model::Principal* asker, Needs needs, std::string_view repository) const;

  /// Lets the processor fetch what decide() will read for these groups.
  void prefetch(std::span<const model::PrincipalIndex> groups) const {
    for (const model::PrincipalIndex group : groups) {
      const std::uint64_t hash = hash_of(static_cast<std::uint32_t>(model::at(group)));
      if (may_hold(hash)) __builtin_prefetch(slots_.data() + (hash & (slots_.size() - 1)));
    }
  }
  /// The same for what prefetch() reads.
  void prefetch_filter() const {
    for (std::size_t word = 0; word < filter_.size() && word < 64; word += 8) __builtin_prefetch(&filter_[word]);
  }

 private:
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;
  enum class Kind : std::uint8_t { None, Prefix, Whole, General };

  /// A rule over the name; texts are in lower case, as names are.
  struct Rule {
    std::uint64_t rights = 0;
    const NameRule* rule = nullptr;
    std::uint32_t text = 0;  ///< place in `texts_`
    std::uint16_t length = 0;
    Kind kind = Kind::None;
    model::Truth if_true = model::Truth::True, if_false = model::Truth::False;
  };
  /// What one holder holds: the first of its rules is here, the others stand in `more_`.
  struct alignas(64) Slot {
    std::uint32_t holder = kFree;
    std::uint32_t more = 0;
    std::uint64_t certain = 0, open = 0;
    Rule first;
    std::uint32_t more_end = 0;
  };

  [[nodiscard]] static std::uint64_t hash_of(std::uint32_t holder) { return holder * 0x9E3779B97F4A7C15U >> 32U; }
  [[nodiscard]] bool may_hold(std::uint64_t hash) const {
    const std::uint64_t bit = hash & (filter_.size() * 64 - 1);
    return (filter_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  Rule rule_of(const RuledRights& ruled);
  [[nodiscard]] model::Truth value(const Rule& rule, const model::Principal* asker, std::string_view repository) const;

  const GrantTables& tables_;
  std::vector<std::uint64_t> filter_;  ///< the bit of a holder's hash is set; nearly everybody else's is not
  std::vector<Slot> slots_;            ///< open addressing by holder
  std::vector<Rule> more_;
  std::vector<Rule> pool_;
  std::string texts_;
  std::uint64_t denied_ = 0, always_open_ = 0, pool_open_ = 0;
};

}  // namespace acrbiter::evaluator
