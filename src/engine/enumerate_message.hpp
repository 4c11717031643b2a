#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "engine/plugin.hpp"

/// Reading and writing of the WS-Enumeration messages (DSP0226 8, wire reference 6.1).
namespace winrm::engine {

struct EnumerateBody {
  EnumerateRequest request;
  bool optimized = false;               ///< w:OptimizeEnumeration
  std::uint32_t max_elements = 1;       ///< of an optimized answer
  std::optional<Milliseconds> expires;  ///< how long the client wants an idle context to live
};

struct PullBody {
  std::string context;
  std::uint32_t max_elements = 1;
  std::optional<Milliseconds> max_time;
  std::optional<std::size_t> max_characters;
};

/// These throw wsman::Fault. `body` is the first child of the SOAP Body.
[[nodiscard]] EnumerateBody read_enumerate(xml::Element const& body);
[[nodiscard]] PullBody read_pull(xml::Element const& body);
/// The context that a Release names.
[[nodiscard]] std::string read_release(xml::Element const& body);

/// The items of one answer and what is said around them.
struct Batch {
  std::vector<Item> items;
  bool finished = false;
};

/// How many bytes `item` takes in an answer.
[[nodiscard]] std::size_t written_size(Item const& item, EnumerationMode mode);

/// `context` is "" when the enumeration is finished. `batch` is null for an enumeration that is not
/// optimized.
void write_enumerate_response(xml::Writer& body, EnumerationMode mode, Batch const* batch,
                              std::string_view context, std::optional<Milliseconds> granted);
void write_pull_response(xml::Writer& body, EnumerationMode mode, Batch const& batch,
                         std::string_view context);

}  // namespace winrm::engine
