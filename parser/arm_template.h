// ARM templates: what they declare, once their parameters and the place they are deployed to are known.
//
// A template is kept as it is read, since its parameters may stand in a file that comes later; when all files are read,
// the templates are expanded: loops, conditions, nested deployments, lookups. What only the deployment will know is a
// named unknown (parser/infrastructure.h). Source: input-formats 8.2
#pragma once

#include <span>
#include <vector>

#include "model/result.h"
#include "model/snapshot_builder.h"
#include "parser/infrastructure.h"
#include "parser/lower.h"

namespace acrbiter::parser {

/// Templates, bodies of deployment requests and parameter files, as documents.
[[nodiscard]] std::span<const ObjectFormat> arm_document_formats();

/// Turns what the templates declare into declarations and identities. What is not known (parameters without value,
/// functions nobody knows, resources that may or may not be there) is a warning in the draft. Returns what is wrong
/// with the templates: expressions that do not parse, arguments that a function does not take, loops that are too long.
[[nodiscard]] std::vector<model::Diagnostic> expand_templates(Infrastructure& infrastructure,
                                                              model::SnapshotBuilder& builder);

}  // namespace acrbiter::parser
