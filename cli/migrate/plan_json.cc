#include "cli/migrate/plan_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "cli/json_reader.h"
#include "cli/json_writer.h"
#include "cli/parallel.h"
#include "cli/report/text.h"
#include "cli/suggest.h"
#include "model/ascii.h"

namespace acrbiter::cli::migrate {

namespace migration = evaluator::migration;
using migration::People;
using migration::Who;

namespace {

// ---- writing and reading by one description -----------------------------------------------------------------
//
// Each type says once which members it has; Writer and Reader both follow that.

constexpr std::size_t kLargestPlan = std::size_t{1} << 30U;

/// `Type` to be read, or the same, constant, to be written.
template <class T, class Type>
concept Some = std::same_as<std::remove_const_t<T>, Type>;

/// The whole, with the table of those who are named in changes.
template <Some<Plan> SomePlan, Some<std::optional<Certificate>> SomeCertificate, Some<People::Directory> SomePeople>
struct Document {
  SomePlan& plan;
  SomeCertificate& certificate;
  SomePeople& identities;
};
template <class SomePlan, class SomeCertificate, class SomePeople>
Document(SomePlan&, SomeCertificate&, SomePeople&) -> Document<SomePlan, SomeCertificate, SomePeople>;

template <class Visitor>
void members(Visitor& v, Some<migration::Who> auto& who) {
  v("kind", who.kind), v("id", who.id), v("name", who.name), v("type", who.type), v("workloads", who.workloads);
}
template <class Visitor>
void members(Visitor& v, Some<migration::PlannedRegistry> auto& registry) {
  v("name", registry.name), v("id", registry.id), v("loginServer", registry.login_server);
}
template <class Visitor>
void members(Visitor& v, Some<migration::PlannedRole> auto& role) {
  v("id", role.guid), v("name", role.name), v("dataActions", role.data_actions);
  v("assignableScopes", role.assignable_scopes);
}
template <class Visitor>
void members(Visitor& v, Some<migration::PlannedAssignment> auto& a) {
  v("name", a.name), v("principal", a.principal), v("role", a.role), v("scope", a.scope), v("replaces", a.replaces);
  v("note", a.note);
}
template <class Visitor>
void members(Visitor& v, Some<migration::OldAssignment> auto& a) {
  v("id", a.id), v("principal", a.principal), v("role", a.role), v("roleId", a.role_guid), v("scope", a.scope);
  v("condition", a.condition), v("conditionVersion", a.condition_version), v("note", a.note);
}
template <class Visitor>
void members(Visitor& v, Some<migration::Carrier> auto& c) {
  v("id", c.id), v("principal", c.principal), v("role", c.role), v("scope", c.scope), v("rights", c.rights);
  v("onPurpose", c.on_purpose), v("end", c.end), v("registries", c.registries), v("leftOut", c.left_out);
}
template <class Visitor>
void members(Visitor& v, Some<migration::Change> auto& c) {
  v("kind", c.kind), v("registry", c.registry), v("operations", c.operations), v("names", c.names);
  v("example", c.example), v("reason", c.reason), v("because", c.because), v("who", c.who);
}
template <class Visitor>
void members(Visitor& v, Some<migration::TaskNeed> auto& t) {
  v("registry", t.registry), v("name", t.name), v("identity", t.identity);
  v("identityResourceId", t.identity_resource_id), v("identityClientId", t.identity_client_id);
  v("identityBefore", t.identity_before), v("loginModeBefore", t.login_mode_before);
  v("setAlready", t.set_already), v("need", t.need);
}
template <class Visitor>
void members(Visitor& v, Some<migration::Note> auto& n) {
  v("code", n.code), v("subject", n.subject), v("text", n.text), v("source", n.source), v("command", n.command);
}
template <class Visitor>
void members(Visitor& v, Some<Certificate::Input> auto& i) {
  v("path", i.path), v("sha256", i.digest);
}
template <class Visitor>
void members(Visitor& v, Some<Certificate> auto& c) {
  v("inputs", c.inputs), v("assumptions", c.assumptions), v("at", c.at), v("planSha256", c.plan);
  v("comparedBySets", c.by_sets), v("comparedByInterpreter", c.by_interpreter), v("everybody", c.everybody);
}
template <class Visitor, class SomePlan, class SomeCertificate, class SomePeople>
void members(Visitor& v, Document<SomePlan, SomeCertificate, SomePeople>& document) {
  SomePlan& p = document.plan;
  v("strategy", p.strategy), v("customRoles", p.custom_roles), v("registries", p.registries), v("roles", p.roles);
  v("assignments", p.assignments), v("tasks", p.tasks), v("remove", p.remove), v("keep", p.keep);
  v("identities", document.identities), v("changes", p.changes), v("elsewhere", p.elsewhere);
  v("residue", p.residue), v("untouched", p.untouched);
  v("open", p.open), v("switchAlone", p.switch_alone), v("today", p.carriers), v("certificate", document.certificate);
}

/// Everybody whom changes name, each once: changes refer to them by their place.
class Table {
 public:
  void add(const People& people) {
    std::vector<std::string>& spelled = spelled_[people];
    for (const People::Place one : people.places()) {
      if (!spelled[one].empty()) continue;
      const Who& who = (*people.directory())[one];
      const auto [place, added] = places_.try_emplace(who, all.size());
      if (added) all.push_back(who);
      spelled[one] = std::to_string(place->second);
    }
  }
  /// By place in the directory of `people`, who were added: the place in `all`, as a number of JSON.
  [[nodiscard]] const std::vector<std::string>& places_of(const People& people) const { return spelled_.at(people); }

  People::Directory all;

 private:
  struct Hash {
    std::size_t operator()(const Who& who) const noexcept { return std::hash<std::string>()(who.id); }
  };
  std::unordered_map<Who, std::size_t, Hash> places_;
  migration::ByPerson<std::string> spelled_;
};

class Writer {
 public:
  Writer(JsonWriter& json, const Table& people) : json_(json), people_(people) {}
  template <class T>
  void operator()(std::string_view name, const T& content) {
    if (is_absent(content)) return;
    json_.key(name);
    put(content);
  }
  template <class T>
  void items(std::span<const T> list) {
    for (const T& one : list) put(one);
  }

  /// Optional members are left out; everything else is written, so that a reader sees what there is.
  template <class T>
  static bool is_absent(const std::optional<T>& content) {
    return !content;
  }
  template <class T>
  static bool is_absent(const T&) {
    return false;
  }

 private:
  void put(const std::string& text) { json_.value(std::string_view(text)); }
  void put(bool truth) { json_.value(truth); }
  void put(std::size_t number) { json_.value(std::uint64_t{number}); }
  void put(migration::Strategy strategy) { json_.value(word(strategy)); }
  void put(migration::Change::Kind kind) { json_.value(word(kind)); }
  /// On one line: there may be thousands.
  void put(const People& people) {
    list_ = "[";
    const std::vector<std::string>& places = people_.places_of(people);
    for (const People::Place one : people.places()) {
      if (list_.size() > 1) list_ += ", ";
      list_ += places[one];
    }
    list_ += ']';
    json_.raw(list_);
  }
  template <class T>
  void put(const std::optional<T>& content) {
    put(*content);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    json_.begin_array();
    items(std::span(list));
    json_.end_array();
  }
  template <class T>
  void put(const T& object) {
    json_.begin_object();
    members(*this, object);
    json_.end_object();
  }

  JsonWriter& json_;
  const Table& people_;
  std::string list_;
};

/// How many bytes a change comes to, about.
std::size_t bytes_of(const migration::Change& change) {
  constexpr std::size_t kOfChange = 500, kOfPlace = 7;
  return kOfChange + kOfPlace * change.who.size();
}

/// A document in pieces that can be written apart from each other: its members, and of long lists of changes several.
class Pieces {
 public:
  template <class T>
  void operator()(std::string_view name, const T& content) {
    if (Writer::is_absent(content)) return;
    add({started_}, kOfOthers, [name, &content](JsonWriter&, Writer& writer) { writer(name, content); });
    started_ = true;
  }
  void operator()(std::string_view name, const std::vector<migration::Change>& changes) {
    auto begin = changes.begin();
    do {
      auto end = begin;
      std::size_t bytes = 0;
      while (end != changes.end() && bytes < kOfPiece) bytes += bytes_of(*end++);
      const bool is_first = begin == changes.begin(), is_last = end == changes.end();
      add(is_first ? std::vector{started_} : std::vector{true, true}, bytes,
          [name, is_first, is_last, some = std::span(begin, end)](JsonWriter& json, Writer& writer) {
            if (is_first) json.key(name).begin_array();
            writer.items(some);
            if (is_last) json.end_array();
          });
      begin = end;
    } while (begin != changes.end());
    started_ = true;
  }

  [[nodiscard]] std::size_t size() const { return pieces_.size(); }
  [[nodiscard]] std::string text(std::size_t number, const Table& people) const {
    const Piece& piece = pieces_[number];
    JsonWriter json(JsonWriter::Layout::Indented, piece.filled);
    json.reserve(piece.bytes);
    Writer writer(json, people);
    piece.write(json, writer);
    return std::move(json).take();
  }

 private:
  using Write = std::function<void(JsonWriter&, Writer&)>;
  struct Piece {
    std::vector<bool> filled;  ///< of the brackets that are open where it begins
    std::size_t bytes = 0;     ///< about
    Write write;
  };
  static constexpr std::size_t kOfPiece = std::size_t{1} << 20U, kOfOthers = std::size_t{1} << 10U;

  void add(std::vector<bool> filled, std::size_t bytes, Write write) {
    pieces_.push_back({.filled = std::move(filled), .bytes = bytes, .write = std::move(write)});
  }

  std::vector<Piece> pieces_;
  bool started_ = false;  ///< a member stands in the document
};

/// Reads what Writer writes. After the first problem nothing more is read.
class Reader {
 public:
  /// `identities` is where the table goes, which what is read later refers to.
  explicit Reader(std::shared_ptr<People::Directory> identities) : identities_(std::move(identities)) {}

  template <class T>
  void take(const JsonValue& value, T& object) {
    if (!expect(value, JsonValue::Type::Object)) return;
    const JsonValue* const outer = object_;
    object_ = &value;
    std::vector<std::string_view> outer_names = std::exchange(names_, {});
    members(*this, object);
    for (const auto& [name, content] : value.members) {
      if (problem || std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
      const auto near = nearest(name, names_);
      complain("/" + name, "no such member in a plan",
               near.empty() ? "take it out" : fmt::format("did you mean `{}`?", near.front()));
    }
    names_ = std::move(outer_names);
    object_ = outer;
  }

  template <class T>
  void operator()(std::string_view name, T& content) {
    names_.push_back(name);
    const JsonValue* const value = object_->find(name);
    if (value == nullptr || problem) return;
    const std::size_t length = pointer_.size();
    pointer_ += '/';
    pointer_ += name;
    get(*value, content);
    pointer_.resize(length);
  }

  std::optional<model::Diagnostic> problem;

 private:
  bool expect(const JsonValue& value, JsonValue::Type type) {
    if (problem) return false;
    if (value.type == type) return true;
    complain("", fmt::format("{} stands where {} belongs", describe(value.type), describe(type)), "");
    return false;
  }
  void complain(const std::string& below, std::string message, std::string help) {
    if (problem) return;
    problem.emplace();
    problem->message = std::move(message);
    problem->pointer = pointer_ + below;
    problem->help = std::move(help);
  }

  void get(const JsonValue& value, std::string& text) {
    if (expect(value, JsonValue::Type::String)) text = value.text;
  }
  void get(const JsonValue& value, bool& truth) {
    if (expect(value, JsonValue::Type::Boolean)) truth = value.boolean;
  }
  void get(const JsonValue& value, std::size_t& number) {
    constexpr double kMost = 9007199254740992;  // 2^53: whole numbers up to here are exact
    if (expect(value, JsonValue::Type::Number)) number = static_cast<std::size_t>(std::clamp(value.number, 0.0, kMost));
  }
  void get(const JsonValue& value, migration::Strategy& strategy) {
    if (!expect(value, JsonValue::Type::String)) return;
    const auto known = migration::strategy_of(value.text);
    if (known)
      strategy = *known;
    else
      complain("", fmt::format("`{}` is no strategy", value.text), "one of preserve, official, least");
  }
  void get(const JsonValue& value, migration::Change::Kind& kind) {
    using Kind = migration::Change::Kind;
    if (!expect(value, JsonValue::Type::String)) return;
    for (const Kind known : {Kind::Gained, Kind::PossiblyGained, Kind::Lost, Kind::PossiblyLost}) {
      if (value.text != word(known)) continue;
      kind = known;
      return;
    }
    complain("", fmt::format("`{}` is no kind of change", value.text),
             "one of gained, possibly-gained, lost, possibly-lost");
  }
  /// By their places in `identities`; whoever writes a plan by hand may put somebody in full.
  void get(const JsonValue& value, People& people) {
    if (!expect(value, JsonValue::Type::Array)) return;
    const auto is_full = [](const JsonValue& item) { return item.type == JsonValue::Type::Object; };
    const bool some_in_full = std::any_of(value.items.begin(), value.items.end(), is_full);
    std::vector<People::Place> places;
    places.reserve(value.items.size());
    const std::size_t length = pointer_.size();
    for (std::size_t i = 0; i < value.items.size() && !problem; ++i) {
      const JsonValue& item = value.items[i];
      pointer_ += '/' + std::to_string(i);
      if (is_full(item)) {
        Who who;
        get(item, who);
        people.push_back(std::move(who));
      } else if (expect(item, JsonValue::Type::Number)) {
        const bool is_place = item.number >= 0 && item.number < static_cast<double>(identities_->size()) &&
                              item.number == std::floor(item.number);
        if (is_place && some_in_full)
          people.push_back((*identities_)[static_cast<std::size_t>(item.number)]);
        else if (is_place)
          places.push_back(static_cast<People::Place>(item.number));
        else
          complain("", fmt::format("`{}` is no place in `identities`, which has {}", item.number, identities_->size()),
                   "places count from 0; or write the identity in full");
      }
      pointer_.resize(length);
    }
    if (!some_in_full) people = People(identities_, std::move(places));
  }
  template <class T>
  void get(const JsonValue& value, std::optional<T>& content) {
    get(value, content.emplace());
  }
  template <class T>
  void get(const JsonValue& value, std::vector<T>& list) {
    if (!expect(value, JsonValue::Type::Array)) return;
    list.reserve(value.items.size());
    const std::size_t length = pointer_.size();
    for (std::size_t i = 0; i < value.items.size() && !problem; ++i) {
      pointer_ += '/' + std::to_string(i);
      get(value.items[i], list.emplace_back());
      pointer_.resize(length);
    }
  }
  template <class T>
  void get(const JsonValue& value, T& object) {
    take(value, object);
  }

  std::shared_ptr<People::Directory> identities_;
  const JsonValue* object_ = nullptr;
  std::vector<std::string_view> names_;
  std::string pointer_;
};

/// What a plan may name once only: of two that differ, one would hold and nobody could say which.
class Once {
 public:
  /// `key` is what makes it the same; `list` and `place` are where it stands.
  void add(std::string_view what, const std::string& called, std::string key, std::string_view list,
           std::size_t place) {
    std::string pointer = fmt::format("/{}/{}", list, place);
    const auto [first, added] = first_.try_emplace(fmt::format("{}\n{}", list, key), pointer);
    if (added || problem || first->second == pointer) return;
    problem.emplace();
    problem->message = fmt::format("{} `{}` is named a second time", what, report::escape(called));
    problem->pointer = std::move(pointer);
    problem->help = fmt::format("the first is {}: keep one of them", first->second);
  }
  std::optional<model::Diagnostic> problem;

 private:
  std::map<std::string, std::string> first_;
};

std::optional<model::Diagnostic> named_twice(const Plan& plan) {
  using model::ascii_lower;
  Once once;
  for (std::size_t i = 0; i < plan.registries.size(); ++i) {
    const migration::PlannedRegistry& registry = plan.registries[i];
    once.add("registry", registry.name, "name " + ascii_lower(registry.name), "registries", i);
    if (!registry.id.empty()) once.add("registry", registry.id, "id " + ascii_lower(registry.id), "registries", i);
  }
  for (std::size_t i = 0; i < plan.roles.size(); ++i)
    once.add("role", plan.roles[i].name, ascii_lower(plan.roles[i].guid), "roles", i);
  for (std::size_t i = 0; i < plan.assignments.size(); ++i) {
    const migration::PlannedAssignment& a = plan.assignments[i];
    once.add("assignment", a.name, "name " + ascii_lower(a.name), "assignments", i);
    once.add("assignment", a.name,
             fmt::format("{}\n{}\n{}", ascii_lower(a.principal.id), ascii_lower(a.role), model::scope_key(a.scope)),
             "assignments", i);
  }
  return std::move(once.problem);
}

}  // namespace

void write_plan_json(const Plan& plan, const std::optional<Certificate>& certificate, std::size_t jobs,
                     const std::function<void(std::string_view)>& write) {
  Table people;
  for (const auto* list : {&plan.changes, &plan.elsewhere, &plan.switch_alone}) {
    for (const migration::Change& change : *list) people.add(change.who);
  }
  Document document{plan, certificate, std::as_const(people.all)};
  Pieces pieces;
  members(pieces, document);
  std::vector<std::string> texts(pieces.size());
  write("{");
  for_each_in_order(
      pieces.size(), jobs, [&](std::size_t i) { texts[i] = pieces.text(i, people); },
      [&](std::size_t i) {
        write(std::exchange(texts[i], {}));
        return true;
      });
  write("\n}\n");
}

std::string plan_json(const Plan& plan, const std::optional<Certificate>& certificate) {
  std::string text;
  write_plan_json(plan, certificate, 1, [&](std::string_view piece) { text += piece; });
  return text;
}

model::Result<PlanFile> read_plan(std::string_view text) {
  const auto document = read_json(text, kLargestPlan);
  if (!document) return model::Result<PlanFile>::failure(document.error());
  PlanFile file;
  const auto identities = std::make_shared<People::Directory>();
  Document read{file.plan, file.certificate, *identities};
  Reader reader(identities);
  reader.take(*document, read);
  std::optional<model::Diagnostic> problem = std::move(reader.problem);
  if (!problem) problem = named_twice(file.plan);
  if (problem) {
    locate_value(*problem, text);
    return model::Result<PlanFile>::failure({*std::move(problem)});
  }
  return file;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  std::string result;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return result;
  for (unsigned int i = 0; i < size; ++i) result += fmt::format("{:02x}", digest[i]);
  return result;
}

}  // namespace acrbiter::cli::migrate
