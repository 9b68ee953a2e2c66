#include "cli/config.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "cli/excerpt.h"
#include "cli/report/text.h"
#include "cli/suggest.h"
#include "cli/yaml_reader.h"

namespace acrbiter::cli {
namespace {

class Reader {
 public:
  Reader(const std::string& text, const std::string& path) : text_(text), path_(path) {}

  model::Result<Config> read() {
    YAML::Node root;
    try {
      root = YAML::Load(text_);
    } catch (const YAML::Exception& error) {
      report(error.mark, error.msg);
      return fail();
    }
    if (root.IsNull()) return Config{};
    if (!root.IsMap()) {
      report(root.Mark(), "a map with `data`, `aliases`, `assume` and `deployment` is expected");
      return fail();
    }
    for (const auto& entry : root) section(entry.first, entry.second);
    if (!problems_.empty()) return fail();
    return std::move(config_);
  }

 private:
  model::Result<Config> fail() { return model::Result<Config>::failure(std::move(problems_)); }

  void report(const YAML::Mark& mark, const std::string& message, std::string help = {}) {
    model::Diagnostic problem;
    problem.message = report::escape(message);
    problem.file = path_;
    problem.help = std::move(help);
    if (!mark.is_null() && mark.pos >= 0) locate(problem, text_, static_cast<std::size_t>(mark.pos));
    problems_.push_back(std::move(problem));
  }

  void section(const YAML::Node& key, const YAML::Node& value) {
    constexpr std::array<std::string_view, 4> kSections = {"data", "aliases", "assume", "deployment"};
    const std::string name = key.IsScalar() ? key.Scalar() : std::string();
    if (name == "data") {
      data(value);
    } else if (name == "aliases") {
      pairs(value, [this](const std::string& alias, const std::string& target) { config_.aliases[alias] = target; });
    } else if (name == "assume") {
      pairs(value,
            [this](const std::string& id, const std::string& reading) { config_.assume.emplace_back(id, reading); });
    } else if (name == "deployment") {
      pairs(value, [this](const std::string& member, const std::string& text) {
        config_.deployment.emplace_back(member, text);
      });
    } else {
      const auto near = nearest(name, kSections);
      report(key.Mark(), fmt::format("unknown key `{}`", name),
             near.empty() ? "known keys: data, aliases, assume, deployment"
                          : fmt::format("did you mean `{}`?", near.front()));
    }
  }

  void data(const YAML::Node& value) {
    if (value.IsScalar()) {
      add_input(value.Scalar());
    } else if (value.IsSequence()) {
      for (const YAML::Node& item : value) {
        if (item.IsScalar()) {
          add_input(item.Scalar());
        } else {
          report(item.Mark(), "each entry of `data` is a path");
        }
      }
    } else if (!value.IsNull()) {
      report(value.Mark(), "`data` is a path or a list of paths");
    }
  }

  void add_input(const std::string& path) {
    config_.data.push_back((std::filesystem::path(path_).parent_path() / path).string());
  }

  template <class Add>
  void pairs(const YAML::Node& value, Add add) {
    if (value.IsNull()) return;
    if (!value.IsMap()) {
      report(value.Mark(), "a map of names to texts is expected");
      return;
    }
    for (const auto& entry : value) {
      if (entry.first.IsScalar() && entry.second.IsScalar()) {
        add(entry.first.Scalar(), entry.second.Scalar());
      } else {
        report(entry.first.Mark(), "a name and a text are expected");
      }
    }
  }

  const std::string& text_;
  const std::string& path_;
  Config config_;
  std::vector<model::Diagnostic> problems_;
};

model::Result<Config> refuse(const std::string& path, std::string message) {
  model::Diagnostic problem;
  problem.message = std::move(message);
  problem.file = path;
  return model::Result<Config>::failure({std::move(problem)});
}

}  // namespace

model::Result<Config> parse_config(const std::string& text, const std::string& path) {
  return Reader(text, path).read();
}

model::Result<Config> read_config(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) return refuse(path, "no such file");
  if (std::filesystem::file_size(path, failure) > kMaxYamlBytes) return refuse(path, "longer than 1 MiB");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return refuse(path, "cannot be read");
  return parse_config(text.str(), path);
}

}  // namespace acrbiter::cli
