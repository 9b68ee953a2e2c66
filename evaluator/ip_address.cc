#include "evaluator/ip_address.h"

#include <algorithm>
#include <charconv>

namespace acrbiter::evaluator {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  std::uint32_t address = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at == end || *at++ != '.')) return std::nullopt;
    std::uint32_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    const bool padded = next - at > 1 && *at == '0';
    if (error != std::errc{} || value > 255 || next - at > 3 || padded) return std::nullopt;
    address = (address << 8U) | value;
    at = next;
  }
  return at == end ? std::optional(address) : std::nullopt;
}

bool is_ip_address(std::string_view text) {
  if (parse_ipv4(text)) return true;
  const bool letters = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  });
  return letters && text.size() <= 45 && std::count(text.begin(), text.end(), ':') >= 2;
}

bool in_block(std::string_view address, std::string_view block) {
  const auto ip = parse_ipv4(address);
  std::uint32_t bits = 32;
  if (const std::size_t slash = block.find('/'); slash != std::string_view::npos) {
    const std::string_view length = block.substr(slash + 1);
    const auto [next, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (error != std::errc{} || next != length.data() + length.size() || bits > 32) return false;
    block = block.substr(0, slash);
  }
  const auto base = parse_ipv4(block);
  if (!ip || !base) return false;
  const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
  return (*ip & mask) == (*base & mask);
}

}  // namespace acrbiter::evaluator
