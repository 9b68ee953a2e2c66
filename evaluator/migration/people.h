// Who is meant in a plan.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace acrbiter::evaluator::migration {

/// Somebody, as plans and reports name them.
struct Who {
  std::string kind;  ///< "entra", "token", "task", "admin", "anonymous"
  std::string id;    ///< object id; of tokens and tasks REGISTRY/NAME
  std::string name;  ///< as a person knows it; may be empty
  std::string type;  ///< of an Entra identity: "User", "Group", "ServicePrincipal", "ForeignGroup", "Device" or ""
  /// Workloads that pull with this identity, e.g. "aks aks-prod".
  std::vector<std::string> workloads;
  friend bool operator==(const Who&, const Who&) = default;
};

/// A list of people. In a large plan the same ones stand in thousands of lists, so lists refer to what never changes:
/// share() adds somebody without a copy.
class People {
 public:
  using Shared = std::shared_ptr<const Who>;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Who;
    using difference_type = std::ptrdiff_t;
    using pointer = const Who*;
    using reference = const Who&;
    Iterator() = default;
    explicit Iterator(std::vector<Shared>::const_iterator at) : at_(at) {}
    const Who& operator*() const { return **at_; }
    const Who* operator->() const { return at_->get(); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++at_;
      return old;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    std::vector<Shared>::const_iterator at_;
  };
  using value_type = Who;
  using const_iterator = Iterator;

  People() = default;
  People(std::initializer_list<Who> list) {
    for (const Who& who : list) push_back(who);
  }

  void push_back(Who who) { list_.push_back(std::make_shared<const Who>(std::move(who))); }
  void share(Shared who) { list_.push_back(std::move(who)); }
  void reserve(std::size_t size) { list_.reserve(size); }
  [[nodiscard]] const std::vector<Shared>& shared() const noexcept { return list_; }

  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
  [[nodiscard]] const Who& front() const { return *list_.front(); }
  [[nodiscard]] Iterator begin() const { return Iterator(list_.begin()); }
  [[nodiscard]] Iterator end() const { return Iterator(list_.end()); }

  friend bool operator==(const People& a, const People& b) {
    return std::equal(a.list_.begin(), a.list_.end(), b.list_.begin(), b.list_.end(),
                      [](const Shared& x, const Shared& y) { return x == y || *x == *y; });
  }

 private:
  std::vector<Shared> list_;  ///< no nulls
};

/// How many people there are in several lists, each counted once: by kind and id.
class Distinct {
 public:
  void add(const People& people) {
    for (const Who& who : people) {
      if (seen_.insert(&who).second) ids_.emplace(who.kind, who.id);
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ids_.empty(); }

 private:
  std::unordered_set<const Who*> seen_;  ///< most lists share their people: looked at before the words
  std::set<std::pair<std::string_view, std::string_view>> ids_;
};

}  // namespace acrbiter::evaluator::migration
