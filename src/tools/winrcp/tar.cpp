#include "tools/winrcp/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace winrm::tools::winrcp_tool {
namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t longest_text = 64 * 1024;

/// Offset and size of the fields that are used (POSIX pax, "ustar Interchange Format").
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field modified_field{136, 12};
constexpr Field checksum_field{148, 8};
constexpr Field type_field{156, 1};
constexpr Field magic_field{257, 8};
constexpr Field prefix_field{345, 155};

constexpr char type_file = '0';
constexpr char type_directory = '5';
constexpr char type_pax = 'x';
constexpr char type_long_name = 'L';

void put(std::string& block, Field field, std::string_view text) {
  block.replace(field.at, std::min(field.size, text.size()), text.substr(0, field.size));
}

void put_number(std::string& block, Field field, std::uint64_t number) {
  put(block, field, fmt::format("{:0{}o}", number, field.size - 1));
}

std::string_view text_of(std::string_view block, Field field) {
  auto const text = block.substr(field.at, field.size);
  return text.substr(0, text.find('\0'));
}

Result<std::uint64_t> number_of(std::string_view block, Field field) {
  auto text = text_of(block, field);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find(' '));
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
  if (error != std::errc{} || end != text.data() + text.size()) return fail("a number in it is damaged");
  return number;
}

std::uint64_t checksum_of(std::string block) {
  block.replace(checksum_field.at, checksum_field.size, checksum_field.size, ' ');
  return std::accumulate(block.begin(), block.end(), std::uint64_t{0},
                         [](std::uint64_t sum, char c) { return sum + static_cast<unsigned char>(c); });
}

std::string header_block(std::string_view name, char type, std::uint64_t size, Entry const& entry) {
  std::string block(block_bytes, '\0');
  put(block, name_field, name);
  put_number(block, mode_field, entry.mode & 07777U);
  put_number(block, uid_field, 0);
  put_number(block, gid_field, 0);
  put_number(block, size_field, size);
  put_number(block, modified_field, static_cast<std::uint64_t>(std::max<std::int64_t>(entry.modified, 0)));
  put(block, type_field, std::string_view(&type, 1));
  put(block, magic_field, std::string_view("ustar\00000", 8));
  put(block, checksum_field, fmt::format("{:06o}", checksum_of(block)));
  block[checksum_field.at + 6] = '\0';
  block[checksum_field.at + 7] = ' ';
  return block;
}

/// "LENGTH path=NAME\n", the length counting itself.
std::string path_record(std::string_view name) {
  std::size_t const rest = name.size() + std::string_view(" path=\n").size();
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest > length) ++length;
  return fmt::format("{} path={}\n", length, name);
}

std::string path_in(std::string_view records) {
  while (!records.empty()) {
    std::size_t length = 0;
    auto const [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    auto const digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc{} || length <= digits + 1 || length > records.size()) return {};
    auto const record = records.substr(digits + 1, length - digits - 2);
    if (record.starts_with("path=")) return std::string(record.substr(5));
    records.remove_prefix(length);
  }
  return {};
}

}  // namespace

std::string tar_header(std::string_view name, Entry const& entry) {
  std::string header;
  if (name.size() > name_field.size) {
    auto const record = path_record(name);
    header =
        header_block("././@PaxHeader", type_pax, record.size(), entry) + record + tar_padding(record.size());
  }
  char const type = entry.directory ? type_directory : type_file;
  return header + header_block(name, type, entry.directory ? 0 : entry.size, entry);
}

std::string tar_padding(std::uint64_t size) {
  return std::string((block_bytes - size % block_bytes) % block_bytes, '\0');
}

std::string tar_end() { return std::string(2 * block_bytes, '\0'); }

Result<void> TarReader::feed(std::string_view bytes) {
  while (!bytes.empty() && !complete_) {
    if (left_ > 0) {
      auto const part = bytes.substr(0, left_);
      take_content(part);
      bytes.remove_prefix(part.size());
      left_ -= part.size();
      if (left_ == 0) end_content();
    } else if (padding_ > 0) {
      auto const part = bytes.substr(0, padding_);
      bytes.remove_prefix(part.size());
      padding_ -= part.size();
    } else {
      auto const part = bytes.substr(0, block_bytes - block_.size());
      block_ += part;
      bytes.remove_prefix(part.size());
      if (block_.size() < block_bytes) return {};
      auto const block = std::exchange(block_, {});
      if (auto read = read_header(block); !read) return read;
    }
  }
  return {};
}

Result<void> TarReader::read_header(std::string_view block) {
  if (block.find_first_not_of('\0') == std::string_view::npos) {
    complete_ = true;
    return {};
  }
  auto const checksum = number_of(block, checksum_field);
  if (!checksum || *checksum != checksum_of(std::string(block))) return fail("a header of it is damaged");
  auto const size = number_of(block, size_field);
  if (!size) return tl::unexpected(size.error());
  char const type = block[type_field.at];
  bool const is_file = type == type_file || type == '\0';
  bool const is_text = type == type_long_name || type == type_pax;
  if (is_text && *size > longest_text) return fail("a name in it is too long");
  left_ = *size;
  padding_ = tar_padding(*size).size();
  text_.clear();
  content_ = is_file ? Content::file : Content::other;
  if (type == type_long_name) content_ = Content::name;
  if (type == type_pax) content_ = Content::pax;
  if (is_file) {
    auto name = std::exchange(long_name_, {});
    if (name.empty()) {
      auto const prefix = block.substr(magic_field.at, 6) == std::string_view("ustar\0", 6)
                              ? text_of(block, prefix_field)
                              : std::string_view{};
      name = prefix.empty() ? std::string(text_of(block, name_field))
                            : fmt::format("{}/{}", prefix, text_of(block, name_field));
    }
    handler_.begin(name, *size);
  } else if (!is_text) {
    long_name_.clear();
  }
  if (left_ == 0) end_content();
  return {};
}

void TarReader::take_content(std::string_view bytes) {
  if (content_ == Content::file) handler_.bytes(bytes);
  if (content_ == Content::name || content_ == Content::pax) text_ += bytes;
}

void TarReader::end_content() {
  if (content_ == Content::file) handler_.end();
  if (content_ == Content::name) long_name_ = text_.substr(0, text_.find('\0'));
  if (content_ == Content::pax)
    if (auto path = path_in(text_); !path.empty()) long_name_ = std::move(path);
}

}  // namespace winrm::tools::winrcp_tool
