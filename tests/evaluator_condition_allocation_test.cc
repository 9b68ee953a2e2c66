// evaluate_truth() does not allocate. Counted by replacing operator new, which sanitizers need for themselves.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "evaluator/condition_eval.h"
#include "parser/condition_parser.h"

#if defined(__SANITIZE_ADDRESS__)
#define ACRBITER_COUNT_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define ACRBITER_COUNT_ALLOCATIONS 0
#endif
#endif
#ifndef ACRBITER_COUNT_ALLOCATIONS
#define ACRBITER_COUNT_ALLOCATIONS 1
#endif

#if ACRBITER_COUNT_ALLOCATIONS

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// noinline: g++ 12 would see free() meet a `new` expression and call it a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace acrbiter {
namespace {

class RepositoryName : public evaluator::AttributeProvider {
 public:
  [[nodiscard]] evaluator::AttributeLookup find(model::AttributeSource source, std::string_view name) const override {
    return source == model::AttributeSource::Request && evaluator::same_attribute(name, "repositories:name")
               ? evaluator::AttributeLookup::text("frontend/api")
               : evaluator::AttributeLookup::unknown();
  }
};

TEST(ConditionEvaluation, OfATruthAloneDoesNotAllocate) {
  const std::string text =
      "((!(ActionMatches{'a/read'})) OR (@Request[repositories:name] StringStartsWithIgnoreCase 'backend/' OR "
      "@Request[repositories:name] ForAnyOfAnyValues:StringLike {'x*', 'front*/?pi'} AND NOT Exists @Resource[x]))";
  const auto condition = parser::parse_condition(text);
  ASSERT_TRUE(condition.has_value());
  const RepositoryName name;
  const evaluator::ConditionEnvironment environment{
      .action = "a/read", .sub_operation = {}, .attributes = &name, .condition_version = "2.0", .readings = {}};

  const std::size_t before_full = allocations;
  const model::Truth truth = evaluator::evaluate(*condition, environment).truth;
  EXPECT_GT(allocations, before_full) << "counting works: the value with its causes does allocate";

  const std::size_t before = allocations;
  const model::Truth fast = evaluator::evaluate_truth(*condition, environment);
  const std::size_t after = allocations;
  EXPECT_EQ(after, before);
  EXPECT_EQ(fast, truth);
}

}  // namespace
}  // namespace acrbiter

#endif  // ACRBITER_COUNT_ALLOCATIONS
