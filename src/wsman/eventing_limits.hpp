#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The fixed limits of eventing (docs/eventing.md).
namespace winrm::limits {

/// What one account may keep open. Each has a thread in the account's host.
inline constexpr std::size_t subscriptions = 128;
/// Connections to sinks that one host is making at once, each with a thread, for subscriptions that ended
/// too.
inline constexpr std::size_t connections_being_made = 2 * subscriptions;

/// Granted to a subscription that asks for no Expires, and the most that is granted.
inline constexpr std::chrono::milliseconds subscription_expires{std::chrono::hours(24)};
inline constexpr std::chrono::milliseconds longest_subscription{std::chrono::hours(24 * 20)};

/// Reference properties of one NotifyTo or EndTo, which every delivery repeats.
inline constexpr std::size_t sink_references = 32;
inline constexpr std::size_t sink_reference_bytes = 16 * std::size_t{1024};
inline constexpr std::size_t sink_address_bytes = 2048;

/// Of one query list.
inline constexpr std::size_t event_query_bytes = 64 * std::size_t{1024};
inline constexpr std::size_t event_queries = 256;
inline constexpr std::size_t event_query_expressions = 32;  ///< per Select or Suppress, as Windows
inline constexpr std::size_t event_query_depth = 32;
/// What looking at one event may cost over all paths of a query: a comparison of two values, and a node or
/// 64 bytes of text that are looked at. A simple query needs some thousands for an event of 20 fields.
inline constexpr std::size_t event_query_effort = 16'000'000;
inline constexpr std::size_t event_comparison_effort = 16;
inline constexpr std::size_t bookmark_bytes = 16 * std::size_t{1024};

/// Events that one delivery takes when the subscription names no MaxElements.
inline constexpr std::uint32_t events_per_delivery = 500;
/// The largest delivery when the subscription names no MaxEnvelopeSize, and the least it may name.
inline constexpr std::uint32_t delivery_bytes = 512'000;
inline constexpr std::uint32_t least_delivery_bytes = 8192;
/// What the headers of a delivery must leave of it for events.
inline constexpr std::size_t least_event_bytes = 1024;
/// Of w:Locale, which every delivery repeats: the longest name of Windows (LOCALE_NAME_MAX_LENGTH).
inline constexpr std::size_t locale_bytes = 85;

/// How long a sink may take for one delivery.
inline constexpr std::chrono::milliseconds delivery_answer{std::chrono::seconds(60)};
/// The largest answer of a sink: an acknowledgement or a fault.
inline constexpr std::size_t delivery_answer_bytes = 64 * std::size_t{1024};
/// Attempts of a delivery and the time between them, when the subscription names none; and the most it may
/// name.
inline constexpr std::uint32_t delivery_attempts = 5;
inline constexpr std::chrono::milliseconds delivery_retry{std::chrono::seconds(60)};
inline constexpr std::uint32_t most_delivery_attempts = 100;
inline constexpr std::chrono::milliseconds shortest_interval{100};

/// How long the notices that a service stops may take, all together: less than limits::shutdown_patience.
inline constexpr std::chrono::milliseconds end_notice{2500};

}  // namespace winrm::limits
