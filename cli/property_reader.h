// Properties as people write them, one a line:
//
//   # comment
//   never group:contractors push,delete contoso/(** except sandbox/**)
//   always ci@contoso.com pull contoso/base/**
//   "releases": only group:"Release Managers" push contoso/prod/**
//   same sp:ci-a sp:ci-b pull,push contoso/**
//   subset group:dev user:lead@contoso.com any */**
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/analysis.h"
#include "evaluator/sets/prove.h"
#include "model/result.h"

namespace acrbiter::cli {

struct WrittenProperty {
  std::string name;      ///< what stands in front, or nothing
  std::string text;      ///< the property itself, without name and comment
  std::size_t line = 0;  ///< 1-based
  evaluator::Property property;
};

/// Reads every line of `text` and looks up every name in it. Returns all properties or all problems; `file` is for
/// messages and may be empty.
[[nodiscard]] model::Result<std::vector<WrittenProperty>> read_properties(std::string_view text,
                                                                          const std::string& file,
                                                                          const Analysis& analysis);

/// Why a word means nobody.
struct WhoProblem {
  std::string message, help;
};
/// One word of the WHO of a property, without quotes: a principal, `group:NAME` or `everyone`. Tokens and tasks are
/// looked for in `registry`.
[[nodiscard]] model::Expected<std::vector<evaluator::WhoTerm>, WhoProblem> read_who(const std::string& text,
                                                                                    std::size_t registry,
                                                                                    const Analysis& analysis);

}  // namespace acrbiter::cli
