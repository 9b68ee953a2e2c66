// What those who may ask are called, in front of people and for machines.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "cli/json_writer.h"
#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::cli::report {

/// Names of askers. Made once per snapshot, as it counts which names are taken twice; `snapshot` must outlive it.
class AskerNames {
 public:
  explicit AskerNames(const model::Snapshot& snapshot);

  /// For people, escaped, in quotes where needed: `alice@contoso.com`, `group "Release Managers"`, `token ci`,
  /// `the admin user`, `anybody without signing in`. Where two have the same name, with the object id. A token or task
  /// is spoken of at the registry `at`; those of another, or all of one name if it is null, are told apart by theirs.
  [[nodiscard]] std::string words(const evaluator::Asker& asker, const model::Registry* at = nullptr) const;
  /// For machines and for `--as` in questions about the registry `at`, which means the same asker by it: a user
  /// principal name, else an object id; `admin`, `anonymous`, `token:NAME`, `task:NAME`, `task:REGISTRY/NAME`. Not
  /// escaped.
  [[nodiscard]] std::string spelling(const evaluator::Asker& asker, const model::Registry* at = nullptr) const;
  /// The name alone, as the data has it: not escaped.
  [[nodiscard]] std::string name(const evaluator::Asker& asker) const;
  /// "user", "group", "service principal", "device", "agent", "identity" (the data does not say which), "admin user",
  /// "anonymous", "token", "task".
  [[nodiscard]] std::string_view kind(const evaluator::Asker& asker) const;

  /// kind() as one word: "service-principal", "admin-user".
  [[nodiscard]] std::string kind_code(const evaluator::Asker& asker) const;

  /// Orders askers by name without letter case, and those of one name by their ids.
  [[nodiscard]] std::string sort_key(const evaluator::Asker& asker) const;

  /// Members of an open object: `principal` (spelling()), `principalId` of an Entra identity, `name`, `kind`
  /// (kind_code()).
  void write(JsonWriter& json, const evaluator::Asker& asker, const model::Registry* at = nullptr) const;

  /// A group stands for those of its members whom the data does not show.
  [[nodiscard]] bool stands_for_members(const evaluator::Asker& asker) const;
  /// The command that exports a group's members; "" for everybody else.
  [[nodiscard]] std::string export_command(const evaluator::Asker& asker) const;

 private:
  const model::Snapshot& snapshot_;
  std::unordered_map<std::string, std::size_t> taken_;  ///< name, in lower case → how many have it
  [[nodiscard]] bool unique(std::string_view name) const;
  template <class Child>
  [[nodiscard]] std::string_view home(const Child& child, const model::Registry* at) const;
};

}  // namespace acrbiter::cli::report
