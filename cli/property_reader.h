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

}  // namespace acrbiter::cli
