// acrbiter_estate SIZE FOLDER: writes an estate to measure on. SIZE is S, M, L or a number of role assignments.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "bench/generate_estate.h"

int main(int argc, char** argv) {
  using namespace acrbiter::bench;
  const std::size_t role_assignments = argc == 3 ? role_assignments_of(argv[1]) : 0;
  if (role_assignments == 0) {
    fmt::print(stderr, "usage: acrbiter_estate SIZE FOLDER    (SIZE: S, M, L or a number of role assignments)\n");
    return 2;
  }
  const std::filesystem::path folder = argv[2];
  std::filesystem::create_directories(folder / "data");

  std::ofstream out;
  std::string open;
  const auto questions =
      generate_estate(estate_size(role_assignments), 1, [&](std::string_view file, std::string_view text) {
        if (open != file) {
          out.close();
          open = file;
          out.open(folder / "data" / file, std::ios::binary);
        }
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
      });
  out.close();

  std::ofstream lines(folder / "questions.jsonl", std::ios::binary);
  for (const auto& question : questions) lines << question_line(question) << '\n';
  lines.close();
  if (!out || !lines) {
    fmt::print(stderr, "cannot write to {}\n", folder.string());
    return 2;
  }
  return 0;
}
