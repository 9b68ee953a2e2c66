#include "evaluator/groups.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <utility>

namespace acrbiter::evaluator {

using model::at;
using model::MembersKnown;
using model::PrincipalIndex;
using model::PrincipalKind;

namespace {

using Csr = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, boost::no_property,
                                               boost::no_property, std::uint32_t, std::uint32_t>;

Csr graph_of(std::size_t vertices, std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return Csr(boost::edges_are_sorted, edges.begin(), edges.end(), static_cast<std::uint32_t>(vertices));
}

/// Marks that are cleared in O(1): one per thread, shared by all graphs.
class Marks {
 public:
  void start(std::size_t size) {
    if (stamp_.size() < size) stamp_.resize(size, 0);
    if (++epoch_ == 0) {
      std::fill(stamp_.begin(), stamp_.end(), 0U);
      epoch_ = 1;
    }
  }
  /// True the first time.
  bool mark(std::uint32_t i) { return std::exchange(stamp_[i], epoch_) != epoch_; }

 private:
  std::vector<std::uint32_t> stamp_;
  std::uint32_t epoch_ = 0;
};

Marks& marks() {
  thread_local Marks instance;
  return instance;
}

std::uint32_t vertex(PrincipalIndex p) { return static_cast<std::uint32_t>(p); }

}  // namespace

struct GroupGraph::Impl {
  const model::Snapshot* snapshot;
  Csr up;    ///< member → group
  Csr down;  ///< group → member
  std::vector<bool> group, open;
  /// What each principal reaches, one after the other; nothing for those that reach more than kReady groups.
  std::vector<PrincipalIndex> ready_all;
  std::vector<std::uint32_t> ready_via;
  std::vector<std::uint32_t> ready_begin{0};

  Impl(const model::Snapshot& s, std::vector<std::pair<std::uint32_t, std::uint32_t>> member_to_group,
       std::vector<std::pair<std::uint32_t, std::uint32_t>> group_to_member)
      : snapshot(&s),
        up(graph_of(s.principals.size(), member_to_group)),
        down(graph_of(s.principals.size(), group_to_member)),
        group(s.principals.size(), false),
        open(s.principals.size(), false) {}

  /// Appends `principal` and its groups, of which `joined` is one. False, and what was appended is only a part, if
  /// there are more than `most`.
  bool search(PrincipalIndex principal, std::optional<PrincipalIndex> joined, std::size_t most,
              std::vector<PrincipalIndex>& all, std::vector<std::uint32_t>& via) const {
    Marks& seen = marks();
    seen.start(open.size());
    const std::size_t first = all.size();
    all.push_back(principal);
    via.push_back(0);
    seen.mark(vertex(principal));
    if (joined && seen.mark(vertex(*joined))) {
      all.push_back(*joined);
      via.push_back(0);
    }
    for (std::size_t next = first; next < all.size(); ++next) {
      for (auto [edge, end] = boost::out_edges(vertex(all[next]), up); edge != end; ++edge) {
        const std::uint32_t target = boost::target(*edge, up);
        if (!seen.mark(target)) continue;
        if (all.size() - first > most) return false;
        all.push_back(PrincipalIndex{target});
        via.push_back(static_cast<std::uint32_t>(next - first));
      }
    }
    return true;
  }

  void prepare() {
    ready_begin.reserve(open.size() + 1);
    for (std::uint32_t i = 0; i < open.size(); ++i) {
      const std::size_t first = ready_all.size();
      if (!search(PrincipalIndex{i}, std::nullopt, kReady, ready_all, ready_via)) {
        ready_all.resize(first);
        ready_via.resize(first);
      }
      ready_begin.push_back(static_cast<std::uint32_t>(ready_all.size()));
    }
  }
};

std::unordered_set<std::string_view> application_ids(const model::Snapshot& snapshot) {
  std::unordered_set<std::string_view> ids;
  for (const model::Principal& principal : snapshot.principals) {
    for (const std::string_view id :
         {std::string_view(principal.app_id), std::string_view(principal.application_object_id)}) {
      if (!id.empty()) ids.insert(id);
    }
  }
  return ids;
}

/// Members of a distribution list have nothing of it, nor those of a group that is deleted.
/// Source: input-formats 5; azure-rbac-semantics 6 "Orphans"
bool counts_as_group(const model::Principal& group) { return !group.distribution_list && !group.orphaned; }

GroupGraph::GroupGraph(const model::Snapshot& snapshot) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> up, down;
  up.reserve(snapshot.memberships.size());
  down.reserve(snapshot.memberships.size());
  for (const model::Membership& m : snapshot.memberships) {
    if (!counts_as_group(snapshot[m.group])) continue;
    up.emplace_back(vertex(m.member), vertex(m.group));
    down.emplace_back(vertex(m.group), vertex(m.member));
  }
  impl_ = std::make_unique<Impl>(snapshot, std::move(up), std::move(down));

  for (const model::Membership& m : snapshot.memberships) impl_->group[at(m.group)] = true;
  // Ids of applications, which assignments name by mistake, are no groups. Source: azure-rbac-semantics 6
  const std::unordered_set<std::string_view> of_applications = application_ids(snapshot);
  std::vector<std::uint32_t> queue;
  for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
    const model::Principal& p = snapshot.principals[i];
    const bool untyped =
        p.kind == PrincipalKind::Unknown && !p.described && !p.orphaned && !of_applications.contains(p.id);
    // It may be anybody, and it may be a group.
    const bool anybody = model::is_named_unknown(p.id);
    const bool is_group = p.kind == PrincipalKind::Group || p.kind == PrincipalKind::ForeignGroup || impl_->group[i];
    if (is_group) impl_->group[i] = true;
    // An untyped id that is itself listed as a member is taken for a leaf: directory exports name the groups they nest.
    const bool listed_as_member = boost::out_degree(static_cast<std::uint32_t>(i), impl_->up) > 0;
    if ((anybody || is_group || (untyped && !listed_as_member)) && counts_as_group(p) &&
        snapshot.members_known[i] != MembersKnown::Complete) {
      impl_->open[i] = true;
      queue.push_back(static_cast<std::uint32_t>(i));
    }
  }
  while (!queue.empty()) {
    const std::uint32_t v = queue.back();
    queue.pop_back();
    for (auto [edge, end] = boost::out_edges(v, impl_->up); edge != end; ++edge) {
      const std::uint32_t parent = boost::target(*edge, impl_->up);
      // A complete transitive list names whoever is in nested groups too.
      const bool all_listed = snapshot.members_known[parent] == MembersKnown::Complete &&
                              snapshot.principals[parent].members_are_transitive;
      if (impl_->open[parent] || all_listed) continue;
      impl_->open[parent] = true;
      queue.push_back(parent);
    }
  }
  impl_->prepare();
}

GroupGraph::~GroupGraph() = default;
GroupGraph::GroupGraph(GroupGraph&&) noexcept = default;
GroupGraph& GroupGraph::operator=(GroupGraph&&) noexcept = default;

std::span<const PrincipalIndex> GroupGraph::ready(PrincipalIndex principal) const {
  const std::uint32_t begin = impl_->ready_begin[at(principal)];
  return {impl_->ready_all.data() + begin, impl_->ready_begin[at(principal) + 1] - begin};
}

void GroupGraph::reach(PrincipalIndex principal, Reach& out) const {
  out.all = ready(principal);
  if (!out.all.empty()) {
    out.via = {impl_->ready_via.data() + impl_->ready_begin[at(principal)], out.all.size()};
    return;
  }
  search(principal, std::nullopt, out);
}

void GroupGraph::reach_as_member(std::optional<PrincipalIndex> principal, PrincipalIndex group, Reach& out) const {
  search(principal.value_or(group), group, out);
}

void GroupGraph::search(PrincipalIndex principal, std::optional<PrincipalIndex> joined, Reach& out) const {
  out.own_all_.clear();
  out.own_via_.clear();
  static_cast<void>(impl_->search(principal, joined, impl_->open.size(), out.own_all_, out.own_via_));
  out.all = out.own_all_;
  out.via = out.own_via_;
}

bool GroupGraph::open(PrincipalIndex group) const { return impl_->open[at(group)]; }

bool GroupGraph::may_be_group(PrincipalIndex principal) const {
  return impl_->group[at(principal)] || impl_->open[at(principal)];
}

std::vector<PrincipalIndex> GroupGraph::unknown_below(PrincipalIndex group) const {
  Marks& seen = marks();
  seen.start(impl_->open.size());
  std::vector<PrincipalIndex> queue{group}, result;
  seen.mark(vertex(group));
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const PrincipalIndex v = queue[next];
    if (impl_->open[at(v)] && impl_->snapshot->members_known[at(v)] != MembersKnown::Complete) result.push_back(v);
    for (auto [edge, end] = boost::out_edges(vertex(v), impl_->down); edge != end; ++edge) {
      const std::uint32_t member = boost::target(*edge, impl_->down);
      if (impl_->open[member] && seen.mark(member)) queue.push_back(PrincipalIndex{member});
    }
  }
  return result;
}

}  // namespace acrbiter::evaluator
