// ARM templates: what they declare, once their parameters and the place they are deployed to are known.
//
// A template is kept as it is read, since its parameters may stand in a file that comes later; when all files are read,
// the templates are expanded: loops, conditions, nested deployments, lookups. What only the deployment will know is a
// named unknown (parser/infrastructure.h). Source: input-formats 8.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/result.h"
#include "model/snapshot_builder.h"
#include "parser/infrastructure.h"
#include "parser/lower.h"

namespace acrbiter::parser {

/// Templates, bodies of deployment requests and parameter files, as documents.
[[nodiscard]] std::span<const ObjectFormat> arm_document_formats();

/// A request to deploy a template, as the resource `address` at `where` makes it. `removed`: as it had made it, before
/// it is deleted with what it deployed.
void add_deployment(const Value& request, const Value& where, std::string address, Deployment deployment, bool removed,
                    LoweringContext& context);

/// One problem in an expression: its span counts from the expression's first byte, and so does its column.
struct TemplateProblem {
  model::Diagnostic diagnostic;
  model::FileIndex file{};
  std::optional<std::uint64_t> offset;  ///< of the text that is the expression, or of the key before it
};

/// Turns what the templates declare into declarations and identities. What is not known (parameters without value,
/// functions nobody knows, resources that may or may not be there) is a warning in the draft. Returns what is wrong
/// with the templates: expressions that do not parse, arguments that a function does not take, loops that are too long.
[[nodiscard]] std::vector<TemplateProblem> expand_templates(Infrastructure& infrastructure,
                                                            model::SnapshotBuilder& builder);

/// The byte of `text` that is byte `inside` of the string that starts at `text`'s beginning, or that is the value of
/// the key which starts there; nullopt if there is no such string.
[[nodiscard]] std::optional<std::size_t> byte_in_string(std::string_view text, std::size_t inside) noexcept;

}  // namespace acrbiter::parser
