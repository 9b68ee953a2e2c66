// Questions as text, in great number.
#include <cstring>
#include <map>

#include "evaluator/sets/access_impl.h"

namespace acrbiter::evaluator {

namespace {

/// Whom texts mean, for as many texts as come.
class KnownTexts {
 public:
  static constexpr PrincipalIndex kNobody{0xFFFFFFFF};

  [[nodiscard]] static std::uint64_t hash_of(std::string_view text) {
    constexpr std::uint64_t kFactor = 0x9FB21C651E98DF25U;
    std::uint64_t hash = text.size() * kFactor;
    const auto mix = [&](std::uint64_t word) {
      hash = (hash ^ word) * kFactor;
      hash ^= hash >> 32U;
    };
    std::uint64_t word = 0;
    for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
      std::memcpy(&word, text.data(), sizeof word);
      mix(word);
    }
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    mix(word);
    return hash;
  }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(slots_.data() + (hash & (slots_.size() - 1))); }
  /// kNobody for a text that was not added.
  [[nodiscard]] PrincipalIndex find(std::string_view text, std::uint64_t hash) const {
    return slots_[slot_of(text, hash)].means;
  }
  void add(std::string_view text, PrincipalIndex means) {
    const std::uint64_t hash = hash_of(text);
    if (find(text, hash) != kNobody) return;
    if (++size_ * 2 > slots_.size()) grow();
    slots_[slot_of(text, hash)] = {.hash = hash,
                                   .begin = static_cast<std::uint32_t>(bytes_.size()),
                                   .size = static_cast<std::uint32_t>(text.size()),
                                   .means = means};
    bytes_ += text;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t begin = 0, size = 0;  ///< of the text in `bytes_`
    PrincipalIndex means = kNobody;
  };
  /// Where the text stands, or the free slot where it would stand.
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint64_t hash) const {
    std::size_t slot = hash & (slots_.size() - 1);
    const auto is_other = [&](const Slot& s) {
      return s.hash != hash || std::string_view(bytes_).substr(s.begin, s.size) != text;
    };
    while (slots_[slot].means != kNobody && is_other(slots_[slot])) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  void grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& s : old) {
      if (s.means != kNobody) slots_[slot_of(std::string_view(bytes_).substr(s.begin, s.size), s.hash)] = s;
    }
  }

  std::string bytes_;
  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::size_t size_ = 0;
};

}  // namespace

struct Batch::Impl {
  struct What {
    Operation operation;
    Plans plans;
  };

  explicit Impl(const AccessSets& of) : sets(of), impl(*of.impl_) {}

  const AccessSets& sets;
  const AccessSets::Impl& impl;
  KnownTexts people;                               ///< in the data, as typed
  std::map<std::string, What, std::less<>> known;  ///< operations by what was typed; a raw action is a view of it

  [[nodiscard]] PrincipalIndex find(const Asked& asked) const {
    return people.find(asked.principal, KnownTexts::hash_of(asked.principal));
  }

  [[nodiscard]] std::optional<Truth> decide(const Asked& asked, PrincipalIndex who, std::optional<std::size_t> where) {
    const auto what = known.find(asked.operation);
    if (who != KnownTexts::kNobody && where && what != known.end()) {
      const bool by_name = what->second.operation.takes_repository;
      const std::string_view name = by_name ? asked.repository : std::string_view();
      if (!by_name || !name.empty()) {
        if (const auto value = impl.quickly(who, *where, what->second.plans, name)) return value;
      }
    }
    return by_interpreter(asked);
  }

  [[nodiscard]] std::optional<Truth> by_interpreter(const Asked& asked) {
    const Circumstances& circumstances = impl.circumstances;
    Question question;
    question.principal = asked.principal;
    question.registry = asked.registry;
    question.repository = asked.repository;
    question.at = circumstances.at;
    question.network = circumstances.network;
    question.credential = circumstances.credential;
    const bool is_id =
        find_operation(asked.operation) != nullptr || asked.operation.find('/') == std::string_view::npos;
    (is_id ? question.operation : question.action) = asked.operation;
    auto resolved = impl.engine.resolve_in_place(question);
    if (!resolved) return std::nullopt;
    resolved->readings = circumstances.readings;
    if (const auto* entra = std::get_if<EntraAsker>(&resolved->asker); entra != nullptr && entra->known)
      people.add(asked.principal, entra->principal);
    if (const auto [what, added] = known.try_emplace(std::string(asked.operation)); added) {
      const Operation& wanted = what->second.operation =
          resolved->operation != nullptr ? *resolved->operation : raw_operation(what->first);
      what->second.plans = impl.plans_of(wanted);
    }
    return static_cast<Truth>(impl.engine.decide(*resolved));
  }

  static constexpr std::size_t kTogether = 32;

  /// Up to kTogether questions, step by step, so that they wait for memory at the same time.
  void decide(std::span<const Asked> questions, std::span<std::optional<Truth>> answers) {
    struct Found {
      std::uint64_t hash = 0;
      PrincipalIndex who = KnownTexts::kNobody;
      std::optional<std::size_t> where;
      std::span<const PrincipalIndex> groups;
    };
    std::array<Found, kTogether> all;
    const auto found = std::span(all).first(questions.size());
    const auto for_those_found = [&](const auto& step) {
      for (Found& f : found) {
        if (f.who != KnownTexts::kNobody && f.where) step(f);
      }
    };
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].hash = KnownTexts::hash_of(questions[i].principal);
      people.prefetch(found[i].hash);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].who = people.find(questions[i].principal, found[i].hash);
      found[i].where = impl.ix.only_registry(questions[i].registry);
    }
    for_those_found([&](const Found& f) {
      impl.ix.groups.prefetch(f.who);
      impl.quick_table(*f.where).prefetch_filter();
    });
    for_those_found([&](Found& f) {
      f.groups = impl.ix.groups.ready(f.who);
      for (std::size_t g = 0; g < f.groups.size(); g += 16) __builtin_prefetch(&f.groups[g]);
    });
    for_those_found([&](const Found& f) { impl.quick_table(*f.where).prefetch(f.groups); });
    for (std::size_t i = 0; i < found.size(); ++i) answers[i] = decide(questions[i], found[i].who, found[i].where);
  }
};

Batch::Batch(const AccessSets& sets) : impl_(std::make_unique<Impl>(sets)) {}
Batch::~Batch() = default;

std::optional<Truth> Batch::decide(std::string_view principal, std::string_view operation, std::string_view registry,
                                   std::string_view repository) {
  const Asked asked{.principal = principal, .operation = operation, .registry = registry, .repository = repository};
  return impl_->decide(asked, impl_->find(asked), impl_->impl.ix.only_registry(registry));
}

void Batch::decide(std::span<const Asked> questions, std::span<std::optional<Truth>> answers) {
  for (std::size_t first = 0; first < questions.size(); first += Impl::kTogether) {
    const std::size_t count = std::min(Impl::kTogether, questions.size() - first);
    impl_->decide(questions.subspan(first, count), answers.subspan(first, count));
  }
}

}  // namespace acrbiter::evaluator
