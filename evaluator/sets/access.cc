#include "evaluator/sets/access.h"

#include "evaluator/sets/access_impl.h"

namespace acrbiter::evaluator {

model::Truth Access::at(std::string_view repository) const {
  if (certain.contains(repository)) return Truth::True;
  return possible.contains(repository) ? Truth::Unknown : Truth::False;
}

AccessChange change(const Access& before, const Access& after) {
  AccessChange result;
  result.gained = after.certain - before.possible;
  result.possibly_gained = ((after.certain - before.certain) | (after.possible - before.possible)) - result.gained;
  result.lost = before.certain - after.possible;
  result.possibly_lost = ((before.certain - after.certain) | (before.possible - after.possible)) - result.lost;
  return result;
}

AccessSets::AccessSets(const Engine& engine, Circumstances circumstances)
    : impl_(std::make_unique<Impl>(engine, std::move(circumstances))) {}
AccessSets::~AccessSets() = default;
AccessSets::AccessSets(AccessSets&&) noexcept = default;
AccessSets& AccessSets::operator=(AccessSets&&) noexcept = default;

const Engine& AccessSets::engine() const noexcept { return impl_->engine; }
const Circumstances& AccessSets::circumstances() const noexcept { return impl_->circumstances; }
std::span<const Asker> AccessSets::askers() const noexcept { return impl_->askers; }

std::vector<AskerIndex> AccessSets::askers_at(std::size_t registry) const { return impl_->askers_at(registry); }

ResolvedQuestion AccessSets::question(const Asker& asker, std::size_t registry, const Operation& operation,
                                      std::string_view repository) const {
  return impl_->question(asker, registry, operation, repository);
}

Access AccessSets::access(const Asker& asker, std::size_t registry, const Operation& operation, Causes causes) const {
  return impl_->access(asker, registry, operation, causes);
}

Truth AccessSets::decide(const Asker& asker, std::size_t registry, const Operation& operation,
                         std::string_view repository) const {
  return impl_->decide(asker, registry, operation, repository);
}

}  // namespace acrbiter::evaluator
