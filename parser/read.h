// From exported files to a Snapshot.
//
// Files are recognised by content. One that is malformed, cut off, too deep or too large, or that changes its kind
// half-way, is an error with file, JSON pointer, line and column; all files are read and all problems reported, and no
// Snapshot is returned. What is merely not understood, incomplete or doubtful is a warning in the Snapshot
// (parser/warnings.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "model/result.h"
#include "model/snapshot.h"

namespace acrbiter::parser {

struct ReadProgress {
  std::string_view file;
  std::size_t files_done = 0;
  std::size_t files_total = 0;
  std::uint64_t bytes_done = 0;   ///< of this file, as it lies on disk
  std::uint64_t bytes_total = 0;  ///< of this file
};

/// Which state of a change is wanted from infrastructure code.
enum class PlanSide : std::uint8_t {
  After,   ///< as it will be
  Before,  ///< as it is: a plan's prior state, a what-if's `before`; templates say nothing about it
};

/// Where a template is deployed to, and the subscription that a plan leaves open. Empty: not known.
struct Deployment {
  std::string subscription;  ///< GUID
  std::string resource_group;
  std::string tenant;            ///< GUID
  std::string management_group;  ///< name
  std::string location;
};

struct ReadOptions {
  bool strict = false;                                     ///< a file that is not recognised or empty is an error
  std::size_t max_depth = 256;                             ///< of nested arrays and objects
  std::uint64_t max_file_bytes = std::uint64_t{1} << 33U;  ///< of one file's text, after unpacking
  /// A document up to this size is kept whole while it is read, so that what stands behind a list is known before the
  /// list is lowered. From larger ones the elements are lowered one by one as they come.
  std::uint64_t whole_document_bytes = std::uint64_t{4} << 20U;
  std::function<void(const ReadProgress&)> progress;  ///< called before each chunk (256 KiB of text)
  bool with_builtin_roles = true;                     ///< define the built-in roles that the data does not define
  PlanSide side = PlanSide::After;
  Deployment deployment;
};

/// Reads files, and folders with all below them in order of names; names that start with '.' are left out, and symbolic
/// links to folders are not followed.
[[nodiscard]] model::Result<model::Snapshot> read_exports(std::span<const std::string> paths,
                                                          const ReadOptions& options = {});

/// A document in memory. The name stands in diagnostics and may tell what the content leaves open, like a file's.
struct NamedText {
  std::string name;
  std::string_view text;
};
[[nodiscard]] model::Result<model::Snapshot> read_documents(std::span<const NamedText> documents,
                                                            const ReadOptions& options = {});

}  // namespace acrbiter::parser
