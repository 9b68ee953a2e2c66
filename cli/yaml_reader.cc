#include "cli/yaml_reader.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "cli/excerpt.h"
#include "cli/report/text.h"

namespace acrbiter::cli {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 100'000;

/// Stops the reading; the place is a byte of the text.
struct Refused {
  std::size_t offset;
  std::string message;
  std::string help;
};

std::size_t offset_of(const YAML::Mark& mark) { return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos); }

std::size_t count(const YamlNode& node) {
  std::size_t all = 1;
  for (const YamlNode& item : node.items) all += count(item);
  for (const auto& [key, value] : node.members) all += count(key) + count(value);
  return all;
}

std::size_t depth(const YamlNode& node) {
  std::size_t deepest = 0;
  for (const YamlNode& item : node.items) deepest = std::max(deepest, depth(item));
  for (const YamlMember& member : node.members) deepest = std::max(deepest, depth(member.value));
  return deepest + 1;
}

/// Builds the tree from what the parser meets.
class YamlBuilder : public YAML::EventHandler {
 public:
  YamlNode root;

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.offset = offset_of(mark);
    add(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    YamlNode node;
    node.kind = Kind::Scalar;
    node.offset = offset_of(mark);
    node.text = value;
    node.plain = tag != "!";
    if (node.plain && (value == "~" || value == "null")) node.kind = Kind::Null;
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{offset_of(mark), "an alias inside what it stands for", {}};
    nodes_ += count(found->second);
    if (open_.size() + depth(found->second) > kMaxDepth) too_deep(offset_of(mark));
    place(YamlNode(found->second), offset_of(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Kind::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    YamlNode key;  ///< of a map: read, and its value not yet
    bool has_key = false;
    std::set<std::string> keys;
  };

  [[noreturn]] static void too_deep(std::size_t offset) {
    throw Refused{offset, fmt::format("nested deeper than {} levels", kMaxDepth), {}};
  }

  /// "!" marks quotes, "?" their absence.
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refused{offset_of(mark), fmt::format("the tag `{}` has no meaning here", tag), "leave it out"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    refuse_tag(mark, tag);
    if (open_.size() >= kMaxDepth) too_deep(offset_of(mark));
    Open fresh;
    fresh.node.kind = kind;
    fresh.node.offset = offset_of(mark);
    fresh.anchor = anchor;
    open_.push_back(std::move(fresh));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    ++nodes_;
    if (anchor != 0) anchors_[anchor] = node;
    const std::size_t offset = node.offset;
    place(std::move(node), offset);
  }

  void place(YamlNode node, std::size_t offset) {
    if (nodes_ > kMaxNodes) throw Refused{offset, fmt::format("more than {} values", kMaxNodes), {}};
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Kind::List) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (node.kind != Kind::Scalar) {
        throw Refused{offset, fmt::format("a key must be a text, not {}", describe(node.kind)), {}};
      }
      if (!parent.keys.insert(node.text).second) {
        throw Refused{offset, fmt::format("the key `{}` stands twice in this map", node.text), "keep one of them"};
      }
      parent.key = std::move(node);
      parent.has_key = true;
    } else {
      parent.node.members.push_back({.key = std::move(parent.key), .value = std::move(node)});
      parent.has_key = false;
    }
  }

  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
};

model::Result<YamlNode> refuse(std::string_view text, const std::string& file, const Refused& why) {
  model::Diagnostic problem;
  problem.message = report::escape(why.message);
  problem.file = file;
  problem.help = why.help;
  locate(problem, text, why.offset);
  return model::Result<YamlNode>::failure({std::move(problem)});
}

}  // namespace

std::string_view describe(Kind kind) noexcept {
  switch (kind) {
    case Kind::Null:
      return "nothing";
    case Kind::Scalar:
      return "a text";
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a map";
  }
  return "";
}

model::Result<YamlNode> read_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kMaxYamlBytes) {
    model::Diagnostic problem;
    problem.message = "longer than 1 MiB";
    problem.file = file;
    return model::Result<YamlNode>::failure({std::move(problem)});
  }
  YamlBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlBuilder second;
    if (parser.HandleNextDocument(second)) {
      return refuse(text, file, {second.root.offset, "a second document; one file holds one", {}});
    }
  } catch (const Refused& why) {
    return refuse(text, file, why);
  } catch (const YAML::Exception& error) {
    const std::size_t at = offset_of(error.mark);
    const bool star = at < text.size() && text.substr(at, 1) == "*";
    return refuse(text, file,
                  {at, error.msg, star ? "a pattern that begins with `*` stands in quotes" : std::string()});
  }
  return std::move(builder.root);
}

std::size_t offset_in(std::string_view text, const YamlNode& node, std::size_t inside) {
  for (const std::size_t quote : {std::size_t{0}, std::size_t{1}}) {
    const std::size_t begin = node.offset + quote;
    if (begin <= text.size() && text.substr(begin, node.text.size()) == node.text) return begin + inside;
  }
  return node.offset;
}

}  // namespace acrbiter::cli
