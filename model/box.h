// Box<T>: one T on the heap that copies like a T, for recursive value types and large alternatives of a variant.
#pragma once

#include <memory>
#include <utility>

namespace acrbiter::model {

template <class T>
class Box {
 public:
  explicit Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    value_ = std::make_unique<T>(*other.value_);
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  [[nodiscard]] T& operator*() noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] T* operator->() noexcept { return value_.get(); }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }
  /// A visitor of a variant takes `const T&`, whether the alternative is boxed or not.
  operator const T&() const noexcept { return *value_; }  // NOLINT(google-explicit-constructor)

 private:
  std::unique_ptr<T> value_;
};

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace acrbiter::model
