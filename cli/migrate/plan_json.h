// A migration plan as a file: written by `migrate plan`, edited by people, read by `migrate verify` and the others.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/migration/plan.h"
#include "model/result.h"

namespace acrbiter::cli::migrate {

using evaluator::migration::Plan;

/// What a plan was made from and how it was checked: enough to see later whether anything changed.
struct Certificate {
  struct Input {
    std::string path;    ///< as on the command line
    std::string digest;  ///< SHA-256 of the file's bytes, in hexadecimal; empty if it could not be read again
    friend bool operator==(const Input&, const Input&) = default;
  };
  std::vector<Input> inputs;                    ///< in the order of their paths
  std::vector<std::string> assumptions;         ///< all that was pinned, by acrbiter.yaml too, as ID=READING
  std::string at;                               ///< of --at, RFC 3339 in UTC; empty: the time was left open
  std::string plan;                             ///< SHA-256 of plan_json() without a certificate
  std::size_t by_sets = 0, by_interpreter = 0;  ///< what was compared, see migration::Verification
  bool everybody = true;
};

/// One JSON document, indented, with the certificate if there is one. The same plan gives the same bytes.
[[nodiscard]] std::string plan_json(const Plan& plan, const std::optional<Certificate>& certificate);
/// The same to `write`, a piece at a time and in order, as that of a large plan is large. On `jobs` threads.
void write_plan_json(const Plan& plan, const std::optional<Certificate>& certificate, std::size_t jobs,
                     const std::function<void(std::string_view)>& write);

struct PlanFile {
  Plan plan;
  std::optional<Certificate> certificate;
};
/// What plan_json() writes. Members that are missing are empty; unknown ones are an error, as is a value of another
/// type, and a registry, role or assignment that is named twice: the diagnostic has the JSON pointer and the line.
[[nodiscard]] model::Result<PlanFile> read_plan(std::string_view text);

/// SHA-256, in hexadecimal.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace acrbiter::cli::migrate
