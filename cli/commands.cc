#include "cli/commands.h"

#include <array>
#include <span>

namespace acrbiter::cli {

std::span<const Command> commands() {
#ifdef ACRBITER_FIRST_ANSWER  // what ./quickstart builds first
  static const std::array kCommands = {kCanI};
#else
  static const std::array kCommands = {kCanI,          kExplain,        kWhoCan,
                                       kWhatCan,       kMatrix,         kDiff,
                                       kProve,         kTest,           kTestInit,
                                       kMigratePlan,   kMigrateVerify,  kMigrateTimeline,
                                       kMigrateReport, kConditionParse, kConditionEval,
                                       kConditionFmt,  kSnapshotShow,   kCatalogOperations,
                                       kCatalogRoles,  kCatalogReasons, kCatalogAssumptions,
                                       kCompletion};
#endif
  return kCommands;
}

}  // namespace acrbiter::cli
