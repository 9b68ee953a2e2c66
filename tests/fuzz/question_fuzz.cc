// Question lines, targets and environments: never a crash, and always an answer line that is JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cli/ask.h"
#include "cli/environment.h"
#include "cli/json_reader.h"
#include "cli/question_reader.h"
#include "cli/report/json.h"
#include "cli/report/text.h"

namespace {

namespace cli = acrbiter::cli;

void require(bool holds) {
  if (!holds) std::abort();
}

const cli::Data& data() {
  static const cli::Data shared = [] {
    cli::Data made;
    acrbiter::model::Registry registry;
    registry.name = "contoso";
    registry.id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/contoso";
    registry.login_server = "contoso.azurecr.io";
    made.snapshot.registries.push_back(registry);
    return made;
  }();
  return shared;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);

  const cli::QuestionLine line = cli::read_question(text);
  require(cli::read_json(line.id).has_value());
  if (!line.question) {
    require(!line.question.error().code.empty() && !line.question.error().message.empty());
    require(cli::read_json(cli::report::error_line(line.id, line.question.error())).has_value());
  }
  if (const auto json = cli::read_json(text)) static_cast<void>(cli::Environment::from(*json));

  acrbiter::evaluator::Question question;
  question.operation = size % 2 == 0 ? "pull" : "list-repositories";
  static_cast<void>(cli::set_target(question, text, data()));

  for (const char c : cli::report::escape(text)) require(c < 0 || c >= ' ');
  static_cast<void>(cli::report::wrap(cli::report::quote(text), "- ", 2, 20));
  return 0;
}
