#include "evaluator/sets/prove.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "evaluator/decider.h"
#include "evaluator/index.h"
#include "evaluator/sets/cells.h"
#include "model/box.h"

namespace acrbiter::evaluator {

using model::PrincipalIndex;
using model::RepositorySet;
using model::Truth;

namespace {

/// Below so many the askers are asked one by one, above it everybody at once.
constexpr std::size_t kFewAskers = 4;

/// Tells askers of one snapshot apart.
std::string key_of(const Asker& asker) {
  return std::visit(model::Overloaded{
                        [](const EntraAsker& entra) { return "id:" + std::string(entra.id.text()); },
                        [](const AdminAsker&) { return std::string("admin"); },
                        [](const AnonymousAsker&) { return std::string("anonymous"); },
                        [](const TokenAsker& token) { return "token:" + std::to_string(token.token); },
                        [](const TaskAsker& task) { return "task:" + std::to_string(task.task); },
                    },
                    asker);
}

/// Access in one state of the data, remembered.
class World {
 public:
  explicit World(const AccessSets& sets) : sets_(&sets) { index(); }
  /// A copy of the data in which the given groups have no members but those that are shown.
  World(const AccessSets& open, const std::vector<PrincipalIndex>& closed) : own_(std::make_unique<Own>(open, closed)) {
    sets_ = &own_->sets;
    index();
  }

  [[nodiscard]] const AccessSets& sets() const { return *sets_; }

  /// `many`: others will be asked about the same.
  Access access(const Asker& asker, std::size_t registry, const Operation& operation, bool many) {
    const auto known = places_.find(key_of(asker));
    if (!many || known == places_.end()) return sets_->access(asker, registry, operation);
    const auto [found, added] = reachable_.try_emplace({registry, &operation});
    std::vector<AccessSets::Reachable>& all = found->second;
    if (added) all = sets_->who_can(registry, operation);
    const auto place = std::lower_bound(all.begin(), all.end(), known->second,
                                        [](const AccessSets::Reachable& r, AskerIndex a) { return r.asker < a; });
    if (place == all.end() || place->asker != known->second) return {};
    return place->access;
  }

 private:
  struct Own {
    Own(const AccessSets& open, const std::vector<PrincipalIndex>& closed)
        : snapshot(close(open.engine().snapshot(), closed)),
          engine(snapshot, open.circumstances().readings),
          sets(engine, open.circumstances()) {}
    static model::Snapshot close(model::Snapshot snapshot, const std::vector<PrincipalIndex>& closed) {
      for (const PrincipalIndex group : closed) {
        snapshot.members_known[model::at(group)] = model::MembersKnown::Complete;
      }
      return snapshot;
    }
    model::Snapshot snapshot;
    Engine engine;
    AccessSets sets;
  };

  void index() {
    const auto askers = sets_->askers();
    for (std::size_t a = 0; a < askers.size(); ++a) places_.emplace(key_of(askers[a]), AskerIndex(a));
  }

  std::unique_ptr<Own> own_;
  const AccessSets* sets_ = nullptr;
  std::unordered_map<std::string, AskerIndex> places_;
  std::map<std::pair<std::size_t, const Operation*>, std::vector<AccessSets::Reachable>> reachable_;
};

/// Somebody whom a property speaks of.
struct Member {
  Asker asker;
  std::string key;
  Truth included = Truth::False;
  Truth excepted = Truth::False;
  [[nodiscard]] Truth status() const { return model::both(included, !excepted); }
};

/// Names that every client accepts; registries take more. Source: OCI distribution specification, "Pulling manifests"
const RepositorySet& usual_names() {
  static const RepositorySet names =
      *RepositorySet::parse("re:[a-z0-9]+((.|_|__|[-]+)[a-z0-9]+)*(/[a-z0-9]+((.|_|__|[-]+)[a-z0-9]+)*)*");
  return names;
}

/// The best of several findings: a usual name before others, then the shortest, of these the first found.
struct Best {
  std::vector<Witness> witnesses;
  std::vector<Cause> causes;
  bool membership = false;
  bool found = false;

  void offer(std::vector<Witness> others, std::vector<Cause> why, bool by_membership) {
    const bool better = !found || (witnesses.empty() && !others.empty()) ||
                        (!others.empty() && shorter(others.front().repository, witnesses.front().repository));
    found = true;
    if (!better) return;
    witnesses = std::move(others);
    causes = std::move(why);
    membership = by_membership;
  }

 private:
  static bool shorter(const std::string& a, const std::string& b) {
    const auto rank = [](const std::string& name) {
      return std::pair{!name.empty() && !usual_names().contains(name), name.size()};
    };
    return rank(a) < rank(b);
  }
};

}  // namespace

std::string_view to_string(Property::Kind kind) {
  switch (kind) {
    case Property::Kind::Never:
      return "never";
    case Property::Kind::Always:
      return "always";
    case Property::Kind::Only:
      return "only";
    case Property::Kind::Same:
      return "same";
    case Property::Kind::Subset:
      return "subset";
  }
  return "";
}

struct Prover::Impl {
  explicit Impl(const AccessSets& s) : sets(s), open(s) {}

  const AccessSets& sets;
  World open;
  std::map<std::vector<PrincipalIndex>, std::unique_ptr<World>> closed;

  [[nodiscard]] const GroupGraph& groups() const { return sets.engine().index().groups; }
  [[nodiscard]] const model::Snapshot& snapshot() const { return sets.engine().snapshot(); }

  // ---- who ------------------------------------------------------------------------------------------------

  [[nodiscard]] Truth is_in(const Asker& asker, const Reach& reach, const WhoTerm& term) const {
    return std::visit(model::Overloaded{
                          [](const Everyone&) { return Truth::True; },
                          [&](const Asker& other) { return model::truth_of(key_of(asker) == key_of(other)); },
                          [&](const MembersOf& members) { return in_group(asker, reach, members.group); },
                      },
                      term);
  }

  [[nodiscard]] Truth in_group(const Asker& asker, const Reach& reach, PrincipalIndex group) const {
    const auto* entra = std::get_if<EntraAsker>(&asker);
    if (entra == nullptr) return Truth::False;
    if (std::find(reach.all.begin(), reach.all.end(), group) != reach.all.end()) return Truth::True;
    const bool all_known = entra->known && snapshot()[entra->principal].groups_complete;
    return groups().open(group) && !all_known ? Truth::Unknown : Truth::False;
  }

  [[nodiscard]] Truth is_in(const Asker& asker, const Reach& reach, const std::vector<WhoTerm>& terms) const {
    Truth result = Truth::False;
    for (const WhoTerm& term : terms) result = model::either(result, is_in(asker, reach, term));
    return result;
  }

  /// Everybody known, and whom `who` names besides, with their part in it. In the order of askers().
  [[nodiscard]] std::vector<Member> members(const Who& who) const {
    std::vector<Member> result;
    const auto add = [&](const Asker& asker) {
      Reach reach;
      const auto* entra = std::get_if<EntraAsker>(&asker);
      if (entra != nullptr && entra->known) groups().reach(entra->principal, reach);
      result.push_back({.asker = asker,
                        .key = key_of(asker),
                        .included = is_in(asker, reach, who.include),
                        .excepted = is_in(asker, reach, who.except)});
    };
    for (const Asker& asker : sets.askers()) add(asker);
    for (const WhoTerm& term : who.include) {
      const auto* asker = std::get_if<Asker>(&term);
      if (asker == nullptr) continue;
      const std::string key = key_of(*asker);
      if (std::none_of(result.begin(), result.end(), [&](const Member& m) { return m.key == key; })) add(*asker);
    }
    std::erase_if(result, [](const Member& m) { return m.status() == Truth::False; });
    return result;
  }

  /// Those of `all` that mean something at a registry.
  [[nodiscard]] std::vector<const Member*> at_registry(const std::vector<Member>& all, std::size_t registry) const {
    std::vector<std::string> here;
    for (const AskerIndex index : sets.askers_at(registry)) {
      here.push_back(key_of(sets.askers()[static_cast<std::size_t>(index)]));
    }
    std::sort(here.begin(), here.end());
    std::vector<const Member*> result;
    for (const Member& member : all) {
      const bool child =
          std::holds_alternative<TokenAsker>(member.asker) || std::holds_alternative<TaskAsker>(member.asker);
      if (!child || std::binary_search(here.begin(), here.end(), member.key)) result.push_back(&member);
    }
    return result;
  }

  /// The groups of `terms` whose members are not all in the data, with those inside them.
  [[nodiscard]] std::vector<PrincipalIndex> open_groups(const std::vector<WhoTerm>& terms) const {
    std::vector<PrincipalIndex> result;
    for (const WhoTerm& term : terms) {
      const auto* group = std::get_if<MembersOf>(&term);
      if (group == nullptr || !groups().open(group->group)) continue;
      const auto below = groups().unknown_below(group->group);
      result.insert(result.end(), below.begin(), below.end());
    }
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

  [[nodiscard]] std::vector<Cause> membership_causes(const Who& who) const {
    std::vector<Cause> causes;
    for (const auto* terms : {&who.include, &who.except}) {
      for (const PrincipalIndex group : open_groups(*terms)) {
        const Cause missing = members_missing(snapshot()[group]);
        add_causes({&missing, 1}, causes);
      }
    }
    return causes;
  }

  World& without(const std::vector<PrincipalIndex>& hidden) {
    std::unique_ptr<World>& world = closed[hidden];
    if (!world) world = std::make_unique<World>(sets, hidden);
    return *world;
  }

  // ---- one property ---------------------------------------------------------------------------------------

  class Run;
};

/// One property against every place and operation.
class Prover::Impl::Run {
 public:
  Run(Impl& prover, const Property& property) : prover_(prover), property_(property) {
    if (property.kind == Property::Kind::Only) {
      first_who_ = {.include = {Everyone{}}, .except = property.first.include};
      // Outside `a except b` is whoever is not in a, and whoever is in b.
      back_inside_ = property.first.except;
    } else {
      first_who_ = property.first;
    }
    first_ = prover.members(first_who_);
    if (!back_inside_.empty()) add_back();
    if (two_sided()) second_ = prover.members(property.second);
    membership_ = prover.membership_causes(first_who_);
    if (!back_inside_.empty())
      add_causes(prover.membership_causes({.include = back_inside_, .except = {}}), membership_);
    if (two_sided()) add_causes(prover.membership_causes(property.second), membership_);
  }

  Proof run() {
    for (const Place& place : property_.places) {
      const auto first = prover_.at_registry(first_, place.registry);
      const auto second = prover_.at_registry(second_, place.registry);
      for (const Operation* operation : property_.operations) {
        registry_ = place.registry;
        denies_single_out_ = denies_single_out(place.registry);
        operation_ = operation;
        names_ = operation->takes_repository ? place.names : RepositorySet::all();
        one(first, second);
      }
    }
    return proof();
  }

 private:
  [[nodiscard]] bool two_sided() const {
    return property_.kind == Property::Kind::Same || property_.kind == Property::Kind::Subset;
  }

  /// Only: those whom the property's own `except` puts outside again.
  void add_back() {
    Who everybody{.include = {Everyone{}}, .except = {}};
    std::vector<Member> all = prover_.members(everybody);
    for (Member& member : all) {
      Reach reach;
      const auto* entra = std::get_if<EntraAsker>(&member.asker);
      if (entra != nullptr && entra->known) prover_.groups().reach(entra->principal, reach);
      const Truth inside = prover_.is_in(member.asker, reach, property_.first.include);
      const Truth back = prover_.is_in(member.asker, reach, back_inside_);
      // Outside = not in `include`, or in `except`.
      member.included = model::either(!inside, back);
      member.excepted = Truth::False;
      // With nothing to put back, the hidden members of `include` are told apart as in a plain `only`.
      if (back == Truth::False) {
        member.included = Truth::True;
        member.excepted = inside;
      }
    }
    std::erase_if(all, [](const Member& m) { return m.status() == Truth::False; });
    first_ = std::move(all);
  }

  void one(const std::vector<const Member*>& first, const std::vector<const Member*>& second) {
    try {
      switch (property_.kind) {
        case Property::Kind::Never:
        case Property::Kind::Only:
          return never(first);
        case Property::Kind::Always:
          return always(first);
        case Property::Kind::Same:
          return same(first, second);
        case Property::Kind::Subset:
          return subset(first, second);
      }
    } catch (const model::RepositorySetTooLarge& error) {
      open_.offer({}, undetermined_because(error).causes, false);
    }
  }

  /// If they are meant, then as a member of a group, which gives them at least what it gives, and the group itself is
  /// asked. Not so where a deny assignment may single them out.
  [[nodiscard]] bool group_speaks_for(const Member& member) const {
    return member.included == Truth::Unknown && member.excepted == Truth::False && !denies_single_out_;
  }
  /// What they have at least if they are meant, beside what the group gives.
  [[nodiscard]] const RepositorySet& least(const Member& member, const Access& held) const {
    return group_speaks_for(member) ? held.possible : held.certain;
  }
  [[nodiscard]] bool denies_single_out(std::size_t registry) const {
    const auto& denies = prover_.sets.engine().index().registries[registry].deny_assignments;
    return std::any_of(denies.begin(), denies.end(), [&](std::size_t d) {
      const auto& principals = prover_.snapshot().deny_assignments[d].principals;
      return std::any_of(principals.begin(), principals.end(),
                         [](const model::DenyPrincipal& p) { return !p.everyone; });
    });
  }

  Access access(const Member& member, bool many) {
    return prover_.open.access(member.asker, registry_, *operation_, many);
  }

  /// The shortest usual name of the set, or of all if it has none; "" for an operation on the registry as a whole.
  [[nodiscard]] std::string name_in(const RepositorySet& set) const {
    return operation_->takes_repository ? example_name(set) : std::string();
  }

  [[nodiscard]] Witness witness(const Member& member, const Access& access, const std::string& name) const {
    const Truth value = operation_->takes_repository ? access.at(name)
                        : access.certain.is_all()    ? Truth::True
                        : access.possible.is_all()   ? Truth::Unknown
                                                     : Truth::False;
    return {.asker = member.asker,
            .registry = registry_,
            .operation = operation_,
            .repository = name,
            .verdict = verdict_of(value)};
  }

  void fails(const Member& member, std::vector<Witness> witnesses) {
    note(member, failing_, failing_keys_);
    fail_.offer(std::move(witnesses), {}, false);
  }
  void is_open(const Member& member, std::vector<Witness> witnesses, std::vector<Cause> causes, bool membership) {
    if (membership) add_causes(membership_, causes);
    note(member, open_askers_, open_keys_);
    open_.offer(std::move(witnesses), std::move(causes), membership);
  }
  static void note(const Member& member, std::vector<Asker>& list, std::set<std::string_view>& keys) {
    if (keys.insert(member.key).second) list.push_back(member.asker);
  }

  void never(const std::vector<const Member*>& members) {
    const bool many = members.size() > kFewAskers;
    for (const Member* member : members) {
      const Access held = access(*member, many);
      if (!RepositorySet::overlap(held.possible, names_)) continue;
      const RepositorySet certain = held.certain & names_;
      const RepositorySet possible = held.possible & names_;
      if (member->status() == Truth::True) {
        if (!certain.empty()) {
          fails(*member, {witness(*member, held, name_in(certain))});
        } else {
          is_open(*member, {witness(*member, held, name_in(possible))}, held.causes, false);
        }
        continue;
      }
      // Whoever may be in a group that is excepted matters only where they are not in it: asked in that world.
      if (member->included == Truth::True) {
        World& outside = prover_.without(prover_.open_groups(first_who_.except));
        const Access there = outside.access(member->asker, registry_, *operation_, many);
        if (!RepositorySet::overlap(there.possible, names_)) continue;
        const RepositorySet where = (there.certain & names_).empty() ? there.possible & names_ : there.certain & names_;
        is_open(*member, {witness(*member, held, name_in(where))}, there.causes, true);
        continue;
      }
      is_open(*member, {witness(*member, held, name_in(certain.empty() ? possible : certain))}, held.causes, true);
    }
  }

  void always(const std::vector<const Member*>& members) {
    const bool many = members.size() > kFewAskers;
    for (const Member* member : members) {
      const Access held = access(*member, many);
      const RepositorySet lacking = names_ - held.possible;
      if (!lacking.empty()) {
        const Witness refuting = witness(*member, held, name_in(lacking));
        if (member->status() == Truth::True) {
          fails(*member, {refuting});
        } else {
          is_open(*member, {refuting}, {}, true);
        }
        continue;
      }
      if (names_ <= held.certain || group_speaks_for(*member)) continue;
      is_open(*member, {witness(*member, held, name_in(names_ - held.certain))}, held.causes,
              member->status() != Truth::True);
    }
  }

  struct Holder {
    const Member* member;
    Access held;
  };

  /// Somebody of `holders` whose answer for the name is `wanted`.
  template <class Wanted>
  [[nodiscard]] std::optional<Witness> one_of(const std::vector<Holder>& holders, const std::string& name,
                                              Wanted wanted) const {
    for (const Holder& holder : holders) {
      Witness found = witness(*holder.member, holder.held, name);
      if (wanted(found.verdict)) return found;
    }
    return std::nullopt;
  }

  void same(const std::vector<const Member*>& first, const std::vector<const Member*>& second) {
    std::vector<Holder> sure;
    std::vector<Holder> unsure;
    const bool many = first.size() + second.size() > kFewAskers;
    std::set<std::string_view> seen;
    for (const auto* side : {&first, &second}) {
      for (const Member* member : *side) {
        if (!seen.insert(member->key).second) continue;
        (certainly_meant(*member, first, second) ? sure : unsure).push_back({member, access(*member, many)});
      }
    }
    RepositorySet any_certain;
    RepositorySet any_possible;
    RepositorySet all_certain = names_;
    RepositorySet all_possible = names_;
    for (const Holder& holder : sure) {
      any_certain |= holder.held.certain & names_;
      any_possible |= holder.held.possible & names_;
      all_certain &= holder.held.certain;
      all_possible &= holder.held.possible;
    }
    const auto allowed = [](Verdict v) { return v == Verdict::Allow; };
    const auto denied = [](Verdict v) { return v == Verdict::Deny; };
    if (const RepositorySet differ = any_certain - all_possible; !differ.empty()) {
      const std::string name = name_in(differ);
      const std::vector<Witness> pair{*one_of(sure, name, allowed), *one_of(sure, name, denied)};
      for (const Holder& holder : sure) {
        const std::string key = key_of(holder.member->asker);
        if (key == key_of(pair[0].asker) || key == key_of(pair[1].asker)) fails(*holder.member, pair);
      }
      return;
    }
    if (sure.size() > 1) {
      const RepositorySet differ = any_possible - all_certain;
      for (const Holder& holder : sure) {
        const RepositorySet own = (holder.held.possible - holder.held.certain) & differ;
        if (own.empty()) continue;
        const std::string name = name_in(own);
        std::vector<Witness> pair{witness(*holder.member, holder.held, name)};
        for (const Holder& other : sure) {
          if (other.member == holder.member) continue;
          pair.push_back(witness(*other.member, other.held, name));
          break;
        }
        is_open(*holder.member, std::move(pair), holder.held.causes, false);
      }
    }
    if (sure.empty() && unsure.size() < 2) return;
    for (const Holder& holder : unsure) {
      const RepositorySet here = holder.held.certain & names_;
      const RepositorySet differ = sure.empty() ? here : (here - all_possible) | (any_certain - holder.held.possible);
      RepositorySet beyond =
          sure.empty() ? holder.held.possible & names_ : (holder.held.possible & names_) - all_certain;
      beyond |= any_possible - least(*holder.member, holder.held);
      if (beyond.empty() && differ.empty()) continue;
      const std::string name = name_in(differ.empty() ? beyond : differ);
      std::vector<Witness> pair{witness(*holder.member, holder.held, name)};
      const std::vector<Holder>& others = sure.empty() ? unsure : sure;
      const Verdict own = pair.front().verdict;
      auto other = one_of(others, name, [&](Verdict v) { return v != own; });
      if (!other && others.front().member != holder.member) {
        other = witness(*others.front().member, others.front().held, name);
      }
      if (other) pair.push_back(*std::move(other));
      is_open(*holder.member, std::move(pair), own == Verdict::Undetermined ? holder.held.causes : std::vector<Cause>(),
              true);
    }
  }

  /// Of somebody on both sides one certain part is enough.
  [[nodiscard]] static bool certainly_meant(const Member& member, const std::vector<const Member*>& first,
                                            const std::vector<const Member*>& second) {
    const auto meant = [&](const std::vector<const Member*>& side) {
      return std::any_of(side.begin(), side.end(), [&](const Member* other) {
        return other->key == member.key && other->status() == Truth::True;
      });
    };
    return member.status() == Truth::True || meant(first) || meant(second);
  }

  void subset(const std::vector<const Member*>& first, const std::vector<const Member*>& second) {
    const bool many = first.size() + second.size() > kFewAskers;
    std::vector<Holder> holders;
    RepositorySet all_possible = RepositorySet::all();
    RepositorySet sure_possible = RepositorySet::all();
    RepositorySet all_certain = RepositorySet::all();
    for (const Member* member : second) {
      holders.push_back({member, access(*member, many)});
      const Access& held = holders.back().held;
      all_possible &= held.possible;
      all_certain &= least(*member, held);
      if (member->status() == Truth::True) sure_possible &= held.possible;
    }
    // Somebody of the second side, not the same as of the first, whose answer for the name `refutes`.
    const auto other = [&](const Member& member, const std::string& name, auto refutes) -> const Holder* {
      for (const Holder& holder : holders) {
        if (holder.member->key == member.key) continue;
        if (refutes(*holder.member, witness(*holder.member, holder.held, name).verdict)) return &holder;
      }
      return nullptr;
    };
    for (const Member* member : first) {
      const Access held = access(*member, many);
      const bool sure = member->status() == Truth::True;
      const auto report = [&](const RepositorySet& set, auto refutes, bool certain) {
        const std::string name = name_in(set);
        std::vector<Witness> pair{witness(*member, held, name)};
        std::vector<Cause> causes;
        bool by_membership = !sure;
        if (pair.front().verdict == Verdict::Undetermined) causes = held.causes;
        if (const Holder* found = other(*member, name, refutes)) {
          pair.push_back(witness(*found->member, found->held, name));
          if (pair.back().verdict == Verdict::Undetermined) add_causes(found->held.causes, causes);
          by_membership = by_membership || found->member->status() != Truth::True;
        }
        if (certain) {
          fails(*member, std::move(pair));
        } else {
          is_open(*member, std::move(pair), std::move(causes), by_membership);
        }
      };
      const RepositorySet certain = held.certain & names_;
      const RepositorySet possible = held.possible & names_;
      if (const RepositorySet more = certain - sure_possible; sure && !more.empty()) {
        report(
            more, [](const Member& m, Verdict v) { return m.status() == Truth::True && v == Verdict::Deny; }, true);
      } else if (const RepositorySet perhaps = certain - all_possible; !perhaps.empty()) {
        report(
            perhaps, [](const Member&, Verdict v) { return v == Verdict::Deny; }, false);
      } else if (const RepositorySet rest = possible - certain_of_others(holders, *member, all_certain);
                 !rest.empty()) {
        report(
            rest,
            [this](const Member& m, Verdict v) {
              return v == Verdict::Deny || (v != Verdict::Allow && !group_speaks_for(m));
            },
            false);
      }
    }
  }

  /// What all of `holders` but `member` have for certain, given what all of them have: nobody differs from themselves.
  [[nodiscard]] RepositorySet certain_of_others(const std::vector<Holder>& holders, const Member& member,
                                                const RepositorySet& of_all) const {
    const auto is_member = [&](const Holder& holder) { return holder.member->key == member.key; };
    if (std::none_of(holders.begin(), holders.end(), is_member)) return of_all;
    RepositorySet result = RepositorySet::all();
    for (const Holder& holder : holders) {
      if (!is_member(holder)) result &= least(*holder.member, holder.held);
    }
    return result;
  }

  Proof proof() {
    Proof result;
    std::set<std::string_view> spoken_of;
    for (const auto* side : {&first_, &second_}) {
      for (const Member& member : *side) spoken_of.insert(member.key);
    }
    result.askers = spoken_of.size();
    result.vacuous = first_.empty() || (two_sided() && second_.empty());
    result.open = std::move(open_askers_);
    if (fail_.found) {
      result.outcome = Proof::Outcome::Fails;
      result.witnesses = std::move(fail_.witnesses);
      result.failing = std::move(failing_);
    } else if (open_.found) {
      result.outcome = Proof::Outcome::Undetermined;
      result.witnesses = std::move(open_.witnesses);
      result.causes = std::move(open_.causes);
      result.hangs_on_membership = open_.membership;
    }
    return result;
  }

  Impl& prover_;
  const Property& property_;
  Who first_who_;
  std::vector<WhoTerm> back_inside_;
  std::vector<Member> first_, second_;
  std::vector<Cause> membership_;

  // Where it stands.
  std::size_t registry_ = 0;
  bool denies_single_out_ = false;
  const Operation* operation_ = nullptr;
  RepositorySet names_;

  Best fail_, open_;
  std::vector<Asker> failing_, open_askers_;
  std::set<std::string_view> failing_keys_, open_keys_;  ///< views into the members
};

std::optional<std::string> known_name(const RepositorySet& names, const model::Registry& registry) {
  if (!registry.repositories) return std::nullopt;
  const auto found = std::find_if(registry.repositories->begin(), registry.repositories->end(),
                                  [&](const std::string& name) { return names.contains(name); });
  return found == registry.repositories->end() ? std::nullopt : std::optional(*found);
}

std::string example_name(const RepositorySet& names) {
  std::string name = names.shortest().value_or("");
  if (name.empty() || usual_names().contains(name)) return name;
  try {
    return (names & usual_names()).shortest().value_or(std::move(name));
  } catch (const model::RepositorySetTooLarge&) {
    return name;
  }
}

Prover::Prover(const AccessSets& sets) : impl_(std::make_unique<Impl>(sets)) {}
Prover::~Prover() = default;
Prover::Prover(Prover&&) noexcept = default;
Prover& Prover::operator=(Prover&&) noexcept = default;

Proof Prover::prove(const Property& property) { return Impl::Run(*impl_, property).run(); }

}  // namespace acrbiter::evaluator
