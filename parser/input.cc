#include "parser/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#if ACRBITER_HAVE_ZLIB
#include <zlib.h>
#endif

#include "model/text_position.h"
#include "parser/secret_screen.h"
#include "parser/value_arena.h"

namespace acrbiter::parser {

namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 18U;
/// What is read to recognise encodings; it is also the first window, in which callers look for other signs.
constexpr std::size_t kHeadBytes = 1024;

/// One stage of reading. `read` returns how many bytes it wrote, 0 at the end; with a problem, 0 and the problem.
class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;
  virtual std::size_t read(std::span<char> out, std::optional<std::string>& problem) = 0;
};

class FileBytes : public Stage {
 public:
  FileBytes(int descriptor, std::uint64_t& taken) : descriptor_(descriptor), taken_(taken) {}
  ~FileBytes() override { ::close(descriptor_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::size_t read(std::span<char> out, std::optional<std::string>& problem) override {
    ssize_t n = 0;
    do {
      n = ::read(descriptor_, out.data(), out.size());
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
      problem = "cannot be read: " + std::generic_category().message(errno);
      return 0;
    }
    taken_ += static_cast<std::uint64_t>(n);
    return static_cast<std::size_t>(n);
  }

 private:
  int descriptor_;
  std::uint64_t& taken_;
};

class MemoryBytes : public Stage {
 public:
  MemoryBytes(std::string_view bytes, std::uint64_t& taken) : rest_(bytes), taken_(taken) {}
  std::size_t read(std::span<char> out, std::optional<std::string>& /*problem*/) override {
    const std::size_t n = std::min(out.size(), rest_.size());
    std::memcpy(out.data(), rest_.data(), n);
    rest_.remove_prefix(n);
    taken_ += n;
    return n;
  }

 private:
  std::string_view rest_;
  std::uint64_t& taken_;
};

/// Bytes that were read to look at them, then the rest.
class Replayed : public Stage {
 public:
  Replayed(std::string head, std::unique_ptr<Stage> rest) : head_(std::move(head)), rest_(std::move(rest)) {}
  std::size_t read(std::span<char> out, std::optional<std::string>& problem) override {
    if (taken_ == head_.size()) return rest_->read(out, problem);
    const std::size_t n = std::min(out.size(), head_.size() - taken_);
    std::memcpy(out.data(), head_.data() + taken_, n);
    taken_ += n;
    return n;
  }

 private:
  std::string head_;
  std::size_t taken_ = 0;
  std::unique_ptr<Stage> rest_;
};

#if ACRBITER_HAVE_ZLIB
class Unpacked : public Stage {
 public:
  explicit Unpacked(std::unique_ptr<Stage> packed) : packed_(std::move(packed)), in_(kChunkBytes / 4) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~Unpacked() override {
    if (ready_) inflateEnd(&stream_);
  }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  std::size_t read(std::span<char> out, std::optional<std::string>& problem) override {
    if (!ready_) {
      problem = "holds gzip data that cannot be unpacked";
      return 0;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out == out.size()) {
      if (stream_.avail_in == 0) {
        const std::size_t n = packed_->read(in_, problem);
        if (problem) return 0;
        if (n == 0) {
          if (!member_done_) problem = "is cut off: its gzip data ends too early";
          return 0;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
        stream_.avail_in = static_cast<uInt>(n);
      }
      if (member_done_) {  // a file may be several gzip members, one behind the other
        inflateReset(&stream_);
        member_done_ = false;
      }
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        member_done_ = true;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        problem = "holds damaged gzip data";
        return 0;
      }
    }
    return out.size() - stream_.avail_out;
  }

 private:
  std::unique_ptr<Stage> packed_;
  std::vector<char> in_;
  z_stream stream_{};
  bool ready_ = false;
  bool member_done_ = false;
};
#endif

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | code_point >> 6U);
    put(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    put(0xE0U | code_point >> 12U);
    put(0x80U | (code_point >> 6U & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  } else {
    put(0xF0U | code_point >> 18U);
    put(0x80U | (code_point >> 12U & 0x3FU));
    put(0x80U | (code_point >> 6U & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  }
}

class FromUtf16 : public Stage {
 public:
  FromUtf16(std::unique_ptr<Stage> units, bool big_endian)
      : units_(std::move(units)), big_endian_(big_endian), in_(kChunkBytes / 4) {}

  std::size_t read(std::span<char> out, std::optional<std::string>& problem) override {
    while (taken_ == text_.size()) {
      text_.clear();
      taken_ = 0;
      const std::size_t n = units_->read(in_, problem);
      if (problem) return 0;
      if (n == 0) {
        if (have_half_ || high_) problem = "is cut off: its UTF-16 text ends in the middle of a character";
        return 0;
      }
      for (std::size_t i = 0; i < n; ++i) {
        const auto byte = static_cast<unsigned char>(in_[i]);
        if (!have_half_) {
          half_ = byte;
          have_half_ = true;
          continue;
        }
        have_half_ = false;
        if (!take(big_endian_ ? std::uint32_t{half_} << 8U | byte : std::uint32_t{byte} << 8U | half_)) {
          problem = "holds half a surrogate pair in its UTF-16 text";
          return 0;
        }
      }
    }
    const std::size_t n = std::min(out.size(), text_.size() - taken_);
    std::memcpy(out.data(), text_.data() + taken_, n);
    taken_ += n;
    return n;
  }

 private:
  bool take(std::uint32_t unit) {
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    const bool is_low = unit >= 0xDC00 && unit < 0xE000;
    if (is_low != high_.has_value()) return false;
    if (is_high) {
      high_ = unit;
    } else if (is_low) {
      append_utf8(text_, 0x10000 + ((*high_ - 0xD800) << 10U) + (unit - 0xDC00));
      high_.reset();
    } else {
      append_utf8(text_, unit);
    }
    return true;
  }

  std::unique_ptr<Stage> units_;
  bool big_endian_;
  std::vector<char> in_;
  std::string text_;
  std::size_t taken_ = 0;
  unsigned char half_ = 0;
  bool have_half_ = false;
  std::optional<std::uint32_t> high_;
};

/// The first bytes of `stage`, at most `count`.
std::string peek(Stage& stage, std::size_t count, std::optional<std::string>& problem) {
  std::string head(count, '\0');
  std::size_t n = 0;
  while (n < count) {
    const std::size_t more = stage.read(std::span(head).subspan(n), problem);
    if (more == 0) break;
    n += more;
  }
  head.resize(n);
  return head;
}

}  // namespace

// ---- InputText ----------------------------------------------------------------------------------------------

struct InputText::Stages {
  std::unique_ptr<Stage> last;
  std::vector<char> chunk;
  std::uint64_t raw_size = 0;
  std::uint64_t raw_taken = 0;
  bool started = false;

  /// Looks at the first bytes and puts in front what they need.
  void start(std::optional<std::string>& problem);
};

void InputText::Stages::start(std::optional<std::string>& problem) {
  using namespace std::string_view_literals;
  started = true;
  std::string head = peek(*last, kHeadBytes, problem);
  if (problem) return;
  if (head.starts_with("\x1F\x8B"sv)) {
#if ACRBITER_HAVE_ZLIB
    last = std::make_unique<Unpacked>(std::make_unique<Replayed>(std::move(head), std::move(last)));
    head = peek(*last, kHeadBytes, problem);
    if (problem) return;
#else
    problem = "is compressed with gzip, which this build cannot read (it was built without zlib)";
    return;
#endif
  }
  if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv)) {
    problem = "is UTF-32 text, which is not read; save it as UTF-8";
    return;
  }
  std::size_t mark = 0;
  std::optional<bool> big_endian;
  if (head.starts_with("\xEF\xBB\xBF"sv)) {
    mark = 3;
  } else if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) {
    mark = 2;
    big_endian = head[0] == '\xFE';
  } else if (head.size() >= 2 && (head[0] == '\0') != (head[1] == '\0')) {
    // JSON starts with two ASCII characters, so a zero byte among the first two is half a UTF-16 unit.
    big_endian = head[0] == '\0';
  }
  last = std::make_unique<Replayed>(head.substr(mark), std::move(last));
  if (big_endian) last = std::make_unique<FromUtf16>(std::move(last), *big_endian);
}

InputText::InputText(std::unique_ptr<Stages> stages) : stages_(std::move(stages)) {}
InputText::InputText(InputText&&) noexcept = default;
InputText& InputText::operator=(InputText&&) noexcept = default;
InputText::~InputText() = default;

model::Expected<InputText, model::Diagnostic> InputText::open_file(const std::string& path) {
  using Opened = model::Expected<InputText, model::Diagnostic>;
  const auto refuse = [&](std::string message, std::string help = {}) {
    model::Diagnostic problem;
    problem.message = std::move(message);
    problem.file = path;
    problem.help = std::move(help);
    return Opened::failure(std::move(problem));
  };
  // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) {
    const int error = errno;
    if (error == ENXIO || error == ENODEV) return refuse("is not a regular file and is not read");
    return refuse("cannot be opened: " + std::generic_category().message(error),
                  error == EACCES ? "check who may read the file" : "");
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return refuse(S_ISDIR(status.st_mode) ? "is a folder" : "is not a regular file and is not read",
                  "write the data to a file first");
  }
  auto stages = std::make_unique<Stages>();
  stages->raw_size = static_cast<std::uint64_t>(status.st_size);
  stages->last = std::make_unique<FileBytes>(descriptor, stages->raw_taken);
  return InputText(std::move(stages));
}

InputText InputText::from_memory(std::string_view bytes) {
  auto stages = std::make_unique<Stages>();
  stages->raw_size = bytes.size();
  stages->last = std::make_unique<MemoryBytes>(bytes, stages->raw_taken);
  return InputText(std::move(stages));
}

std::uint64_t InputText::raw_size() const noexcept { return stages_->raw_size; }

bool InputText::refill() {
  if (problem_) return false;
  if (!stages_->started) {
    stages_->start(problem_);
    if (problem_) return false;
    stages_->chunk.resize(
        static_cast<std::size_t>(std::clamp<std::uint64_t>(stages_->raw_size, kHeadBytes, kChunkBytes)));
  }
  if (progress_) progress_(stages_->raw_taken);
  window_offset_ = offset();
  const std::size_t n = stages_->last->read(stages_->chunk, problem_);
  begin_ = end_ = window_begin_ = stages_->chunk.data();
  if (problem_ || n == 0) return false;
  if (n > limit_ - std::min(limit_, window_offset_)) {
    problem_ = "is larger than " + std::to_string(limit_) + " bytes, the most that is read";
    return false;
  }
  end_ = begin_ + n;
  return true;
}

std::string_view InputText::window() {
  if (at_end()) return {};
  return {begin_, static_cast<std::size_t>(end_ - begin_)};
}

// ---- positions ----------------------------------------------------------------------------------------------

namespace {

/// Longest piece of a line kept on either side of a place: enough for an excerpt of 160 bytes.
constexpr std::size_t kAround = 200;

}  // namespace

void locate(InputText text, const std::vector<model::Diagnostic*>& diagnostics) {
  std::vector<model::Diagnostic*> wanted;
  for (model::Diagnostic* d : diagnostics) {
    if (d->span && d->line == 0) wanted.push_back(d);
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto* a, const auto* b) { return a->span->begin < b->span->begin; });

  std::uint64_t line = 1;
  std::size_t characters = 0;  // of the current line, before `recent`
  std::string recent;          // the end of the current line, as far as it was read
  SecretScreen before_recent;  // has read everything before `recent`
  // Takes text up to `offset`, or to the end.
  const auto take_until = [&](std::uint64_t offset) {
    while (text.offset() < offset) {
      std::string_view piece = text.window();
      if (piece.empty()) return;
      piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), offset - text.offset())));
      text.advance(piece.size());
      while (!piece.empty()) {
        const std::size_t newline = piece.find('\n');
        recent.append(piece.substr(0, newline));
        if (newline != std::string_view::npos) {
          ++line;
          before_recent.take(recent);
          before_recent.take("\n");
          recent.clear();
          characters = 0;
          piece.remove_prefix(newline + 1);
          continue;
        }
        piece = {};
        if (recent.size() > 4 * kAround) {
          std::size_t cut = recent.size() - kAround;
          while (cut < recent.size() && (static_cast<unsigned char>(recent[cut]) & 0xC0U) == 0x80U) ++cut;
          characters += model::count_characters(std::string_view(recent).substr(0, cut));
          before_recent.take(std::string_view(recent).substr(0, cut));
          recent.erase(0, cut);
        }
      }
    }
  };

  for (model::Diagnostic* d : wanted) {
    take_until(d->span->begin);
    d->line = static_cast<std::size_t>(line);
    d->column = characters + model::count_characters(recent) + 1;
    // What follows on the line is only looked at, as far as the chunk reaches.
    std::string_view rest = text.window();
    rest = rest.substr(0, std::min(rest.find('\n'), kAround));
    std::string piece = recent;
    piece.append(rest);
    const std::size_t at = recent.size();
    const model::Diagnostic shown = model::diagnostic_at(before_recent.shown(piece), {.begin = at, .end = at}, {});
    d->excerpt = shown.excerpt;
    d->caret = shown.caret;
  }
}

}  // namespace acrbiter::parser
