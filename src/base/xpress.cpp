#include "base/xpress.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

namespace winrm::xpress {
namespace {

constexpr std::size_t block_bytes = 65536;
constexpr std::size_t header_bytes = 4;

constexpr std::size_t symbols = 512;  ///< 256 literals, then 16 lengths for each of 16 sizes of offsets
constexpr std::size_t table_bytes = symbols / 2;
constexpr unsigned longest_code = 15;
constexpr unsigned end_symbol = 256;
constexpr std::size_t shortest_match = 3;
constexpr std::size_t lengths_in_symbol = 15;
constexpr std::size_t lengths_in_byte = 255;

constexpr unsigned word_bits = 16;

using Lengths = std::array<std::uint8_t, symbols>;

std::uint16_t read_word(char const* at) {
  auto const* bytes = reinterpret_cast<unsigned char const*>(at);
  return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}

void put_word(std::string& out, std::size_t at, std::uint16_t word) {
  out[at] = static_cast<char>(word & 0xFF);
  out[at + 1] = static_cast<char>(word >> 8);
}

void append_word(std::string& out, std::uint16_t word) {
  out.resize(out.size() + 2);
  put_word(out, out.size() - 2, word);
}

// ---- what a block is made of ------------------------------------------------------------------------------

/// A literal byte (length 0) or a copy of `length` bytes from `offset` bytes before.
struct Token {
  std::uint16_t offset;
  std::uint16_t length_or_literal;
  [[nodiscard]] bool is_literal() const { return offset == 0; }
  [[nodiscard]] unsigned offset_bits() const { return static_cast<unsigned>(std::bit_width(offset)) - 1; }
  /// Above the shortest.
  [[nodiscard]] std::size_t length() const { return length_or_literal; }
  [[nodiscard]] unsigned symbol() const {
    if (is_literal()) return length_or_literal;
    auto const low = static_cast<unsigned>(std::min(length(), lengths_in_symbol));
    return 256 + 16 * offset_bits() + low;
  }
};

/// Finds repetitions by hash chains over three bytes.
class Matcher {
 public:
  explicit Matcher(std::string_view block) : block_(block), previous_(block.size(), none) {
    heads_.fill(none);
  }

  std::vector<Token> tokens() {
    std::vector<Token> found;
    found.reserve(block_.size() / 4);
    std::size_t at = 0;
    while (at < block_.size()) {
      auto const [length, offset] = longest_match(at);
      std::size_t const step = length < shortest_match ? 1 : length;
      if (length < shortest_match) {
        found.push_back({0, static_cast<unsigned char>(block_[at])});
      } else {
        found.push_back(
            {static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(length - shortest_match)});
      }
      for (std::size_t i = 0; i < step; ++i) remember(at + i);
      at += step;
    }
    return found;
  }

 private:
  static constexpr unsigned hash_bits = 14;
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static constexpr int chain_steps = 16;
  static constexpr std::size_t good_length = 64;

  [[nodiscard]] std::size_t hash(std::size_t at) const {
    std::uint32_t three = 0;
    std::memcpy(&three, block_.data() + at, shortest_match);
    return (three * 2654435761U) >> (32 - hash_bits);
  }

  void remember(std::size_t at) {
    if (at + shortest_match > block_.size()) return;
    auto& head = heads_[hash(at)];
    previous_[at] = std::exchange(head, static_cast<std::uint32_t>(at));
  }

  [[nodiscard]] std::pair<std::size_t, std::size_t> longest_match(std::size_t at) const {
    if (at + shortest_match > block_.size()) return {0, 0};
    std::size_t best = 0;
    std::size_t offset = 0;
    std::uint32_t candidate = heads_[hash(at)];
    for (int step = 0; candidate != none && step < chain_steps; ++step) {
      std::size_t const length = common_length(candidate, at);
      if (length > best) {
        best = length;
        offset = at - candidate;
        if (best >= good_length) break;
      }
      candidate = previous_[candidate];
    }
    return {best, offset};
  }

  [[nodiscard]] std::size_t common_length(std::size_t a, std::size_t b) const {
    auto const [end, other] = std::mismatch(block_.begin() + static_cast<std::ptrdiff_t>(b), block_.end(),
                                            block_.begin() + static_cast<std::ptrdiff_t>(a));
    return static_cast<std::size_t>(end - block_.begin()) - b;
  }

  std::string_view block_;
  std::array<std::uint32_t, std::size_t{1} << hash_bits> heads_;
  std::vector<std::uint32_t> previous_;
};

// ---- Huffman codes ----------------------------------------------------------------------------------------

/// Code lengths for symbols that occur so often; 0 for those that do not.
Lengths code_lengths(std::array<std::uint32_t, symbols> counts) {
  struct Node {
    std::uint64_t weight;
    int index;
    bool operator>(Node const& other) const {
      return weight != other.weight ? weight > other.weight : index > other.index;
    }
  };
  while (true) {
    std::priority_queue<Node, std::vector<Node>, std::greater<>> open;
    std::vector<int> parents(symbols, -1);
    for (std::size_t i = 0; i < symbols; ++i)
      if (counts[i] != 0) open.push({counts[i], static_cast<int>(i)});
    while (open.size() > 1) {
      Node const a = open.top();
      open.pop();
      Node const b = open.top();
      open.pop();
      int const joined = static_cast<int>(parents.size());
      parents.push_back(-1);
      parents[static_cast<std::size_t>(a.index)] = parents[static_cast<std::size_t>(b.index)] = joined;
      open.push({a.weight + b.weight, joined});
    }
    Lengths lengths{};
    unsigned longest = 0;
    for (std::size_t i = 0; i < symbols; ++i) {
      if (counts[i] == 0) continue;
      unsigned length = 0;
      for (int at = parents[i]; at >= 0; at = parents[static_cast<std::size_t>(at)]) ++length;
      longest = std::max(longest, length);
      lengths[i] = static_cast<std::uint8_t>(length);
    }
    if (longest <= longest_code) return lengths;
    for (auto& count : counts)
      if (count != 0) count = count / 2 + 1;  // flatter, so that the rarest come nearer to the root
  }
}

/// Symbols in the order of their codes: by length, then by symbol (MS-XCA 2.2.4).
std::vector<unsigned> in_code_order(Lengths const& lengths) {
  std::vector<unsigned> order;
  for (unsigned length = 1; length <= longest_code; ++length)
    for (unsigned symbol = 0; symbol < symbols; ++symbol)
      if (lengths[symbol] == length) order.push_back(symbol);
  return order;
}

std::array<std::uint16_t, symbols> codes_of(Lengths const& lengths) {
  std::array<std::uint16_t, symbols> codes{};
  unsigned code = 0;
  unsigned length = 1;
  for (unsigned const symbol : in_code_order(lengths)) {
    code <<= lengths[symbol] - length;
    length = lengths[symbol];
    codes[symbol] = static_cast<std::uint16_t>(code++);
  }
  return codes;
}

// ---- writing ----------------------------------------------------------------------------------------------

/// Bits go into 16-bit words whose places are set aside two ahead, bytes between them (MS-XCA 2.1.4.3).
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out), first_(out.size()), second_(out.size() + 2) {
    out_.append(2 * sizeof(std::uint16_t), '\0');
  }

  void bits(unsigned count, std::uint32_t value) {
    if (free_ >= count) {
      free_ -= count;
      word_ = (word_ << count) | value;
      return;
    }
    unsigned const left = count - free_;
    put_word(out_, first_, static_cast<std::uint16_t>(word_ << free_ | value >> left));
    first_ = std::exchange(second_, out_.size());
    out_.append(sizeof(std::uint16_t), '\0');
    free_ = word_bits - left;
    word_ = value & ((1U << left) - 1);
  }
  void byte(std::size_t value) { out_ += static_cast<char>(value); }
  void word(std::size_t value) { append_word(out_, static_cast<std::uint16_t>(value)); }
  void finish() { put_word(out_, first_, static_cast<std::uint16_t>(word_ << free_)); }

 private:
  std::string& out_;
  std::size_t first_;
  std::size_t second_;
  std::uint32_t word_ = 0;
  unsigned free_ = word_bits;
};

void write_match(BitWriter& writer, Token const& token) {
  if (token.length() >= lengths_in_symbol) {
    std::size_t const more = token.length() - lengths_in_symbol;
    writer.byte(std::min(more, lengths_in_byte));
    if (more >= lengths_in_byte) writer.word(token.length());
  }
  unsigned const bits = token.offset_bits();
  writer.bits(bits, token.offset - (1U << bits));
}

std::string pack(std::string_view block) {
  auto const tokens = Matcher(block).tokens();
  std::array<std::uint32_t, symbols> counts{};
  for (auto const& token : tokens) ++counts[token.symbol()];
  ++counts[end_symbol];
  auto const lengths = code_lengths(counts);
  auto const codes = codes_of(lengths);

  std::string out;
  out.reserve(block.size() + table_bytes);
  for (std::size_t i = 0; i < table_bytes; ++i)
    out += static_cast<char>(lengths[2 * i] | lengths[2 * i + 1] << 4);
  BitWriter writer(out);
  for (auto const& token : tokens) {
    unsigned const symbol = token.symbol();
    writer.bits(lengths[symbol], codes[symbol]);
    if (!token.is_literal()) write_match(writer, token);
  }
  writer.bits(lengths[end_symbol], codes[end_symbol]);
  writer.finish();
  return out;
}

// ---- reading ----------------------------------------------------------------------------------------------

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {
    next_ = std::uint32_t{word()} << word_bits;
    next_ |= word();
  }

  [[nodiscard]] std::uint32_t peek(unsigned count) const {
    return count == 0 ? 0 : next_ >> (2 * word_bits - count);
  }
  void skip(unsigned count) {
    next_ <<= count;
    extra_ -= static_cast<int>(count);
    if (extra_ >= 0) return;
    next_ |= std::uint32_t{word()} << -extra_;
    extra_ += static_cast<int>(word_bits);
  }
  std::uint32_t take(unsigned count) {
    std::uint32_t const bits = peek(count);
    skip(count);
    return bits;
  }
  std::size_t byte() {
    if (at_ == end_) {
      missing_ = true;
      return 0;
    }
    return static_cast<unsigned char>(*at_++);
  }
  std::uint16_t word() {
    if (end_ - at_ < 2) {
      at_ = end_;
      missing_ = true;
      return 0;
    }
    auto const value = read_word(at_);
    at_ += 2;
    return value;
  }
  /// More was read than there is.
  [[nodiscard]] bool missing() const { return missing_; }

 private:
  char const* at_;
  char const* const end_;
  std::uint32_t next_ = 0;
  int extra_ = word_bits;
  bool missing_ = false;
};

/// Symbol and length of each code, found by the next 15 bits.
struct DecodingTable {
  std::array<std::uint16_t, std::size_t{1} << longest_code> symbol;
  Lengths lengths;
};

Result<void> read_table(std::string_view bytes, DecodingTable& table) {
  for (std::size_t i = 0; i < table_bytes; ++i) {
    auto const pair = static_cast<unsigned char>(bytes[i]);
    table.lengths[2 * i] = pair & 0x0F;
    table.lengths[2 * i + 1] = pair >> 4;
  }
  std::size_t filled = 0;
  for (unsigned const symbol : in_code_order(table.lengths)) {
    std::size_t const entries = std::size_t{1} << (longest_code - table.lengths[symbol]);
    if (filled + entries > table.symbol.size()) return fail("its Huffman codes contradict each other");
    std::fill_n(table.symbol.begin() + static_cast<std::ptrdiff_t>(filled), entries,
                static_cast<std::uint16_t>(symbol));
    filled += entries;
  }
  if (filled != table.symbol.size()) return fail("its Huffman codes are not complete");
  return {};
}

std::size_t read_length(BitReader& reader, unsigned symbol) {
  std::size_t const low = symbol & 0x0F;
  if (low < lengths_in_symbol) return low + shortest_match;
  std::size_t const more = reader.byte();
  if (more < lengths_in_byte) return more + lengths_in_symbol + shortest_match;
  std::size_t length = reader.word();
  if (length == 0) length = reader.word() | std::size_t{reader.word()} << word_bits;
  return length + shortest_match;
}

Result<void> unpack(std::string_view packed, std::size_t size, DecodingTable& table, std::string& out) {
  if (packed.size() < table_bytes + 2 * sizeof(std::uint16_t)) return fail("it is too short");
  if (auto read = read_table(packed, table); !read) return read;
  BitReader reader(packed.substr(table_bytes));
  std::size_t const begin = out.size();
  std::size_t const end = begin + size;
  while (out.size() < end) {
    unsigned const symbol = table.symbol[reader.peek(longest_code)];
    reader.skip(table.lengths[symbol]);
    if (reader.missing()) return fail("it ends too early");
    if (symbol < end_symbol) {
      out += static_cast<char>(symbol);
      continue;
    }
    std::size_t const length = read_length(reader, symbol - end_symbol);
    unsigned const bits = (symbol - end_symbol) >> 4;
    std::size_t const offset = (std::size_t{1} << bits) + reader.take(bits);
    if (offset > out.size() - begin) return fail("it copies from before its beginning");
    if (length > end - out.size()) return fail("it is larger than it says");
    for (std::size_t i = 0; i < length; ++i) out += out[out.size() - offset];
  }
  return {};
}

}  // namespace

std::string compress(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() / 2);
  while (!bytes.empty()) {
    auto const block = bytes.substr(0, block_bytes);
    bytes.remove_prefix(block.size());
    std::string const packed = block.size() > table_bytes ? pack(block) : std::string(block);
    auto const smaller = packed.size() < block.size() ? std::string_view(packed) : block;
    append_word(out, static_cast<std::uint16_t>(block.size() - 1));
    append_word(out, static_cast<std::uint16_t>(smaller.size() - 1));
    out += smaller;
  }
  return out;
}

Result<std::string> decompress(std::string_view blocks, std::size_t most_bytes) {
  std::string out;
  DecodingTable table;
  while (!blocks.empty()) {
    if (blocks.size() < header_bytes) return fail("a compressed block has no whole header");
    std::size_t const size = std::size_t{read_word(blocks.data())} + 1;
    std::size_t const packed = std::size_t{read_word(blocks.data() + 2)} + 1;
    blocks.remove_prefix(header_bytes);
    if (packed > blocks.size()) return fail("a compressed block is cut off");
    if (size > most_bytes - std::min(most_bytes, out.size()))
      return fail("the compressed data is larger than is allowed");
    if (packed == size) {
      out += blocks.substr(0, size);
    } else if (auto unpacked = unpack(blocks.substr(0, packed), size, table, out); !unpacked) {
      return fail("a compressed block is damaged: " + unpacked.error().message);
    }
    blocks.remove_prefix(packed);
  }
  return out;
}

}  // namespace winrm::xpress
