// How good access tests are, as a member of their results in JSON.
#pragma once

#include <vector>

#include "cli/access_test/quality.h"
#include "cli/json_writer.h"

namespace acrbiter::cli::report {

/// The member `quality` of an open object.
void write_quality(JsonWriter& json, const std::vector<access_test::Quality>& quality);

}  // namespace acrbiter::cli::report
