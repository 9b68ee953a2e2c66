// Who is meant in a plan.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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

/// A list of people. In a large plan the same ones stand in thousands of lists, so lists hold places in a directory
/// that they share. Copies of a list share that too, until one of them is changed.
class People {
 public:
  using Directory = std::vector<Who>;
  using Place = std::uint32_t;  ///< in a directory

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Who;
    using difference_type = std::ptrdiff_t;
    using pointer = const Who*;
    using reference = const Who&;
    Iterator() = default;
    Iterator(const Who* everybody, const Place* at) : everybody_(everybody), at_(at) {}
    const Who& operator*() const { return everybody_[*at_]; }
    const Who* operator->() const { return &everybody_[*at_]; }
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
    const Who* everybody_ = nullptr;
    const Place* at_ = nullptr;
  };
  using value_type = Who;
  using const_iterator = Iterator;

  People() = default;
  People(std::initializer_list<Who> list) {
    for (const Who& who : list) push_back(who);
  }
  /// Those at `places`, in that order.
  People(std::shared_ptr<Directory> directory, std::vector<Place> places)
      : directory_(std::move(directory)), places_(std::make_shared<std::vector<Place>>(std::move(places))) {}

  /// Somebody whom the directory need not have.
  void push_back(Who who) {
    if (!directory_ || directory_.use_count() > 1) {
      directory_ = std::make_shared<Directory>(begin(), end());
      places_ = std::make_shared<std::vector<Place>>(directory_->size());
      std::iota(places_->begin(), places_->end(), Place{0});
    } else if (places_.use_count() > 1) {
      places_ = std::make_shared<std::vector<Place>>(*places_);
    }
    places_->push_back(static_cast<Place>(directory_->size()));
    directory_->push_back(std::move(who));
  }

  /// Null only in an empty list.
  [[nodiscard]] const std::shared_ptr<Directory>& directory() const noexcept { return directory_; }
  [[nodiscard]] std::span<const Place> places() const noexcept {
    return places_ ? std::span<const Place>(*places_) : std::span<const Place>();
  }

  [[nodiscard]] bool empty() const noexcept { return places().empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return places().size(); }
  [[nodiscard]] const Who& front() const { return *begin(); }
  [[nodiscard]] Iterator begin() const { return empty() ? Iterator() : Iterator(directory_->data(), places_->data()); }
  [[nodiscard]] Iterator end() const {
    return empty() ? Iterator() : Iterator(directory_->data(), places_->data() + places_->size());
  }

  friend bool operator==(const People& a, const People& b) {
    if (a.directory_ == b.directory_ && (a.places_ == b.places_ || std::ranges::equal(a.places(), b.places())))
      return true;
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::shared_ptr<Directory> directory_;
  std::shared_ptr<std::vector<Place>> places_;  ///< null only together with the directory
};

/// Something for everybody in the directories of several lists, which must outlive this.
template <class Value>
class ByPerson {
 public:
  /// By place in the directory of `people`; Value() at first.
  [[nodiscard]] std::vector<Value>& operator[](const People& people) {
    std::vector<Value>& values = of_directory_[people.directory().get()];
    if (people.directory()) values.resize(people.directory()->size());
    return values;
  }
  /// The same where that was asked for before.
  [[nodiscard]] const std::vector<Value>& at(const People& people) const {
    return of_directory_.at(people.directory().get());
  }

 private:
  std::unordered_map<const People::Directory*, std::vector<Value>> of_directory_;
};

/// How many people there are in several lists, each counted once: by kind and id.
class Distinct {
 public:
  void add(const People& people) {
    std::vector<bool>& seen = seen_[people];
    for (const People::Place place : people.places()) {
      if (seen[place]) continue;
      seen[place] = true;
      const Who& who = (*people.directory())[place];
      ids_.emplace(who.kind, who.id);
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ids_.empty(); }

 private:
  using Words = std::pair<std::string_view, std::string_view>;
  struct HashOfWords {
    std::size_t operator()(const Words& words) const noexcept {
      const std::hash<std::string_view> hash;
      return hash(words.first) * 31 + hash(words.second);
    }
  };
  ByPerson<bool> seen_;  ///< most lists share their people: looked at before the words
  std::unordered_set<Words, HashOfWords> ids_;
};

}  // namespace acrbiter::evaluator::migration
