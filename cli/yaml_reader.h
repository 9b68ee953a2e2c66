// YAML as a tree in which everything knows where it stands, for files that people write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace acrbiter::cli {

struct YamlMember;

struct YamlNode {
  enum class Kind : std::uint8_t { Null, Scalar, List, Map };
  Kind kind = Kind::Null;
  std::size_t offset = 0;  ///< byte of the text where it begins
  std::string text;        ///< of a scalar
  bool plain = true;       ///< a scalar without quotes
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;  ///< of a map, in the order of the file

  [[nodiscard]] bool is(Kind wanted) const noexcept { return kind == wanted; }
};

struct YamlMember {
  YamlNode key, value;
};

/// "a list", "a map", "a text", "nothing".
[[nodiscard]] std::string_view describe(YamlNode::Kind kind) noexcept;

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20U;
/// Reads one document of at most kMaxYamlBytes. Anchors are followed; a key that stands twice in a map, a tag, a key
/// that is no text, nesting deeper than 64, or anchors that make the document larger than 100,000 values are errors.
/// Nothing at all is Null. `file` is for messages.
[[nodiscard]] model::Result<YamlNode> read_yaml(std::string_view text, const std::string& file);

/// The byte of the file's `text` in which `value`, the text of the scalar `node`, has its byte `inside`; where the
/// scalar begins if quotes or line breaks keep the two apart.
[[nodiscard]] std::size_t offset_in(std::string_view text, const YamlNode& node, std::size_t inside);

}  // namespace acrbiter::cli
