#include "cli/report/test_quality.h"

#include <fmt/format.h>

#include "cli/report/markdown.h"
#include "cli/report/test_report.h"

namespace acrbiter::cli::report {
namespace {

using access_test::CoverageReport;
using access_test::MutationReport;
using access_test::Quality;
using access_test::Survivor;
using access_test::Untouched;

/// What people call the kinds of things that tests touch.
std::string_view plural(std::string_view kind) {
  return kind == "assignment"         ? "role assignments"
         : kind == "role-entry"       ? "rights of roles"
         : kind == "condition-branch" ? "branches of conditions"
         : kind == "door"             ? "doors"
                                      : "classes of names";
}

std::string sentence(const CoverageReport& coverage) {
  return fmt::format("The tests touch {} % of what gives access.", coverage.percent);
}

std::string sentence(const MutationReport& mutation) {
  const std::size_t telling = mutation.made - mutation.same;
  if (telling == 0) return "No mistake could be made that changes access.";
  const bool all = mutation.survivors.empty();
  std::string result =
      telling == 1 ? fmt::format("The tests {} the 1 mistake that changes access.", all ? "notice" : "miss")
      : all        ? fmt::format("The tests notice all {} mistakes that change access.", telling)
            : fmt::format("The tests miss {} of {} mistakes that change access.", mutation.survivors.size(), telling);
  if (mutation.same > 0) result += fmt::format(" {} more would change nothing.", mutation.same);
  return result;
}

std::string tally(const CoverageReport& coverage) {
  std::vector<std::string> parts;
  for (const CoverageReport::Kind& kind : coverage.kinds) {
    if (kind.all > 0) parts.push_back(fmt::format("{} of {} {}", kind.touched, kind.all, plural(kind.name)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Registries that no test asks about, as a sentence; "" if there are none.
std::string not_asked(const CoverageReport& coverage) {
  if (coverage.not_asked.empty()) return {};
  std::vector<std::string> names;
  for (const std::string& name : coverage.not_asked) names.push_back(quote(name));
  return fmt::format("No test asks about {}.", fmt::join(names, ", "));
}

}  // namespace

std::string quality_text(const std::vector<Quality>& quality, const Look& look) {
  std::string result;
  for (const Quality& group : quality) {
    if (group.coverage) {
      const CoverageReport& coverage = *group.coverage;
      result += "\n" + look.paint(coverage.percent == 100 ? Style::Good : Style::Open, sentence(coverage)) + "\n";
      result += wrap(tally(coverage), "  ", 2, look.width);
      if (const std::string missing = not_asked(coverage); !missing.empty())
        result += wrap(missing, "  ", 2, look.width);
      for (const Untouched& untouched : coverage.untouched) {
        result += wrap(untouched.what, "  not touched: ", 4, look.width);
        if (!untouched.test.empty()) result += "    " + escape(untouched.test) + "\n";
      }
    }
    if (group.mutation) {
      const MutationReport& mutation = *group.mutation;
      result += "\n" + look.paint(mutation.survivors.empty() ? Style::Good : Style::Bad, sentence(mutation)) + "\n";
      for (const Survivor& survivor : mutation.survivors) {
        result += wrap(survivor.what, "  not noticed: ", 4, look.width);
        result += wrap(survivor.changes + "; a test that notices:", "    ", 4, look.width);
        result += "    " + escape(survivor.test) + "\n";
      }
    }
  }
  return result;
}

std::string quality_markdown(const std::vector<Quality>& quality) {
  std::string result;
  const auto item = [&](const std::string& what, const std::string& test) {
    result += fmt::format("- {}\n", html_text(what));
    if (!test.empty()) result += fmt::format("  {}\n", code_span(test));
  };
  for (const Quality& group : quality) {
    if (group.coverage) {
      result += fmt::format("\n**{}** {}.", sentence(*group.coverage), html_text(tally(*group.coverage)));
      if (const std::string missing = not_asked(*group.coverage); !missing.empty()) result += " " + html_text(missing);
      result += "\n\n";
      for (const Untouched& untouched : group.coverage->untouched) item(untouched.what, untouched.test);
    }
    if (group.mutation) {
      result += fmt::format("\n**{}**\n\n", sentence(*group.mutation));
      for (const Survivor& survivor : group.mutation->survivors) {
        item(fmt::format("{}: {}", survivor.what, survivor.changes), survivor.test);
      }
    }
  }
  return result;
}

void write_quality(JsonWriter& json, const std::vector<Quality>& quality) {
  json.key("quality").begin_array();
  for (const Quality& group : quality) {
    json.begin_object().strings("files", group.files);
    if (group.coverage) {
      json.key("coverage").begin_object().member("percent", std::uint64_t{group.coverage->percent});
      json.key("kinds").begin_array();
      for (const CoverageReport::Kind& kind : group.coverage->kinds) {
        json.begin_object().member("kind", kind.name).member("all", std::uint64_t{kind.all});
        json.member("touched", std::uint64_t{kind.touched}).end_object();
      }
      json.end_array().key("untouched").begin_array();
      for (const Untouched& untouched : group.coverage->untouched) {
        json.begin_object().member("kind", untouched.kind).member("registry", untouched.registry);
        json.member("what", untouched.what);
        if (!untouched.test.empty()) json.member("test", untouched.test);
        json.end_object();
      }
      json.end_array().strings("registriesNotAsked", group.coverage->not_asked).end_object();
    }
    if (group.mutation) {
      json.key("mutation").begin_object().member("made", std::uint64_t{group.mutation->made});
      json.member("same", std::uint64_t{group.mutation->same}).member("killed", std::uint64_t{group.mutation->killed});
      json.key("survivors").begin_array();
      for (const Survivor& survivor : group.mutation->survivors) {
        json.begin_object().member("mistake", survivor.mistake).member("what", survivor.what);
        json.member("changes", survivor.changes).member("test", survivor.test).end_object();
      }
      json.end_array().end_object();
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace acrbiter::cli::report
