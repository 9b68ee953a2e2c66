#include <algorithm>
#include <cassert>

#include "model/repository_automaton.h"
#include "model/repository_set.h"

namespace acrbiter::model {

struct RepositoryPartition::Table {
  Draft automaton;  ///< reduced; labels are cells
  std::vector<std::string> representatives;
};

RepositoryPartition::RepositoryPartition(std::span<const RepositorySet> sets, std::size_t most_cells) {
  const RepositorySet none;
  Scratch scratch;
  Product product(sets.empty() ? std::span(&none, 1) : sets, Product::Kind::Each, scratch, most_cells);
  auto table = std::make_shared<Table>();
  table->automaton = reduce(product.draft);
  table->representatives = std::move(product.first);
  table_ = std::move(table);
}

std::size_t RepositoryPartition::size() const { return table_->representatives.size(); }

const std::string& RepositoryPartition::representative(std::size_t cell) const { return table_->representatives[cell]; }

std::size_t RepositoryPartition::cell_of(std::string_view legal_name) const {
  StateId state = 0;
  for (const char c : legal_name) state = table_->automaton.rows.next(state, letter(c));
  assert(state != 0);
  return table_->automaton.label[state];
}

RepositorySet RepositoryPartition::cell(std::size_t cell) const {
  std::vector<bool> chosen(size(), false);
  chosen[cell] = true;
  return united(chosen);
}

RepositorySet RepositoryPartition::united(const std::vector<bool>& chosen) const {
  assert(chosen.size() == size());
  Draft draft;
  draft.rows = table_->automaton.rows;
  draft.label.push_back(0);  // the start is no name
  for (std::size_t state = 1; state < draft.rows.size(); ++state)
    draft.label.push_back(chosen[table_->automaton.label[state]] ? 1 : 0);
  return set_of(draft);
}

}  // namespace acrbiter::model
