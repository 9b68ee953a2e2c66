// The states of access that a test file is about.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/access_test/suite.h"
#include "cli/analysis.h"
#include "model/result.h"
#include "parser/read.h"

namespace acrbiter::cli::access_test {

/// What the command line says instead of the file.
struct Overrides {
  std::optional<std::vector<std::string>> base, plan;  ///< paths
  bool demo = false;
  bool strict = false;
  std::vector<std::pair<std::string, std::string>> deployment;  ///< members by their names, over the file's
};

/// `base` is what the data shows, `after` what the plan makes of it; without a plan there is no `after`. A plan without
/// data brings its own state before.
struct States {
  std::unique_ptr<const Analysis> base, after;
  /// By which can-i reads the same. It cannot read the state before a plan that comes without data.
  std::optional<std::string> base_options;
  std::string after_options;
  std::vector<std::string> paths;  ///< that were read
};

/// Reads the data of suites, each set of paths once.
class Loader {
 public:
  explicit Loader(Overrides overrides) : overrides_(std::move(overrides)) {}

  /// Fails with what is wrong in the data, or with the suite if it names none.
  [[nodiscard]] model::Result<States> load(const Suite& suite);

  /// Of everything that was read since the last call.
  [[nodiscard]] std::vector<model::Warning> take_warnings();

 private:
  struct Source {
    bool demo = false;
    std::vector<std::string> paths;
    parser::PlanSide side = parser::PlanSide::After;
    parser::Deployment deployment;
  };
  [[nodiscard]] model::Result<std::shared_ptr<const model::Snapshot>> read(const Source& source);

  Overrides overrides_;
  std::map<std::string, std::shared_ptr<const model::Snapshot>> read_;  ///< by everything that tells sources apart
  std::vector<model::Warning> warnings_;
};

/// The `*.access.yaml` files that `paths` mean: files as they are, folders with all below them in order of names.
/// Without paths the current folder.
[[nodiscard]] model::Result<std::vector<std::string>> find_suites(const std::vector<std::string>& paths);

}  // namespace acrbiter::cli::access_test
