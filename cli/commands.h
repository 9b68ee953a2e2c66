// The commands, one per file, and the options that several of them take.
#pragma once

#include <array>
#include <cstddef>

#include "cli/command.h"

namespace acrbiter::cli {

extern const Command kCanI;
extern const Command kExplain;
extern const Command kWhoCan;
extern const Command kWhatCan;
extern const Command kMatrix;
extern const Command kDiff;
extern const Command kProve;
extern const Command kTest;
extern const Command kTestInit;
extern const Command kMigratePlan;
extern const Command kMigrateVerify;
extern const Command kMigrateTimeline;
extern const Command kMigrateReport;
extern const Command kConditionParse;
extern const Command kConditionEval;
extern const Command kConditionFmt;
extern const Command kSnapshotShow;
extern const Command kCatalogOperations;
extern const Command kCatalogRoles;
extern const Command kCatalogReasons;
extern const Command kCatalogAssumptions;
extern const Command kCompletion;
/// What the completion scripts call: `acrbiter __complete WORD…`. Not in the help.
extern const Command kComplete;

namespace options {

inline constexpr std::array<std::string_view, 2> kHumanOrJson = {"human", "json"};
inline constexpr std::array<std::string_view, 3> kHumanJsonJsonl = {"human", "json", "jsonl"};
inline constexpr std::array<std::string_view, 3> kColours = {"auto", "always", "never"};

inline constexpr OptionSpec kData{
    .name = "--data",
    .letter = "-d",
    .value = "PATH",
    .help = "File or folder with exports; may be repeated. Default: what acrbiter.yaml names",
    .repeatable = true,
    .completes = Completes::Path};
inline constexpr OptionSpec kDemo{
    .name = "--demo", .letter = "", .value = "", .help = "Use the bundled sample tenant instead of your own data"};
inline constexpr OptionSpec kStrict{
    .name = "--strict", .letter = "", .value = "", .help = "A file that is not recognised is an error, not a warning"};
inline constexpr OptionSpec kConfig{
    .name = "--config",
    .letter = "",
    .value = "FILE",
    .help = "Inputs, aliases and pinned assumptions. Default: ./acrbiter.yaml if there is one",
    .completes = Completes::Path};
inline constexpr OptionSpec kAssume{
    .name = "--assume",
    .letter = "",
    .value = "ID=READING",
    .help = "Pin a contested fact; may be repeated. `acrbiter catalog assumptions` lists them",
    .repeatable = true,
    .completes = Completes::Assumption};
inline constexpr OptionSpec kDeployment{
    .name = "--deployment",
    .letter = "",
    .value = "KEY=VALUE,…",
    .help =
        "What infrastructure code in the data leaves open: subscription (GUID), resourceGroup, tenant (GUID), "
        "managementGroup, location",
    .repeatable = true};
inline constexpr OptionSpec kOutput{.name = "--output",
                                    .letter = "-o",
                                    .value = "FORMAT",
                                    .help = "human (default) or json",
                                    .words = kHumanOrJson,
                                    .completes = Completes::Words};
inline constexpr OptionSpec kOutputLines{.name = "--output",
                                         .letter = "-o",
                                         .value = "FORMAT",
                                         .help = "human (default), json or jsonl (one line per answer)",
                                         .words = kHumanJsonJsonl,
                                         .completes = Completes::Words};
inline constexpr OptionSpec kColour{.name = "--color",
                                    .letter = "",
                                    .value = "WHEN",
                                    .help = "auto (default: on a terminal, unless NO_COLOR is set), always or never",
                                    .words = kColours,
                                    .completes = Completes::Words};
inline constexpr OptionSpec kWidth{.name = "--width",
                                   .letter = "",
                                   .value = "COLUMNS",
                                   .help = "Where human output breaks its lines. Default: 100; 0: nowhere"};
inline constexpr OptionSpec kRegistry{
    .name = "--registry",
    .letter = "-r",
    .value = "REGISTRY",
    .help = "Name, login server or resource id; may be left out if the data has one registry",
    .completes = Completes::Registry};
inline constexpr OptionSpec kAt{
    .name = "--at",
    .letter = "",
    .value = "TIME",
    .help = "When, as 2026-01-31T09:00:00Z: decides what PIM has in force and what has expired"};
inline constexpr OptionSpec kNetwork{
    .name = "--network",
    .letter = "",
    .value = "KEY=VALUE,…",
    .help =
        "Where the call comes from: path (public, private-endpoint, service-endpoint, management), ip, subnet, "
        "privateEndpointStatus, trustedService, identity, task, taskIdentity (system, or a user-assigned "
        "identity), agentPool",
    .repeatable = true};
inline constexpr OptionSpec kCredential{
    .name = "--credential",
    .letter = "",
    .value = "KEY=VALUE,…",
    .help =
        "What the caller shows: kind (entra, service-principal, exposed-token, password), audience (arm, acr), "
        "ageMinutes, issuedUnderMode, secretExpired, username, passwordName, stored (none, invalid, other)",
    .repeatable = true};
inline constexpr OptionSpec kExitZero{.name = "--exit-zero",
                                      .letter = "",
                                      .value = "",
                                      .help = "Exit with 0 whatever the answer; errors still exit with 2"};

}  // namespace options

}  // namespace acrbiter::cli
