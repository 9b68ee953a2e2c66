// The bundled sample tenant: the files of fixtures/demo, compiled in.
#pragma once

#include <span>

#include "parser/read.h"

namespace acrbiter::cli {

/// One document per file, in name order. Names are those of the files, without a folder.
[[nodiscard]] std::span<const parser::NamedText> demo_documents();

}  // namespace acrbiter::cli
