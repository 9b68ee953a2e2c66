// Access tests as SARIF 2.1.0, for code scanning.
#include <cstdint>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/report/test_report.h"

namespace acrbiter::cli::report {
namespace {

using access_test::CaseResult;
using access_test::Declared;
using access_test::FileResult;
using access_test::Outcome;
using access_test::TestRun;

/// A path as a URI reference: what is no letter, digit or `-._~/` is written as %XX.
std::string uri(std::string_view path) {
  std::string result = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

void write_rule(JsonWriter& json, std::string_view id, std::string_view text, std::string_view level) {
  json.begin_object().member("id", id);
  json.key("shortDescription").begin_object().member("text", text).end_object();
  json.key("defaultConfiguration").begin_object().member("level", level).end_object();
  json.end_object();
}

void write_location(JsonWriter& json, const std::string& file, std::uint64_t line, std::uint64_t column,
                    const std::string& message) {
  json.begin_object().key("physicalLocation").begin_object();
  json.key("artifactLocation").begin_object().member("uri", uri(file)).end_object();
  if (line != 0) {
    json.key("region").begin_object().member("startLine", line);
    if (column != 0) json.member("startColumn", column);
    json.end_object();
  }
  json.end_object();
  if (!message.empty()) json.key("message").begin_object().member("text", message).end_object();
  json.end_object();
}

void write_result(JsonWriter& json, const FileResult& file, const CaseResult& test,
                  const access_test::Finding& finding) {
  const bool failed = finding.outcome == Outcome::Failed;
  json.begin_object().member("ruleId", failed ? "access-test-failed" : "access-test-undetermined");
  json.member("ruleIndex", std::uint64_t{failed ? 0U : 1U}).member("level", failed ? "error" : "warning");
  json.key("message").begin_object().member("text", finding.sentence).end_object();
  json.key("locations").begin_array();
  write_location(json, file.file, finding.place.line, finding.place.column, {});
  json.end_array();
  bool related = false;
  for (const Declared& declared : finding.because) {
    if (declared.file.empty()) continue;
    if (!related) json.key("relatedLocations").begin_array();
    related = true;
    write_location(json, declared.file, declared.line, 0,
                   declared.removed ? "removes " + declared.address : declared.address);
  }
  if (related) json.end_array();
  json.key("properties").begin_object().member("test", test.name);
  if (finding.has_question) {
    json.member("verdict", evaluator::to_string(finding.verdict));
    if (!finding.command.empty()) json.member("command", finding.command);
    json.strings("reasons", finding.reasons);
  }
  json.end_object().end_object();
}

}  // namespace

std::string test_sarif(const TestRun& run) {
  JsonWriter json(JsonWriter::Layout::Indented);
  json.begin_object().member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").member("version", "2.1.0");
  json.key("runs").begin_array().begin_object().key("tool").begin_object().key("driver").begin_object();
  json.member("name", "acrbiter").member("version", ACRBITER_VERSION).key("rules").begin_array();
  write_rule(json, "access-test-failed", "Access is not as an access test expects it.", "error");
  write_rule(json, "access-test-undetermined", "The data does not show whether access is as an access test expects it.",
             "warning");
  json.end_array().end_object().end_object();
  json.member("columnKind", "unicodeCodePoints").key("results").begin_array();
  for (const FileResult& file : run.files) {
    for (const CaseResult& test : file.cases) {
      for (const access_test::Finding& finding : test.findings) write_result(json, file, test, finding);
    }
  }
  json.end_array().end_object().end_array().end_object();
  return std::move(json).take();
}

}  // namespace acrbiter::cli::report
