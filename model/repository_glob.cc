#include <string>
#include <utility>
#include <vector>

#include "model/repository_automaton.h"

namespace acrbiter::model {
namespace {

/// Once `**` has been reached, what stands before it no longer matters, as in a greedy matcher. So each stretch between
/// two of them is searched for on its own: a state is the set of places in the stretch up to which the last characters
/// fit it. Hundreds of `**` cost no more than their letters; `**` before many `?` doubles with each, and is refused.
class GlobBuilder {
 public:
  GlobBuilder(std::span<const GlobPiece> pieces, std::pmr::memory_resource* memory)
      : memory_(memory), stretches_(memory), draft_(memory) {
    stretches_.emplace_back(memory_);
    for (const GlobPiece& piece : pieces) {
      if (piece.is_run && piece.letters == kEveryLetter) {
        stretches_.emplace_back(memory_);
      } else if (piece.is_run) {
        stretches_.back().loops.back() = piece.letters;
      } else {
        stretches_.back().fits.push_back(piece.letters);
        stretches_.back().loops.push_back(0);
        possible_ = possible_ && piece.letters != 0;
        ++length_;
      }
    }
  }

  RepositorySet build() {
    if (!possible_) return RepositorySet::none();
    if (length_ >= RepositorySet::kMostStates) refuse();
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
      const bool is_last = i + 1 == stretches_.size();
      if (stretches_[i].fits.empty() && stretches_.size() > 1) {
        // Nothing stands before this `**`, or nothing but a `*`.
        if (is_last) draft_.add(std::array{Arc{kEveryLetter, size()}}, 1);
        continue;
      }
      add(stretches_[i], i > 0, is_last);
    }
    return set_of(draft_);
  }

 private:
  struct Stretch {
    explicit Stretch(std::pmr::memory_resource* memory) : fits(memory), loops(1, 0, memory) {}
    std::pmr::vector<Letters> fits;   ///< at each place
    std::pmr::vector<Letters> loops;  ///< what may be repeated before each place and behind the last
  };
  using Places = std::pmr::vector<std::uint64_t>;  ///< one bit each
  /// Letters that a stretch treats alike, the places where they lead on, and those where they may be repeated.
  struct Part {
    Letters letters;
    Places fits, loops;
  };
  static constexpr std::size_t kMostSets = 4 * RepositorySet::kMostStates;
  static constexpr std::size_t kMostWords = std::size_t{1} << 22U;

  [[noreturn]] static void refuse() {
    throw RepositorySetTooLarge("a pattern of repository names would need more than " +
                                std::to_string(RepositorySet::kMostStates) + " states");
  }
  [[nodiscard]] StateId size() const { return static_cast<StateId>(draft_.rows.size()); }

  /// The states of one stretch. Behind `**` a new attempt begins at every character; before the first one, what does
  /// not fit is lost.
  void add(const Stretch& stretch, bool searches, bool is_last) {
    const std::size_t last = stretch.fits.size();
    const std::pmr::vector<Part> parts = parts_of(stretch);
    ListIndex sets(memory_);
    Places now(last / 64 + 1, 0, memory_);
    now[0] = 1;
    sets.insert(now);
    Places then(now.size(), memory_);
    std::pmr::vector<Arc> arcs(memory_);  // as many for each set as there are parts
    for (std::size_t at = 0; at < sets.size(); ++at) {
      if (sets.words() > kMostWords || sets.size() > kMostSets || size() + sets.size() > kMostDraftStates) refuse();
      now.assign(sets[at].begin(), sets[at].end());
      for (const Part& part : parts) {
        std::uint64_t carry = searches ? 1 : 0;
        for (std::size_t w = 0; w < now.size(); ++w) {
          const std::uint64_t on = now[w] & part.fits[w];
          then[w] = on << 1U | carry | (now[w] & part.loops[w]);
          carry = on >> 63U;
        }
        arcs.push_back({part.letters, !is_last && has(then, last) ? kPassed : sets.insert(then).first});
      }
    }
    const StateId base = size();
    const auto behind = static_cast<StateId>(base + sets.size());
    for (Arc& arc : arcs) arc.to = arc.to == kPassed ? behind : base + arc.to;
    for (std::size_t at = 0; at < sets.size(); ++at)
      draft_.add(std::span(arcs).subspan(at * parts.size(), parts.size()), has(sets[at], last) ? 1 : 0);
  }

  static bool has(std::span<const std::uint64_t> places, std::size_t place) {
    return (places[place / 64] >> (place % 64) & 1U) != 0;
  }

  [[nodiscard]] std::pmr::vector<Part> parts_of(const Stretch& stretch) const {
    std::pmr::vector<Letters> parts(1, kEveryLetter, memory_);
    const auto divide = [&](Letters by) {
      for (std::size_t i = parts.size(); i-- > 0;) {
        const Letters common = parts[i] & by;
        if (common == 0 || common == parts[i]) continue;
        parts[i] ^= common;
        parts.push_back(common);
      }
    };
    for (const Letters fits : stretch.fits) divide(fits);
    for (const Letters loops : stretch.loops) divide(loops);
    std::pmr::vector<Part> result(memory_);
    result.reserve(parts.size());
    for (const Letters letters : parts) {
      const std::size_t words = stretch.fits.size() / 64 + 1;
      Part part{letters, Places(words, 0, memory_), Places(words, 0, memory_)};
      for (std::size_t i = 0; i < stretch.loops.size(); ++i) {
        const std::uint64_t bit = std::uint64_t{1} << (i % 64);
        if (i < stretch.fits.size() && (stretch.fits[i] & letters) != 0) part.fits[i / 64] |= bit;
        if ((stretch.loops[i] & letters) != 0) part.loops[i / 64] |= bit;
      }
      result.push_back(std::move(part));
    }
    return result;
  }

  static constexpr StateId kPassed = ~StateId{0};

  std::pmr::memory_resource* memory_;
  std::pmr::vector<Stretch> stretches_;
  bool possible_ = true;
  std::size_t length_ = 0;
  Draft draft_;
};

}  // namespace

RepositorySet matching(std::span<const GlobPiece> pieces) {
  Scratch scratch;
  return GlobBuilder(pieces, scratch.memory()).build();
}

}  // namespace acrbiter::model
