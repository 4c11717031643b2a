#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct PageFileUsage {
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t used = 0;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::PageFileUsage> = [] {
  using P = winrm::providers::PageFileUsage;
  using std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_PageFileUsage", "CIM_LogicalElement")
          .described("A swap file or partition in use (/proc/swaps)."),
      key<&P::name>("Name").case_exact(),
      prop<&P::size>("AllocatedBaseSize").units("megabytes"),
      prop<&P::name>("Caption"),
      prop<&P::used>("CurrentUsage").units("megabytes"),
      prop<&P::name>("Description"),
      unknown<uint32_t>("PeakUsage").units("megabytes"), unknown<bool>("TempPageFile"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace text = system::text;

/// The kernel writes blanks in paths as octal numbers: "\040".
std::string unescaped(std::string_view path) {
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    unsigned code = 0;
    bool is_escape = path[i] == '\\' && path.size() - i >= 4;
    for (std::size_t digit = 1; is_escape && digit < 4; ++digit) {
      is_escape = path[i + digit] >= '0' && path[i + digit] <= '7';
      code = code * 8 + static_cast<unsigned>(path[i + digit] - '0');
    }
    plain += is_escape ? static_cast<char>(code) : path[i];
    if (is_escape) i += 3;
  }
  return plain;
}

cim::Generator<PageFileUsage> enumerate(Host const& host, cim::Query const&) {
  std::string content;
  if (!host.read("/proc/swaps", content)) co_return;
  std::string_view rest = content;
  (void)text::next_line(rest);  // the headings
  while (auto line = text::next_line(rest)) {
    PageFileUsage row;
    row.name = unescaped(text::next_word(*line));
    (void)text::next_word(*line);  // file or partition
    // In kilobytes.
    auto const size = text::number(text::next_word(*line));
    auto const used = text::number(text::next_word(*line));
    if (!size || !used) continue;
    row.size = static_cast<std::uint32_t>(*size / 1024);
    row.used = static_cast<std::uint32_t>(*used / 1024);
    co_yield row;
  }
}

}  // namespace

void add_page_file_usage(cim::Registry& registry) { registry.add<PageFileUsage>({.enumerate = enumerate}); }

}  // namespace winrm::providers
