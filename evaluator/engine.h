// Answers questions about a snapshot. The interpreter: one question at a time, with or without its trace.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/decision.h"
#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// Holds a snapshot and what was compiled from it: names, group closure, roles as masks, assignments by scope and
/// principal. Immutable after construction; may be asked from several threads.
class Engine {
 public:
  /// `snapshot` must outlive the engine. `defaults` are the readings in force where a question pins nothing.
  explicit Engine(const model::Snapshot& snapshot, Readings defaults = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  using Resolved = model::Expected<ResolvedQuestion, QuestionError>;
  /// Looks up every name in the question, which the result keeps.
  [[nodiscard]] Resolved resolve(Question question) const;
  /// The same without a copy, where that would cost more than the answer: the result refers to `question`, which has to
  /// outlive it.
  [[nodiscard]] Resolved resolve_in_place(const Question& question) const;
  Resolved resolve_in_place(const Question&& question) const = delete;

  /// The verdict alone. Same code as `explain`, findings left out.
  [[nodiscard]] Verdict decide(const ResolvedQuestion& question) const;
  /// The verdict with everything that was considered. Assignments of which the same is said are rows of one finding.
  [[nodiscard]] Decision explain(const ResolvedQuestion& question) const;
  /// Makes of every leaf of explain() that has rows a leaf for each of them, as people and programs are shown.
  void unfold(Decision& decision) const;

  /// What would change or belongs beside the answer: asked for by name because it costs several decisions.
  [[nodiscard]] std::vector<Hint> hints(const ResolvedQuestion& question, const Decision& decision) const;

  [[nodiscard]] const model::Snapshot& snapshot() const noexcept;

  /// All groups that `principal` is in, itself first, then by distance.
  [[nodiscard]] std::vector<model::PrincipalIndex> groups_of(model::PrincipalIndex principal) const;

  struct Index;  // evaluator/index.h
  /// What was compiled, for the analyses in evaluator/sets.
  [[nodiscard]] const Index& index() const noexcept { return *index_; }

 private:
  [[nodiscard]] Resolved look_up(std::shared_ptr<const Question> text) const;

  std::unique_ptr<Index> index_;
};

}  // namespace acrbiter::evaluator
