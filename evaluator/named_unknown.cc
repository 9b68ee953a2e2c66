#include "evaluator/named_unknown.h"

namespace acrbiter::evaluator {

bool holds_unknown(std::string_view text) noexcept {
  const std::size_t open = text.find('{');
  return open != std::string_view::npos && text.find('}', open) != std::string_view::npos;
}

bool is_unreadable(std::string_view text) noexcept {
  return text.find("{unreadable") != std::string_view::npos ||
         text.find("{whether the row of ") != std::string_view::npos;
}

bool is_sensitive(std::string_view text) noexcept { return text.find("{sensitive ") != std::string_view::npos; }

std::string known_by(std::string_view text) {
  if (is_sensitive(text)) return "plan it without `sensitive`, or deploy it and export again";
  if (is_unreadable(text)) return "export it again, with all columns, and remove older exports";
  const bool place =
      text.find("{subscription}") != std::string_view::npos || text.find("{resourceGroup}") != std::string_view::npos;
  return place ? "say where it is deployed to: --deployment subscription=GUID,resourceGroup=NAME"
               : "deploy it and export again, or write the value into the code";
}

std::string command_naming(std::string_view text, std::string command) {
  return holds_unknown(text) ? known_by(text) : command;
}

}  // namespace acrbiter::evaluator
