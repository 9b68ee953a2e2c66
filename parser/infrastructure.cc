#include "parser/infrastructure.h"

namespace acrbiter::parser {

void apply(const Infrastructure& /*infrastructure*/, model::SnapshotBuilder& /*builder*/) {}

}  // namespace acrbiter::parser
