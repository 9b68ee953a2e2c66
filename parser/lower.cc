#include "parser/lower.h"

#include <algorithm>
#include <utility>

#include "model/guid.h"

namespace acrbiter::parser {

namespace {

void place(model::Diagnostic& diagnostic, const Value& where) {
  if (where.is_absent()) return;
  diagnostic.pointer = where.pointer();
  const auto offset = static_cast<std::size_t>(where.offset());
  diagnostic.span = model::SourceSpan{.begin = offset, .end = offset};
}

}  // namespace

std::uint32_t LoweringContext::tenant_of(const Value& object, std::string_view subscription) {
  const std::string_view id = object["tenantId"].text();
  if (!model::is_guid(id)) return 0;
  const std::uint32_t tenant = builder.tenant(id);
  if (!subscription.empty()) builder.note_tenant(subscription, tenant);
  return tenant;
}

void LoweringContext::warn(std::string_view code, const Value& where, std::string message, std::string help) {
  auto found = warned.find(code);
  if (found == warned.end()) found = warned.emplace(std::string(code), 0).first;
  if (++found->second > kWarningsOfOneCode) return;
  model::Snapshot& draft = builder.draft();
  model::Warning& warning = draft.warnings.emplace_back();
  warning.code = code;
  warning.where.message = std::move(message);
  warning.where.help = std::move(help);
  warning.where.file = draft.files[model::at(file)].path;
  place(warning.where, where);
}

void LoweringContext::error(std::string message, const Value& where, std::string help) {
  if (errors.size() >= kErrorsOfOneFile) return;
  model::Diagnostic problem;
  problem.message = std::move(message);
  problem.help = std::move(help);
  problem.file = builder.draft().files[model::at(file)].path;
  place(problem, where);
  const bool known = std::any_of(errors.begin(), errors.end(), [&](const model::Diagnostic& other) {
    return !problem.pointer.empty() && other.pointer == problem.pointer;
  });
  if (!known) errors.push_back(std::move(problem));
}

void LoweringContext::count(std::string_view what, std::size_t n) {
  auto& counts = builder.draft().files[model::at(file)].counts;
  counts[std::string(what)] += n;
}

void LoweringContext::finish() {
  for (const auto& [code, n] : warned) {
    if (n <= kWarningsOfOneCode) continue;
    model::Snapshot& draft = builder.draft();
    model::Warning& warning = draft.warnings.emplace_back();
    warning.code = code;
    warning.where.file = draft.files[model::at(file)].path;
    warning.where.message = std::to_string(n - kWarningsOfOneCode) + " more warnings of this kind in this file";
  }
  warned.clear();
}

}  // namespace acrbiter::parser
