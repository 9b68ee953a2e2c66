// Questions as text, in great number.
#include <deque>

#include "evaluator/sets/access_impl.h"
#include "evaluator/sets/known_texts.h"

namespace acrbiter::evaluator {

namespace {

/// What the texts of a question mean: indices, or KnownTexts::kUnknown for what was not asked before.
struct Names {
  std::uint32_t principal = KnownTexts::kUnknown;
  std::uint32_t operation = KnownTexts::kUnknown;
  std::uint32_t registry = KnownTexts::kUnknown;
  [[nodiscard]] bool all_known() const {
    return principal != KnownTexts::kUnknown && operation != KnownTexts::kUnknown && registry != KnownTexts::kUnknown;
  }
  [[nodiscard]] PrincipalIndex who() const { return PrincipalIndex{principal}; }
};

}  // namespace

struct Batch::Impl {
  /// An operation, and what it comes to.
  struct What {
    std::string typed;  ///< a raw action is a view of it
    Operation operation;
    Plans plans;
  };

  explicit Impl(const AccessSets& sets) : impl(*sets.impl_) {}

  const AccessSets::Impl& impl;
  KnownTexts people, operations, registries;  ///< as typed: of the data, in `whats`, of the data
  std::deque<What> whats;

  [[nodiscard]] std::optional<Truth> decide(const Asked& asked) {
    const Names names{.principal = people.find(asked.principal),
                      .operation = operations.find(asked.operation),
                      .registry = registries.find(asked.registry)};
    return decide(asked, names, {});
  }

  /// `holders`: those of the asker's groups that may hold something at the registry; nothing if that is not known.
  [[nodiscard]] std::optional<Truth> decide(const Asked& asked, const Names& names,
                                            std::optional<std::span<const PrincipalIndex>> holders) {
    if (names.all_known()) {
      const What& what = whats[names.operation];
      const bool by_name = what.operation.takes_repository;
      const std::string_view repository = by_name ? asked.repository : std::string_view();
      if (!by_name || !repository.empty()) {
        const auto value = holders ? impl.quickly(names.who(), *holders, names.registry, what.plans, repository)
                                   : impl.quickly(names.who(), names.registry, what.plans, repository);
        if (value) return value;
      }
    }
    return by_interpreter(asked);
  }

  /// The slow way. It learns what the names mean.
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
      people.add(asked.principal, static_cast<std::uint32_t>(model::at(entra->principal)));
    if (const auto registry = impl.ix.only_registry(asked.registry))
      registries.add(asked.registry, static_cast<std::uint32_t>(*registry));
    if (operations.find(asked.operation) == KnownTexts::kUnknown) learn_operation(asked.operation, resolved->operation);
    return static_cast<Truth>(impl.engine.decide(*resolved));
  }

  /// `known` is null for a raw action.
  void learn_operation(std::string_view typed, const Operation* known) {
    What& what = whats.emplace_back(What{.typed = std::string(typed), .operation = {}, .plans = {}});
    what.operation = known != nullptr ? *known : raw_operation(what.typed);
    what.plans = impl.plans_of(what.operation);
    operations.add(typed, static_cast<std::uint32_t>(whats.size() - 1));
  }

  static constexpr std::size_t kTogether = 32;

  /// Up to kTogether questions, step by step, so that they wait for memory at the same time: each step lets the
  /// processor fetch what the next one reads.
  void decide(std::span<const Asked> questions, std::span<std::optional<Truth>> answers) {
    struct Step {
      KnownTexts::Hash principal_hash = 0;
      Names names;
      std::span<const PrincipalIndex> groups;
      std::array<PrincipalIndex, GroupGraph::kReady> holders;  ///< the first `held` of them
      std::size_t held = 0;
    };
    std::array<Step, kTogether> all;
    const std::size_t count = questions.size();
    const auto for_those_known = [&](const auto& step) {
      for (std::size_t i = 0; i < count; ++i) {
        if (all[i].names.all_known()) step(all[i]);
      }
    };
    for (std::size_t i = 0; i < count; ++i) {
      all[i].principal_hash = KnownTexts::hash_of(questions[i].principal);
      people.prefetch(all[i].principal_hash);
    }
    for (std::size_t i = 0; i < count; ++i) {
      people.prefetch_text(all[i].principal_hash);
      all[i].names = {.operation = operations.find(questions[i].operation),
                      .registry = registries.find(questions[i].registry)};
    }
    for (std::size_t i = 0; i < count; ++i)
      all[i].names.principal = people.find(questions[i].principal, all[i].principal_hash);
    for_those_known([&](const Step& s) {
      __builtin_prefetch(&impl.quick_principals[s.names.principal]);
      impl.quick_table(s.names.registry).prefetch();
    });
    for_those_known([&](Step& s) {
      s.groups = impl.quick_principals[s.names.principal].ready();
      for (std::size_t g = 0; g < s.groups.size(); g += 16) __builtin_prefetch(&s.groups[g]);
    });
    for_those_known([&](Step& s) { s.held = impl.quick_table(s.names.registry).holders_among(s.groups, s.holders); });
    for (std::size_t i = 0; i < count; ++i) {
      std::optional<std::span<const PrincipalIndex>> holders;
      if (!all[i].groups.empty()) holders.emplace(all[i].holders.data(), all[i].held);
      answers[i] = decide(questions[i], all[i].names, holders);
    }
  }
};

Batch::Batch(const AccessSets& sets) : impl_(std::make_unique<Impl>(sets)) {}
Batch::~Batch() = default;

std::optional<Truth> Batch::decide(std::string_view principal, std::string_view operation, std::string_view registry,
                                   std::string_view repository) {
  return impl_->decide(
      {.principal = principal, .operation = operation, .registry = registry, .repository = repository});
}

void Batch::decide(std::span<const Asked> questions, std::span<std::optional<Truth>> answers) {
  for (std::size_t first = 0; first < questions.size(); first += Impl::kTogether) {
    const std::size_t count = std::min(Impl::kTogether, questions.size() - first);
    impl_->decide(questions.subspan(first, count), answers.subspan(first, count));
  }
}

}  // namespace acrbiter::evaluator
