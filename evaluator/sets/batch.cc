// Questions as text, in great number.
#include <cstring>
#include <deque>

#include "evaluator/sets/access_impl.h"

namespace acrbiter::evaluator {

namespace {

/// Texts to numbers, for as many texts as come.
class TextTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  [[nodiscard]] std::uint32_t find(std::string_view text) const { return find(text, hash_of(text)); }
  [[nodiscard]] std::uint32_t find(std::string_view text, std::uint64_t hash) const {
    if (slots_.empty()) return kNone;
    for (std::size_t slot = hash & (slots_.size() - 1); slots_[slot].number != kNone;
         slot = (slot + 1) & (slots_.size() - 1)) {
      const Slot& s = slots_[slot];
      if (s.tag == static_cast<std::uint32_t>(hash >> 32U) && view(s) == text) return s.number;
    }
    return kNone;
  }
  /// The hash that find() takes; lets the processor fetch what it will read.
  [[nodiscard]] std::uint64_t prefetch(std::string_view text) const {
    const std::uint64_t hash = hash_of(text);
    if (!slots_.empty()) __builtin_prefetch(slots_.data() + (hash & (slots_.size() - 1)));
    return hash;
  }
  /// `text` must be new. Numbers count up from 0.
  std::uint32_t add(std::string_view text) {
    if (texts_.size() * 2 >= slots_.size()) grow();
    texts_.push_back(
        {.begin = static_cast<std::uint32_t>(bytes_.size()), .size = static_cast<std::uint32_t>(text.size())});
    bytes_ += text;
    place(static_cast<std::uint32_t>(texts_.size() - 1));
    return static_cast<std::uint32_t>(texts_.size() - 1);
  }

 private:
  struct Text {
    std::uint32_t begin = 0, size = 0;  ///< in `bytes_`
  };
  struct Slot {
    std::uint32_t tag = 0, number = kNone;
    Text text;
  };
  [[nodiscard]] std::string_view view(const Slot& slot) const {
    return {bytes_.data() + slot.text.begin, slot.text.size};
  }
  [[nodiscard]] static std::uint64_t hash_of(std::string_view text) {
    constexpr std::uint64_t kMix = 0x9FB21C651E98DF25U;
    std::uint64_t hash = text.size() * kMix;
    const auto mix = [&](std::uint64_t word) {
      hash = (hash ^ word) * kMix;
      hash ^= hash >> 32U;
    };
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      mix(word);
      text.remove_prefix(sizeof word);
    }
    if (!text.empty()) {
      word = 0;
      std::memcpy(&word, text.data(), text.size());
      mix(word);
    }
    return hash;
  }
  void place(std::uint32_t number) {
    const std::uint64_t hash = hash_of({bytes_.data() + texts_[number].begin, texts_[number].size});
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].number != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {.tag = static_cast<std::uint32_t>(hash >> 32U), .number = number, .text = texts_[number]};
  }
  void grow() {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), {});
    for (std::uint32_t number = 0; number < texts_.size(); ++number) place(number);
  }

  std::vector<Text> texts_;
  std::string bytes_;
  std::vector<Slot> slots_;
};

}  // namespace

struct Batch::Impl {
  struct What {
    std::string text;  ///< what a raw operation views
    Operation operation;
    Plans plans;
  };

  explicit Impl(const AccessSets& of) : sets(of) {}

  const AccessSets& sets;
  TextTable principal_texts, registry_texts, operation_texts;
  std::vector<Asker> principals;
  std::vector<PrincipalIndex> known;  ///< the same of those in the data; kNobody for others
  static constexpr PrincipalIndex kNobody{0xFFFFFFFF};
  std::vector<std::size_t> registries;
  std::deque<What> operations;

  [[nodiscard]] std::optional<Truth> decide(std::string_view principal, std::string_view operation,
                                            std::string_view registry, std::string_view repository) {
    return decide(principal, principal_texts.find(principal), operation, registry, registry_texts.find(registry),
                  repository);
  }

  [[nodiscard]] std::optional<Truth> decide(std::string_view principal, std::uint32_t p, std::string_view operation,
                                            std::string_view registry, std::uint32_t r, std::string_view repository) {
    const std::uint32_t o = operation_texts.find(operation);
    const bool seen = p != TextTable::kNone && o != TextTable::kNone && r != TextTable::kNone;
    if (seen && !(repository.empty() && operations[o].operation.takes_repository)) {
      const What& what = operations[o];
      if (!what.operation.takes_repository) repository = {};
      if (known[p] != kNobody) {
        if (const auto value = sets.impl_->quickly(known[p], registries[r], what.plans, repository)) return value;
      }
      return sets.impl_->decide(principals[p], registries[r], what.operation, repository, what.plans);
    }
    return decide_first(principal, operation, registry, repository);
  }

  static constexpr std::size_t kTogether = 32;

  /// Up to kTogether questions, step by step, so that they wait for memory at the same time.
  void decide(std::span<const Asked> questions, std::span<std::optional<Truth>> answers) {
    struct Found {
      std::uint64_t hash = 0;
      std::uint32_t principal = TextTable::kNone, registry = TextTable::kNone;
      std::span<const PrincipalIndex> groups;
    };
    std::array<Found, kTogether> found;
    const Impl& of = *this;
    const AccessSets::Impl& impl = *sets.impl_;
    const auto quick = [&](const Found& f) {
      return f.principal != TextTable::kNone && f.registry != TextTable::kNone && of.known[f.principal] != kNobody &&
             impl.quick_registries[registries[f.registry]].usable;
    };
    for (std::size_t i = 0; i < questions.size(); ++i) found[i].hash = principal_texts.prefetch(questions[i].principal);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      Found& f = found[i];
      f.principal = principal_texts.find(questions[i].principal, f.hash);
      f.registry = registry_texts.find(questions[i].registry);
      if (!quick(f)) continue;
      impl.prefetch_groups(known[f.principal]);
      impl.quick_table(registries[f.registry]).prefetch_filter();
    }
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (!quick(found[i])) continue;
      found[i].groups = impl.groups_of(known[found[i].principal]);
      for (std::size_t g = 0; g < found[i].groups.size(); g += 16) __builtin_prefetch(&found[i].groups[g]);
    }
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (quick(found[i])) impl.quick_table(registries[found[i].registry]).prefetch(found[i].groups);
    }
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const Asked& q = questions[i];
      answers[i] = decide(q.principal, found[i].principal, q.operation, q.registry, found[i].registry, q.repository);
    }
  }

  /// Looks the names up and remembers those that mean the same in every question.
  [[nodiscard]] std::optional<Truth> decide_first(std::string_view principal, std::string_view operation,
                                                  std::string_view registry, std::string_view repository) {
    const Circumstances& circumstances = sets.circumstances();
    Question question;
    question.principal = principal;
    question.registry = registry;
    question.repository = repository;
    question.at = circumstances.at;
    question.network = circumstances.network;
    question.credential = circumstances.credential;
    (find_operation(operation) != nullptr || operation.find('/') == std::string_view::npos ? question.operation
                                                                                           : question.action) =
        operation;
    auto resolved = sets.engine().resolve(question);
    if (!resolved) return std::nullopt;
    resolved->readings = circumstances.readings;
    const bool entra = std::holds_alternative<EntraAsker>(resolved->asker);
    if (entra && principal_texts.find(principal) == TextTable::kNone) {
      principal_texts.add(principal);
      principals.push_back(resolved->asker);
      const auto& asker = std::get<EntraAsker>(resolved->asker);
      known.push_back(asker.known ? asker.principal : kNobody);
    }
    if (!resolved->registry_typed_upper_case && registry_texts.find(registry) == TextTable::kNone) {
      registry_texts.add(registry);
      registries.push_back(resolved->registry);
    }
    // Without a repository, raw actions are asked of the interpreter: what a condition says is open.
    if (operation_texts.find(operation) == TextTable::kNone && !(question.operation.empty() && repository.empty())) {
      operation_texts.add(operation);
      What& what = operations.emplace_back();
      what.text = operation;
      what.operation = resolved->operation != nullptr ? *resolved->operation : raw_operation(what.text);
      what.plans = sets.impl_->plans_of(what.operation);
    }
    return static_cast<Truth>(sets.engine().decide(*resolved));
  }
};

Batch::Batch(const AccessSets& sets) : impl_(std::make_unique<Impl>(sets)) {}
Batch::~Batch() = default;

std::optional<Truth> Batch::decide(std::string_view principal, std::string_view operation, std::string_view registry,
                                   std::string_view repository) {
  return impl_->decide(principal, operation, registry, repository);
}

void Batch::decide(std::span<const Asked> questions, std::span<std::optional<Truth>> answers) {
  for (std::size_t first = 0; first < questions.size(); first += Impl::kTogether) {
    const std::size_t count = std::min(Impl::kTogether, questions.size() - first);
    impl_->decide(questions.subspan(first, count), answers.subspan(first, count));
  }
}

}  // namespace acrbiter::evaluator
