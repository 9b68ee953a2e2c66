#include "cli/lines.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "cli/report/diagnostics.h"

namespace acrbiter::cli {
namespace {

/// The next line, cut to `limit` + 1 bytes; the rest of a longer one is skipped. False at the end.
bool next_line(std::istream& in, std::string& line, std::size_t limit) {
  line.clear();
  std::streambuf& buffer = *in.rdbuf();
  bool any = false;
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line.size() <= limit) line += static_cast<char>(c);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return any;
}

bool refuse(const std::string& path, std::string_view why, const Invocation& invocation, std::string_view help = {}) {
  invocation.streams.err << report::error(fmt::format("`{}`: {}", path, why), help, invocation.error_look);
  return false;
}

/// Opens a file that is not a folder.
bool open(std::ifstream& file, const std::string& path, const Invocation& invocation) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return refuse(path, "is a folder", invocation);
  errno = 0;
  file.open(path, std::ios::binary);
  return file.is_open() || refuse(path, errno != 0 ? std::strerror(errno) : "cannot be opened", invocation);
}

}  // namespace

bool for_each_line(const std::string& path, std::size_t limit, const Invocation& invocation,
                   const std::function<void(std::string_view)>& each) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::ifstream file;
  if (path != "-" && !open(file, path, invocation)) return false;
  std::istream& in = path == "-" ? invocation.streams.in : file;
  std::string line;
  for (bool first = true; invocation.streams.out && next_line(in, line, limit); first = false) {
    std::string_view text = line;
    if (first && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (text.find_first_not_of(" \t") != std::string_view::npos) each(text);
  }
  return true;
}

std::optional<std::string> read_text(const std::string& path, std::size_t limit, const Invocation& invocation,
                                     std::string_view if_longer) {
  std::ifstream file;
  if (path != "-" && !open(file, path, invocation)) return std::nullopt;
  std::istream& in = path == "-" ? invocation.streams.in : file;
  std::string text;
  std::streambuf& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    if (text.size() == limit) {
      static_cast<void>(refuse(path, fmt::format("longer than {} bytes", limit), invocation, if_longer));
      return std::nullopt;
    }
    text += static_cast<char>(c);
  }
  return text;
}

void AnswerList::add(std::string_view answer) {
  if (as_list_) out_ << (empty_ ? "[\n" : ",\n");
  out_ << answer;
  if (!as_list_) out_ << '\n';
  empty_ = false;
}

void AnswerList::finish() {
  if (as_list_) out_ << (empty_ ? "[]\n" : "\n]\n");
}

}  // namespace acrbiter::cli
