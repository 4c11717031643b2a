#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// The compression of shell streams (MS-WSMV 3.1.4.1.31.6, MS-XCA 2.1 and 2.2): blocks of at most 64 KiB,
/// each with its size and its compressed size in front, packed by LZ77 and Huffman codes, or as they are
/// where that would not make them smaller.
namespace winrm::xpress {

/// What one message may grow to. A block of a few hundred bytes can stand for 64 KiB.
inline constexpr std::size_t most_decompressed_bytes = std::size_t{16} * 1024 * 1024;

/// "" for "". Never more than 4 bytes in 65,536 larger than `bytes`.
[[nodiscard]] std::string compress(std::string_view bytes);

/// Refuses what is damaged, and what is larger than `most_bytes`; takes memory for what comes out only.
[[nodiscard]] Result<std::string> decompress(std::string_view blocks,
                                             std::size_t most_bytes = most_decompressed_bytes);

}  // namespace winrm::xpress
