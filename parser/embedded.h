// Data files that are compiled in (cmake/embed.cmake). Private to parser/*.cc.
#pragma once

#include <string_view>

namespace acrbiter::parser {

extern const std::string_view kBuiltinRolesJson;       ///< fixtures/roles/builtin-roles.json
extern const std::string_view kOtherBuiltinRolesJson;  ///< fixtures/roles/other-builtin-roles.json

}  // namespace acrbiter::parser
