// From a recognised JSON object to the model: one pair of functions for each kind of export.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/snapshot_builder.h"
#include "model/text_position.h"
#include "parser/value.h"

namespace acrbiter::parser {

/// What the role assignments of one file say only together; see finish_rbac_file.
struct AssignmentNotes {
  /// A principal whose name is there and empty.
  struct Nameless {
    model::PrincipalIndex principal{};
    bool gone = false;  ///< its type says that it is deleted
  };
  std::vector<Nameless> nameless;
  bool names_given = false;   ///< some row has a name
  bool whole_tenant = false;  ///< Resource Graph: rows are not of one subscription's listing
  /// Places in Snapshot::role_assignments of rows above subscriptions that do not say for which they were listed.
  std::vector<std::size_t> placed_by_others;
};

struct Infrastructure;  // parser/infrastructure.h

/// What a lowering function may use: the builder, the file it reads, and a way to say something.
struct LoweringContext {
  model::SnapshotBuilder& builder;
  model::FileIndex file{};
  /// Name of the file without its folders: a few answers name their subject nowhere else.
  std::string_view file_name;
  /// What infrastructure code declares.
  Infrastructure& infrastructure;
  /// Name of the file with its folders, which are the scope of AzOps' files; empty for what infrastructure code
  /// declares.
  std::string_view file_path = {};
  /// Warnings so far, by code. Of each code kWarningsOfOneCode are kept and the rest is counted.
  std::map<std::string, std::size_t, std::less<>> warned = {};
  static constexpr std::size_t kWarningsOfOneCode = 20;
  AssignmentNotes assignments = {};
  /// What makes the file unusable: no Snapshot comes of it. At most kErrorsOfOneFile.
  std::vector<model::Diagnostic> errors = {};
  static constexpr std::size_t kErrorsOfOneFile = 20;

  /// Adds a warning of the closed list in parser/warnings.h at `where`.
  /// The tenant that an object names in its `tenantId`, which is that of the subscription (by its id) too: 1-based, as
  /// in SnapshotBuilder; 0: it names none.
  std::uint32_t tenant_of(const Value& object, std::string_view subscription);
  void warn(std::string_view code, const Value& where, std::string message, std::string help = {});
  /// Adds an error at `where`; nothing if the same place has one.
  void error(std::string message, const Value& where, std::string help);
  /// Counts one `what` ("roleAssignments", "tokens", …) for this file.
  void count(std::string_view what, std::size_t n = 1);
  /// Says how many warnings of each code were left out. Called once, when the file has been read.
  void finish();
};

/// Recognises one object by its members alone (never by the file's name).
using Matches = bool (*)(const Value& object);
/// Lowers one object. Nothing is dropped in silence: what makes the object unusable is a warning where answers without
/// it are more careful, and an error where they would allow more (a deny assignment, what a role takes back).
using Lower = void (*)(const Value& object, LoweringContext& context);

/// A kind of object that may stand alone, in a list, in a page, or as a Resource Graph row.
struct ObjectFormat {
  std::string_view kind;  ///< SourceFile::kind, e.g. "registries"
  Matches matches;
  Lower lower;  ///< nullptr: recognised and left alone (logs, decoys, …)
};

}  // namespace acrbiter::parser
