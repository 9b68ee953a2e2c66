// The spec cases of fixtures/specs: what the documents say, as questions with their expected answers.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/spec_world.h"

namespace acrbiter::spec {

/// What an answer must look like. Empty lists ask for nothing.
struct Expectation {
  std::string verdict;                  ///< "allow", "deny", "undetermined"; empty if `error` is set
  std::string error;                    ///< code of the question error
  std::vector<std::string> reasons;     ///< codes that must be among the settling findings
  std::vector<std::string> any_reason;  ///< codes of which one must be among them
  std::vector<std::string> trace;       ///< codes that must stand somewhere in the tree
  std::vector<std::string> absent;      ///< codes that must stand nowhere in the tree
  std::vector<std::string> unknowns;    ///< exactly the causes of an undetermined answer, in any order
  std::vector<std::string> flags;       ///< words that must be among the flags
  std::vector<std::string> no_flags;    ///< words that must not be
  std::vector<std::string> hints;       ///< hints that must be given: "KIND" or "KIND SUBJECT", e.g. "eligible-role"
  std::vector<std::string> no_hints;    ///< hints that must not be
};

/// One question with its answer. A table case asks many.
struct Ask {
  std::string label;
  nlohmann::ordered_json question;  ///< a question line of the contract
  Expectation expect;
};

struct Case {
  std::string file;
  std::string name;       ///< a sentence
  std::string source;     ///< section and mark in the facts, or the assumption that the case rests on
  bool disputed = false;  ///< we read the facts differently from the engine: reported, not counted, until settled
  std::string world;      ///< key of the world: equal worlds are read once
  std::shared_ptr<const Tenant> tenant;
  std::vector<Ask> asks;
  std::string broken;  ///< why the case cannot be asked; it fails with these words
};

/// A case of a file before anything but its world is understood: its variables are replaced and its members are those
/// that the caller knows.
struct RawCase {
  std::string file;
  std::string name;
  std::string source;            ///< as in Case
  nlohmann::ordered_json given;  ///< the case itself
  nlohmann::ordered_json sets;   ///< those of its file
  std::string world;
  std::shared_ptr<const Tenant> tenant;
  std::string broken;
};

/// Every case of every *.json in `folder`; `members` are what a case may have besides `name`, `source`, `assumption`,
/// `note`, `each` and `data`. Worlds and roles are those of `shared`, which may be the same folder.
[[nodiscard]] std::vector<RawCase> load_raw_cases(const std::string& folder, const std::string& shared,
                                                  const std::vector<std::string>& members);

/// Name → GUID of the built-in roles. Throws if they cannot be read.
[[nodiscard]] RoleIds load_roles(const std::string& shared);

/// Every case of every *.json in `folder`, in name order. What is broken becomes a case that fails; so does an empty
/// folder and a file without cases. Never throws.
[[nodiscard]] std::vector<Case> load_cases(const std::string& folder);

/// A name that GoogleTest accepts, made of a case's file and name, unique by its number.
[[nodiscard]] std::string test_name(const std::string& file, const std::string& name, std::size_t number);

}  // namespace acrbiter::spec
