// Templates and parameter files in tests: what they declare, before anything is applied.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/snapshot_builder.h"
#include "parser/arm_template.h"
#include "parser/formats.h"
#include "parser/infrastructure.h"
#include "parser/json_reader.h"
#include "parser/read.h"
#include "parser/value_arena.h"

namespace acrbiter::tests {

/// What the readers of infrastructure code gathered from some documents.
struct Expanded {
  parser::Infrastructure infrastructure;
  model::Snapshot draft;
  std::vector<model::Diagnostic> errors;

  [[nodiscard]] nlohmann::json object(std::size_t i) const {
    return nlohmann::json::parse(infrastructure.declarations.at(i).object);
  }
  [[nodiscard]] const parser::Declaration* at(std::string_view address) const {
    const auto& all = infrastructure.declarations;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.address == address; });
    return found == all.end() ? nullptr : &*found;
  }
  /// The object declared at `address`; null, and a failure of the test, if there is none.
  [[nodiscard]] nlohmann::json object_at(std::string_view address) const {
    if (const parser::Declaration* found = at(address)) return nlohmann::json::parse(found->object);
    std::string all;
    for (const parser::Declaration& each : infrastructure.declarations) all += "\n  " + each.address;
    ADD_FAILURE() << "nothing is declared at " << address << ", only at" << all;
    return nullptr;
  }
  [[nodiscard]] std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(
        std::count_if(infrastructure.declarations.begin(), infrastructure.declarations.end(),
                      [&](const auto& each) { return nlohmann::json::parse(each.object).at("type") == type; }));
  }
  [[nodiscard]] std::optional<model::Diagnostic> warning(std::string_view code) const {
    const auto found = std::find_if(draft.warnings.begin(), draft.warnings.end(),
                                    [&](const model::Warning& each) { return each.code == code; });
    return found == draft.warnings.end() ? std::nullopt : std::optional(found->where);
  }
};

/// Reads templates, parameter files and what-if answers, expands them, and leaves it at that.
[[nodiscard]] inline Expanded expanded(std::span<const parser::NamedText> documents,
                                       const parser::Deployment& deployment = {},
                                       parser::PlanSide side = parser::PlanSide::After) {
  Expanded result;
  result.infrastructure.side = side;
  result.infrastructure.deployment = deployment;
  model::SnapshotBuilder builder;
  for (const parser::NamedText& document : documents) {
    const auto file = static_cast<model::FileIndex>(builder.draft().files.size());
    builder.draft().files.emplace_back().path = document.name;
    parser::InputText text = parser::InputText::from_memory(document.text);
    parser::ValueArena arena;
    const auto problems = parser::read_document(text, arena);
    EXPECT_TRUE(problems.empty()) << document.name << ": " << problems.front().message;
    parser::LoweringContext context{
        .builder = builder, .file = file, .file_name = document.name, .infrastructure = result.infrastructure};
    const parser::ObjectFormat* format = parser::recognise(parser::document_formats(), arena.root());
    if (format == nullptr) format = parser::recognise(parser::object_formats(), arena.root());
    if (format == nullptr || format->lower == nullptr) {
      ADD_FAILURE() << document.name << " is of no kind that is read";
      continue;
    }
    builder.draft().files.back().kind = format->kind;
    format->lower(arena.root(), context);
  }
  for (const parser::TemplateProblem& problem : parser::expand_templates(result.infrastructure, builder)) {
    result.errors.push_back(problem.diagnostic);
  }
  result.draft = builder.draft();
  return result;
}

}  // namespace acrbiter::tests
