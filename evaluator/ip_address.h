// IP addresses and blocks as network rules write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace acrbiter::evaluator {

/// "203.0.113.9": four decimal parts without leading zeros.
[[nodiscard]] std::optional<std::uint32_t> parse_ipv4(std::string_view text);

/// True for an IPv4 address, and for what has the letters of an IPv6 address (which no rule of a registry admits).
[[nodiscard]] bool is_ip_address(std::string_view text);

/// Is an IPv4 address in `block`, an address or a CIDR block? False if either is malformed.
[[nodiscard]] bool in_block(std::string_view address, std::string_view block);

}  // namespace acrbiter::evaluator
