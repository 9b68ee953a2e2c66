#include "parser/read.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "model/ascii.h"
#include "parser/arm_expression.h"
#include "parser/arm_template.h"
#include "parser/builtin_roles.h"
#include "parser/condition_parser.h"
#include "parser/formats.h"
#include "parser/infrastructure.h"
#include "parser/input.h"
#include "parser/json_reader.h"
#include "parser/lower_common.h"
#include "parser/lower_directory.h"
#include "parser/lower_rbac.h"
#include "parser/lower_registry.h"
#include "parser/secret_screen.h"
#include "parser/value_arena.h"
#include "parser/what_if.h"

namespace acrbiter::parser {

namespace {

using model::Diagnostic;
using model::Snapshot;

/// Pages in lists of pages, and lists in them: deeper there is no known export.
constexpr int kMaxListNesting = 3;

/// One file, or one text in memory.
struct Input {
  std::string name;
  std::optional<std::string_view> text;  ///< empty: read the file called `name`
  bool named_by_user = true;             ///< not only found in a folder

  [[nodiscard]] model::Expected<InputText, Diagnostic> open() const {
    if (text) return InputText::from_memory(*text);
    return InputText::open_file(name);
  }
};

std::string_view base_name(std::string_view path) { return last_segment(path); }

bool name_says_json(std::string_view name) {
  const auto ends_in = [&](std::string_view extension) {
    return name.size() >= extension.size() &&
           model::equal_ignoring_case(name.substr(name.size() - extension.size()), extension);
  };
  if (ends_in(".gz")) name.remove_suffix(3);
  return ends_in(".json") || ends_in(".jsonl") || ends_in(".ndjson");
}

// ---- one file -----------------------------------------------------------------------------------------------

/// Reads the documents of one file and lowers what they hold.
class FileReader : private DocumentListener {
 public:
  FileReader(const Input& input, model::SnapshotBuilder& builder, Infrastructure& infrastructure,
             const ReadOptions& options)
      : input_(input),
        options_(options),
        builder_(builder),
        file_(static_cast<model::FileIndex>(builder.draft().files.size())),
        context_{.builder = builder,
                 .file = file_,
                 .file_name = base_name(input.name),
                 .infrastructure = infrastructure,
                 .file_path = input.name},
        first_warning_(builder.draft().warnings.size()),
        first_assignment_(builder.draft().role_assignments.size()) {
    builder.draft().files.emplace_back().path = input.name;
  }

  /// The errors of this file. Warnings go to the draft.
  std::vector<Diagnostic> read(std::size_t files_done, std::size_t files_total);

 private:
  // The file as a whole.
  void read_text(InputText& text);
  bool starts_like_json(InputText& text);
  void refuse_bicep();
  void finish_file();
  void locate_all();
  void error(std::string message, const Value& where, std::string help = {}) {
    context_.error(std::move(message), where, std::move(help));
  }
  [[nodiscard]] model::SourceFile& source() { return builder_.draft().files[model::at(file_)]; }

  // One document.
  enum class Mode { Undecided, Whole, Stream, Skip };
  Next on_value(std::size_t depth) override;
  Next decide();
  void lower_new_elements();
  void finish_document();

  // What is in it.
  void note_kind(const ObjectFormat& format, const Value& value);
  void note_dialect(const Value& object);
  bool lower_document(const Value& document, int nesting);
  void lower_list(const Value& list, const ListEnvelope& envelope, int nesting);
  bool lower_element(const Value& element, int nesting);
  void check_depth_cut(const Value& element);
  bool refuse_depth_cut(const Value& value, const std::string& what);
  void note_page(const Value& document);
  void note_empty_page(const Value& document);

  /// One list while its elements are lowered.
  struct ListState {
    std::string_view kind;  ///< of its first recognised element
    std::size_t recognised = 0;
    std::optional<std::string> stranger;  ///< what the first element of no known kind is, and where
    std::string stranger_pointer;
    std::uint64_t stranger_offset = 0;
  };
  void finish_list(std::string_view what);
  void note_stranger(const Value& value);

  const Input& input_;
  const ReadOptions& options_;
  model::SnapshotBuilder& builder_;
  model::FileIndex file_;
  LoweringContext context_;
  std::size_t first_warning_;
  std::size_t first_assignment_;
  ValueArena arena_;
  InputText* text_ = nullptr;

  Mode mode_ = Mode::Undecided;
  std::uint64_t decide_at_ = 0;    ///< byte of the text at which an undecided document must be decided
  std::size_t element_depth_ = 0;  ///< containers around an element of the streamed list
  ListEnvelope streamed_;          ///< its columns, if it is a table
  ListState list_;
  ListState file_list_;  ///< the documents of the file, seen as a list

  std::string_view last_kind_;
  std::map<std::string, bool, std::less<>> open_page_;  ///< kind of list → its last page says that there are more
  std::map<std::string, std::size_t, std::less<>> rows_before_;  ///< kind of list → rows of its pages so far
  bool open_empty_page_ = false;  ///< the last page is empty and says that there are more, of what cannot be told
  std::map<std::string, std::size_t, std::less<>> unread_;  ///< kind → how many values of it were left alone
};

std::vector<Diagnostic> FileReader::read(std::size_t files_done, std::size_t files_total) {
  model::Expected<InputText, Diagnostic> opened = input_.open();
  if (!opened) {
    source().kind = "unrecognised";
    source().read = false;
    return {opened.error()};
  }
  InputText& text = *opened;
  text.set_limit(options_.max_file_bytes);
  if (options_.progress) {
    text.set_progress([this, files_done, files_total, total = text.raw_size()](std::uint64_t bytes) {
      options_.progress({.file = input_.name,
                         .files_done = files_done,
                         .files_total = files_total,
                         .bytes_done = bytes,
                         .bytes_total = total});
    });
  }
  text_ = &text;
  read_text(text);
  text_ = nullptr;
  finish_file();
  locate_all();
  return std::move(context_.errors);
}

/// Skips blanks (and the byte order marks of texts put one behind the other).
void skip_blanks(InputText& text) {
  while (!text.at_end()) {
    const char c = text.front();
    const bool mark = c == '\xEF' || c == '\xBB' || c == '\xBF' || c == '\x1E';
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && !mark) return;
    text.advance();
  }
}

/// Only the Bicep compiler reads Bicep. A folder may hold it beside what it was compiled to.
void FileReader::refuse_bicep() {
  const std::string message = "the file is Bicep source, which is not read here";
  const std::string help =
      "run `bicep build FILE` (for parameters `bicep build-params FILE`) and give the JSON that it writes";
  source().kind = "bicep";
  source().read = false;
  if (input_.named_by_user || options_.strict) {
    error(message, {}, help);
  } else {
    context_.warn("not-read-here", {}, message, help);
  }
}

bool FileReader::starts_like_json(InputText& text) {
  if (const std::size_t note = note_before_what_if(text.window())) text.advance(note);
  const std::string_view window = text.window();
  if (is_bicep(input_.name, window)) {
    refuse_bicep();
    return false;
  }
  if (window.empty() || window.front() == '{' || window.front() == '[') return true;
  const std::string_view looks = looks_like(window);
  const std::string what = looks.empty() ? "is not JSON" : "is not JSON but looks like " + std::string(looks);
  const std::string help = "export with `-o json`, and write only standard output to the file";
  source().kind = "unrecognised";
  source().read = false;
  const bool is_message = looks.find("message of the Azure CLI") != std::string_view::npos;
  if (name_says_json(input_.name) || is_message || options_.strict) {
    error("the file " + what, {}, help);
    return false;
  }
  context_.warn("unrecognised-file", {}, "the file " + what, help);
  return false;
}

void FileReader::read_text(InputText& text) {
  const auto stopped = [&] {
    if (!text.problem()) return false;
    if (context_.errors.empty()) error("the file " + *text.problem(), {});
    return true;
  };
  skip_blanks(text);
  if (text.at_end() && !stopped()) {
    source().kind = "empty";
    source().read = false;
    if (options_.strict) {
      error("the file is empty", {}, "the export may have failed: run it again");
    } else {
      context_.warn("empty-file", {}, "the file is empty", "the export may have failed: run it again");
    }
    return;
  }
  if (stopped() || !starts_like_json(text)) return;
  const JsonLimits limits{.max_depth = options_.max_depth};
  for (bool first = true; !text.at_end(); first = false) {
    mode_ = Mode::Undecided;
    decide_at_ = text.offset() + options_.whole_document_bytes;
    list_ = {};
    const bool is_text = !first && text.front() != '{' && text.front() != '[';
    std::vector<Diagnostic> problems = read_document(text, arena_, limits, *this);
    if (!problems.empty()) {
      if (is_text) problems.front().message = "text that is not JSON follows the JSON document";
      for (Diagnostic& problem : problems) {
        problem.file = input_.name;
        context_.errors.push_back(std::move(problem));
      }
      return;
    }
    finish_document();
    skip_blanks(text);
  }
  stopped();
  list_ = std::exchange(file_list_, {});
  finish_list("a file");
}

void FileReader::finish_file() {
  model::SourceFile& file = source();
  for (const auto& [kind, count] : unread_) {
    if (kind == kServiceError) continue;
    context_.warn("not-read-here", {}, "the file holds " + model::quoted(kind) + ", which is recognised and not read",
                  std::string(hint_for(kind)));
  }
  const auto note_unfinished = [&](std::string_view kind) {
    file.incomplete = true;
    auto& lists = builder_.draft().incomplete_lists;
    if (std::find(lists.begin(), lists.end(), kind) == lists.end()) lists.emplace_back(kind);
  };
  if (open_empty_page_) {
    // It may be a page of any list; these are the ones that the data has nothing else to tell of.
    for (const std::string_view kind : {"role-assignments", "deny-assignments"}) note_unfinished(kind);
    context_.warn("incomplete-page", {},
                  "the file holds an empty page of a list that goes on; it may be one of role assignments or of deny "
                  "assignments",
                  "export the whole list: `az rest` does not follow `nextLink`, the typed commands do");
  }
  for (const auto& [kind, more] : open_page_) {
    if (!more) continue;
    note_unfinished(kind);
    context_.warn("incomplete-page", {},
                  "the file holds one page of a list of " + model::quoted(kind) +
                      "; what the other pages hold can turn a refusal into a grant, and a grant into a refusal",
                  "export the whole list: `az rest` does not follow `nextLink`, the typed commands do; pages may stand "
                  "one behind the other in one file");
  }
  if (file.kind.empty() && context_.errors.empty()) {
    file.kind = "unrecognised";
    file.read = false;
    const std::string message = "nothing in the file is of a known kind";
    const std::string help = "see the list of exports that are read in the README";
    if (options_.strict) {
      error(message, {}, help);
    } else {
      context_.warn("unrecognised-file", {}, message, help);
    }
  }
  finish_rbac_file(context_, first_assignment_);
  context_.finish();
}

/// Lines and columns cost a second pass, which only a file with problems needs.
void FileReader::locate_all() {
  std::vector<Diagnostic*> wanted;
  for (Diagnostic& problem : context_.errors) wanted.push_back(&problem);
  auto& warnings = builder_.draft().warnings;
  for (std::size_t i = first_warning_; i < warnings.size(); ++i) wanted.push_back(&warnings[i].where);
  for (Diagnostic* d : wanted) d->pointer = shown_pointer(d->pointer);
  const bool any = std::any_of(wanted.begin(), wanted.end(), [](const Diagnostic* d) { return d->span.has_value(); });
  if (!any) return;
  if (auto again = input_.open()) locate(std::move(*again), wanted);
}

// ---- one document -------------------------------------------------------------------------------------------

DocumentListener::Next FileReader::on_value(std::size_t depth) {
  switch (mode_) {
    case Mode::Whole:
    case Mode::Skip:
      return Next::KeepReading;
    case Mode::Undecided:
      return text_->offset() < decide_at_ || depth == 0 ? Next::KeepReading : decide();
    case Mode::Stream:
      if (depth == element_depth_) lower_new_elements();
      return Next::KeepReading;
  }
  return Next::KeepReading;
}

/// The document is too large to wait for its end: what it is must be seen from its beginning.
DocumentListener::Next FileReader::decide() {
  const Value root = arena_.root();
  if (const ObjectFormat* format = recognise(document_formats(), root)) {
    if (format->lower != nullptr) {
      mode_ = Mode::Whole;
      return Next::KeepReading;
    }
    note_kind(*format, root);
    mode_ = Mode::Skip;
    return Next::SkipTheRest;
  }
  const std::optional<ListEnvelope> envelope = list_envelope(root);
  const std::size_t around = !envelope ? 0 : envelope->is_table ? 3 : root.is_array() ? 1 : 2;
  if (around > 0 && arena_.depth() >= around &&
      arena_.at(arena_.open_container(around - 1)).pointer() == envelope->list.pointer()) {
    mode_ = Mode::Stream;
    element_depth_ = around;
    streamed_ = *envelope;
    if (root.is_object()) note_dialect(root);
    if (arena_.depth() == around) lower_new_elements();
  } else {
    // A single object so far, or one whose list comes late: look again when twice as much is there.
    decide_at_ += text_->offset();
  }
  return Next::KeepReading;
}

/// Lowers the complete elements of the streamed list and forgets them.
void FileReader::lower_new_elements() {
  lower_list(arena_.at(arena_.open_container(element_depth_ - 1)), streamed_, 0);
  arena_.drop_children();
}

void FileReader::finish_document() {
  const Value root = arena_.root();
  bool known = true;
  if (mode_ == Mode::Stream) {
    known = list_.recognised > 0;
    finish_list("a list");
    note_page(root);
  } else if (mode_ != Mode::Skip) {
    known = lower_document(root, 0);
  }
  if (!known) {
    if (!file_list_.stranger) {
      const ListState inner = std::exchange(list_, std::move(file_list_));
      note_stranger(root);
      file_list_ = std::exchange(list_, inner);
    }
  } else if (file_list_.recognised++ == 0) {
    file_list_.kind = last_kind_;
  }
}

// ---- what is in it ------------------------------------------------------------------------------------------

void FileReader::note_kind(const ObjectFormat& format, const Value& value) {
  model::SourceFile& file = source();
  const bool read = format.lower != nullptr;
  last_kind_ = format.kind;
  if (file.kind.empty() || (read && !file.read)) {
    file.kind = format.kind;
    file.read = read;
  } else if (file.kind != format.kind && file.kind != "mixed" && read) {
    file.kind = "mixed";
  }
  if (read) {
    note_dialect(value);
    return;
  }
  ++unread_[std::string(format.kind)];
  if (format.kind == kServiceError) {
    const Value problem = value["error"];
    error("the file holds an error of the service instead of data: " + model::quoted(problem["code"].text()), problem,
          model::quoted(problem["message"].text()));
  }
}

void FileReader::note_dialect(const Value& object) {
  model::SourceFile& file = source();
  if (!file.dialect.empty()) return;
  if (object["data"].is_array() || object["data"]["rows"].is_array()) {
    file.dialect = "resource-graph";
  } else if (!object["value"].is_array() && !object.is_array()) {  // a page's elements show it
    file.dialect = dialect_of(object);
  }
}

/// True if anything in `document` is of a known kind.
bool FileReader::lower_document(const Value& document, int nesting) {
  for (const std::string_view list : {"value", "data"}) {
    if (refuse_depth_cut(document[list], model::quoted(list))) return true;
  }
  if (const ObjectFormat* format = recognise(document_formats(), document)) {
    if (format->lower != nullptr) format->lower(document, context_);
    note_kind(*format, document);
    note_page(document);
    return true;
  }
  if (const std::optional<ListEnvelope> envelope = list_envelope(document); envelope && nesting < kMaxListNesting) {
    const bool empty = envelope->list.size() == 0;
    const std::string_view empty_kind = empty ? lower_empty_list(document, context_) : std::string_view();
    if (!empty_kind.empty()) {
      source().kind = empty_kind;
    } else if (empty) {
      context_.warn("empty-list", envelope->list, "the list is empty, and of what cannot be told");
      if (source().kind.empty()) source().kind = "empty";
    }
    const ListState outer = std::exchange(list_, {});
    if (document.is_object()) note_dialect(document);
    lower_list(envelope->list, *envelope, nesting);
    finish_list("a list");
    const bool known = empty || list_.recognised > 0;
    if (list_.recognised > 0) last_kind_ = list_.kind;
    list_ = outer;
    if (empty) {
      note_empty_page(document);
    } else {
      note_page(document);
    }
    return known;
  }
  const bool known = lower_element(document, nesting);
  if (known) note_page(document);
  return known;
}

void FileReader::lower_list(const Value& list, const ListEnvelope& envelope, int nesting) {
  for (const Value element : list) {
    if (refuse_depth_cut(element, "a row of the list")) continue;
    if (envelope.is_table && element.is_array()) arena_.name_elements(element, envelope.columns);
    if (lower_element(element, nesting)) {
      if (list_.recognised++ == 0) list_.kind = last_kind_;
    } else if (!list_.stranger) {
      note_stranger(element);
    }
  }
}

void FileReader::note_stranger(const Value& value) {
  static constexpr std::string_view kNames[] = {
      "nothing", "null", "a Boolean", "a number", "text", "an array", "an object of no known kind"};
  list_.stranger = kNames[static_cast<std::size_t>(value.kind())];
  list_.stranger_pointer = value.pointer();
  list_.stranger_offset = value.offset();
}

/// What starts as one thing and goes on as another is not what was exported.
void FileReader::finish_list(std::string_view what) {
  if (!list_.stranger || list_.recognised == 0 || context_.errors.size() >= LoweringContext::kErrorsOfOneFile) return;
  error(std::string(what) + " of " + model::quoted(list_.kind) + " also holds " + *list_.stranger, {},
        "the file is damaged or was put together by hand: export it again");
  context_.errors.back().pointer = list_.stranger_pointer;
  const auto offset = static_cast<std::size_t>(list_.stranger_offset);
  context_.errors.back().span = model::SourceSpan{.begin = offset, .end = offset};
}

bool FileReader::lower_element(const Value& element, int nesting) {
  if (element.is_object()) {
    const std::size_t errors = context_.errors.size();
    check_depth_cut(element);
    if (const ObjectFormat* format = recognise(object_formats(), element)) {
      note_kind(*format, element);
      const bool whole = context_.errors.size() == errors;
      if (format->lower != nullptr && whole) format->lower(element, context_);
      return true;
    }
  }
  // A list of pages, as a script collects them.
  const bool is_page = element.is_array() || (element.is_object() && list_envelope(element));
  return is_page && nesting + 1 < kMaxListNesting && lower_document(element, nesting + 1);
}

/// True, with an error, if PowerShell cut `value` to text.
bool FileReader::refuse_depth_cut(const Value& value, const std::string& what) {
  if (!value.is_string() || !is_depth_cut(value)) return false;
  error("PowerShell cut " + what + " to text: its content is lost", value, std::string(kDeeperHelp));
  return true;
}

/// PowerShell cuts what lies deeper than `-Depth` to text. Source: input-formats 0.4
void FileReader::check_depth_cut(const Value& element) {
  static constexpr std::string_view kDeciding[] = {"properties",  "permissions",    "actions",    "notActions",
                                                   "dataActions", "notDataActions", "principals", "excludePrincipals"};
  const auto check = [&](const Value& value) {
    if (!value.is_string() || !is_depth_cut(value)) return;
    const bool decides = std::any_of(std::begin(kDeciding), std::end(kDeciding), [&](std::string_view key) {
      return model::equal_ignoring_case(key, value.key());
    });
    if (decides) {
      refuse_depth_cut(value, model::quoted(value.key()));
    } else {
      context_.warn("depth-cut", value,
                    "PowerShell cut " + model::quoted(value.key()) + " to text: its content is lost",
                    std::string(kDeeperHelp));
    }
  };
  for (const Value value : element) {
    check(value);
    if (!value.is_object() && !value.is_array()) continue;
    for (const Value inner : value) {
      check(inner);
      if (!inner.is_object()) continue;
      for (const Value innermost : inner) check(innermost);
    }
  }
}

/// An empty page may be one of many. What it is a page of its link tells, or the page before it in the file.
void FileReader::note_empty_page(const Value& document) {
  const bool more = has_next_page(document);
  std::string_view kind = kind_of_next_page(document);
  if (kind.empty()) kind = last_kind_;
  if (kind.empty()) {
    open_empty_page_ = more;
  } else if (more) {
    open_page_.insert_or_assign(std::string(kind), true);
  } else {
    note_page(document);
  }
}

void FileReader::note_page(const Value& document) {
  if (last_kind_.empty()) return;
  open_empty_page_ = false;
  // A later page of the same list in the same file completes an earlier one.
  std::size_t& rows = rows_before_[std::string(last_kind_)];
  const bool more = has_next_page(document, rows);
  if (document.is_object()) rows += rows_of_page(document);
  const auto known = open_page_.find(last_kind_);
  if (known == open_page_.end()) {
    if (more) open_page_.emplace(last_kind_, true);
  } else {
    known->second = more;
  }
}

// ---- all files ----------------------------------------------------------------------------------------------

/// Files below `folder` in order of names, depth first.
void list_folder(const std::filesystem::path& folder, std::vector<Input>& inputs, std::vector<Diagnostic>& errors,
                 std::vector<std::string>& links) {
  namespace fs = std::filesystem;
  std::error_code failure;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
    entries.push_back(*it);
  }
  if (failure) {
    Diagnostic& problem = errors.emplace_back();
    problem.message = "the folder cannot be read: " + failure.message();
    problem.file = folder.string();
    return;
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path() < b.path(); });
  for (const fs::directory_entry& entry : entries) {
    // What AzOps writes of a scope lies in its folder `.az`. Source: input-formats 1.7
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') && name != ".az") continue;
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      if (entry.is_symlink(ignored)) {
        links.push_back(entry.path().string());
      } else {
        list_folder(entry.path(), inputs, errors, links);
      }
    } else {
      inputs.push_back({.name = entry.path().string(), .text = std::nullopt, .named_by_user = false});
    }
  }
}

/// Parses each distinct condition once.
void parse_conditions(Snapshot& snapshot) {
  constexpr std::size_t kNoRow = SIZE_MAX;
  std::vector<std::size_t> first_row(snapshot.conditions.size(), kNoRow);
  for (std::size_t i = snapshot.role_assignments.size(); i-- > 0;) {
    const std::size_t condition = model::at(snapshot.role_assignments[i].condition);
    if (condition < first_row.size()) first_row[condition] = i;
  }
  std::size_t malformed = 0;
  for (std::size_t i = 0; i < snapshot.conditions.size(); ++i) {
    model::ConditionEntry& entry = snapshot.conditions[i];
    auto parsed = parse_condition(entry.text);
    if (parsed) {
      entry.parsed = std::move(*parsed);
      continue;
    }
    entry.errors = parsed.error();
    if (++malformed > LoweringContext::kWarningsOfOneCode) continue;
    model::Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "condition-malformed";
    if (!entry.errors.empty()) warning.where = entry.errors.front();
    warning.where.message = "a condition cannot be read: " + warning.where.message;
    if (first_row[i] == kNoRow) continue;
    const model::RoleAssignment& row = snapshot.role_assignments[first_row[i]];
    warning.where.file = snapshot.files[model::at(row.file)].path;
    warning.where.message += " (role assignment " + model::quoted(row.name) + ")";
  }
  if (malformed <= LoweringContext::kWarningsOfOneCode) return;
  model::Warning& rest = snapshot.warnings.emplace_back();
  rest.code = "condition-malformed";
  rest.where.message =
      std::to_string(malformed - LoweringContext::kWarningsOfOneCode) + " more conditions cannot be read";
}

/// Lines of declared resources. Files and inputs have the same order.
void number_lines(Infrastructure& infrastructure, const std::vector<Input>& inputs) {
  std::map<model::FileIndex, std::vector<Declaration*>> by_file;
  for (Declaration& declaration : infrastructure.declarations) {
    if (declaration.offset > 0) by_file[declaration.file].push_back(&declaration);
  }
  for (const auto& [file, declarations] : by_file) {
    std::vector<Diagnostic> places(declarations.size());
    std::vector<Diagnostic*> wanted;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto offset = static_cast<std::size_t>(declarations[i]->offset);
      places[i].span = model::SourceSpan{.begin = offset, .end = offset};
      wanted.push_back(&places[i]);
    }
    auto text = inputs[model::at(file)].open();
    if (!text) continue;
    locate(std::move(*text), wanted);
    for (std::size_t i = 0; i < places.size(); ++i) declarations[i]->line = places[i].line;
  }
}

/// What is wrong with expressions of templates, as problems at places of their files. One that cannot be found there
/// (a template put together by another expression) keeps the expression as its excerpt.
std::vector<Diagnostic> placed(const std::vector<TemplateProblem>& problems, const std::vector<Input>& inputs) {
  std::vector<Diagnostic> result;
  for (const TemplateProblem& problem : problems) {
    Diagnostic& diagnostic = result.emplace_back(problem.diagnostic);
    const std::optional<model::SourceSpan> inside = std::exchange(diagnostic.span, std::nullopt);
    diagnostic.excerpt = without_literals(diagnostic.excerpt);
    auto text = inputs[model::at(problem.file)].open();
    if (!problem.offset || !inside || !text) continue;
    while (text->offset() < *problem.offset && !text->at_end()) {
      text->advance(std::min<std::size_t>(text->rest_of_window().size(),
                                          static_cast<std::size_t>(*problem.offset - text->offset())));
    }
    std::string near;
    while (near.size() < 2 * arm::kMaxExpressionBytes && !text->at_end()) {
      near += text->rest_of_window();
      text->advance(text->rest_of_window().size());
    }
    const std::optional<std::size_t> begin = byte_in_string(near, inside->begin);
    const std::optional<std::size_t> end = byte_in_string(near, inside->end);
    if (!begin || !end) continue;
    const auto offset = static_cast<std::size_t>(*problem.offset);
    diagnostic.span = model::SourceSpan{.begin = offset + *begin, .end = offset + *end};
    auto again = inputs[model::at(problem.file)].open();
    if (again) locate(std::move(*again), {&diagnostic});
  }
  return result;
}

model::Result<Snapshot> read_all(const std::vector<Input>& inputs, std::vector<Diagnostic> errors,
                                 const std::vector<std::string>& links, const ReadOptions& options) {
  model::SnapshotBuilder builder;
  if (options.with_builtin_roles) add_builtin_roles(builder);
  for (const std::string& link : links) {
    model::Warning& warning = builder.draft().warnings.emplace_back();
    warning.code = "link-skipped";
    warning.where.message = "a symbolic link to a folder is not followed";
    warning.where.file = link;
    warning.where.help = "give the folder itself";
  }
  Infrastructure infrastructure;
  infrastructure.side = options.side;
  infrastructure.deployment = options.deployment;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<Diagnostic> found = FileReader(inputs[i], builder, infrastructure, options).read(i, inputs.size());
    errors.insert(errors.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  if (!errors.empty()) return model::Result<Snapshot>::failure(std::move(errors));
  if (const std::vector<TemplateProblem> wrong = expand_templates(infrastructure, builder); !wrong.empty()) {
    return model::Result<Snapshot>::failure(placed(wrong, inputs));
  }
  number_lines(infrastructure, inputs);
  builder.settle_exports();
  if (std::vector<Diagnostic> wrong = apply(infrastructure, builder); !wrong.empty()) {
    return model::Result<Snapshot>::failure(std::move(wrong));
  }
  join_registries(builder);
  join_directory(builder);
  name_other_builtin_roles(builder);
  finish_rbac(builder);
  Snapshot snapshot = std::move(builder).build();
  parse_conditions(snapshot);
  return snapshot;
}

}  // namespace

model::Result<Snapshot> read_exports(std::span<const std::string> paths, const ReadOptions& options) {
  std::vector<Input> inputs;
  std::vector<Diagnostic> errors;
  std::vector<std::string> links;
  for (const std::string& path : paths) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure)) {
      list_folder(path, inputs, errors, links);
    } else {
      inputs.push_back({.name = path, .text = std::nullopt});
    }
  }
  return read_all(inputs, std::move(errors), links, options);
}

model::Result<Snapshot> read_documents(std::span<const NamedText> documents, const ReadOptions& options) {
  std::vector<Input> inputs;
  inputs.reserve(documents.size());
  for (const NamedText& document : documents) inputs.push_back({.name = document.name, .text = document.text});
  return read_all(inputs, {}, {}, options);
}

}  // namespace acrbiter::parser
