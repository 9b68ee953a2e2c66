#include "bench/workload.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/snapshot_builder.h"
#include "parser/read.h"

namespace acrbiter::bench {
namespace {

/// Takes every value and keeps none; counts them.
class NullHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool start_object(std::size_t) override { return count(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return count(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  [[nodiscard]] std::size_t values() const { return values_; }

 private:
  bool count() {
    ++values_;
    return true;
  }
  std::size_t values_ = 0;
};

[[noreturn]] void fail(std::string_view message) {
  fmt::print(stderr, "{}\n", message);
  std::exit(1);
}

model::Snapshot or_fail(model::Result<model::Snapshot> read) {
  if (!read) fail(fmt::format("{}: {}", read.error().front().file, read.error().front().message));
  return *std::move(read);
}

/// An object id made from a number.
std::string object_id(std::size_t number) { return fmt::format("00000000-0000-4000-8000-{:012x}", number); }

/// Principal 0 is a user, the principals 1 … `count` are groups with complete lists of members.
model::SnapshotBuilder user_and_groups(std::size_t count) {
  model::SnapshotBuilder builder;
  for (std::size_t i = 0; i <= count; ++i) {
    const model::PrincipalIndex principal = builder.principal(object_id(i));
    builder.draft().principals[model::at(principal)].kind =
        i == 0 ? model::PrincipalKind::User : model::PrincipalKind::Group;
    builder.draft().principals[model::at(principal)].described = true;
    if (i > 0) builder.set_members_known(principal, model::MembersKnown::Complete);
  }
  return builder;
}

model::PrincipalIndex principal(std::size_t number) {
  return model::PrincipalIndex{static_cast<std::uint32_t>(number)};
}

}  // namespace

Workload::Workload(Estate from) : estate(std::move(from)), snapshot(read_estate(estate)), engine(snapshot) {
  resolved.reserve(estate.questions.size());
  for (const evaluator::Question& question : estate.questions) {
    auto one = engine.resolve_in_place(question);
    if (!one) fail(fmt::format("question {}: {} `{}`", question.id, one.error().code, one.error().subject));
    resolved.push_back(std::move(*one));
  }
}

const Workload& workload(std::size_t role_assignments) {
  static std::map<std::size_t, std::unique_ptr<Workload>> built;
  std::unique_ptr<Workload>& one = built[role_assignments];
  if (!one) one = std::make_unique<Workload>(generate_estate(estate_size(role_assignments)));
  return *one;
}

model::Snapshot read_estate(const Estate& estate) {
  std::vector<parser::NamedText> documents;
  for (const EstateFile& file : estate.files) documents.push_back({file.name, file.text});
  return or_fail(parser::read_documents(documents));
}

model::Snapshot read_folder(const std::string& folder, std::size_t& bytes) {
  bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  const std::array paths = {folder};
  return or_fail(parser::read_exports(paths));
}

std::size_t scan_with_nlohmann_sax(const Estate& estate) {
  NullHandler handler;
  const auto scan = [&](std::string_view text) {
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler)) fail("the estate is not JSON");
  };
  for (const EstateFile& file : estate.files) {
    std::string_view text = file.text;
    if (!file.name.ends_with(".jsonl")) {
      scan(text);
      continue;
    }
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      scan(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
  }
  return handler.values();
}

model::Snapshot chain_of_groups(std::size_t depth) {
  model::SnapshotBuilder builder = user_and_groups(depth);
  for (std::size_t i = 0; i < depth; ++i) builder.add_membership(principal(i), principal(i + 1));
  return std::move(builder).build();
}

model::Snapshot ring_of_groups(std::size_t size) {
  model::SnapshotBuilder builder = user_and_groups(size);
  builder.add_membership(principal(0), principal(1));
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t step = 1; step <= 3; ++step) {
      builder.add_membership(principal(1 + i), principal(1 + (i + step) % size));
    }
  }
  return std::move(builder).build();
}

std::size_t decide_from_strings(const evaluator::Engine& engine, const std::vector<evaluator::Question>& questions) {
  std::size_t allowed = 0;
  for (const evaluator::Question& question : questions) {
    const auto resolved = engine.resolve_in_place(question);
    if (resolved && engine.decide(*resolved) == evaluator::Verdict::Allow) ++allowed;
  }
  return allowed;
}

std::size_t decide_resolved(const evaluator::Engine& engine,
                            const std::vector<evaluator::ResolvedQuestion>& questions) {
  std::size_t allowed = 0;
  for (const evaluator::ResolvedQuestion& question : questions) {
    if (engine.decide(question) == evaluator::Verdict::Allow) ++allowed;
  }
  return allowed;
}

std::size_t peak_memory_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

std::string starred_pattern(std::size_t stars) {
  std::string pattern;
  for (std::size_t i = 0; i < stars; ++i) pattern += "*a";
  return pattern + "*b";
}

}  // namespace acrbiter::bench
