#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/smbios.hpp"

namespace winrm::providers {

namespace {

struct BaseBoard {
  std::string tag;
  std::optional<std::string> manufacturer;
  std::optional<std::string> product;
  std::optional<std::string> version;
  std::optional<std::string> serial_number;
  std::optional<std::string> asset_tag;
  std::optional<bool> is_hosting;
  std::optional<bool> needs_daughter;
  std::optional<bool> removable;
  std::optional<bool> replaceable;
  std::optional<bool> hot_swappable;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::BaseBoard> = [] {
  using B = winrm::providers::BaseBoard;
  using std::string, std::string_view, std::vector;
  return describe(
      ClassName("root/cimv2", "Win32_BaseBoard", "CIM_Card")
          .described("A circuit board that SMBIOS knows. None where there is no SMBIOS."),
      key<&B::tag>("Tag"),
      constant<string_view>("Caption", "Base Board"),
      constant<string_view>("CreationClassName", "Win32_BaseBoard"),
      constant<string_view>("Description", "Base Board"),
      prop<&B::is_hosting>("HostingBoard"),
      prop<&B::hot_swappable>("HotSwappable"),
      prop<&B::manufacturer>("Manufacturer"),
      constant<string_view>("Name", "Base Board"),
      prop<&B::asset_tag>("OtherIdentifyingInfo").described("The asset tag."),
      constant<bool>("PoweredOn", true),
      prop<&B::product>("Product"),
      prop<&B::removable>("Removable"),
      prop<&B::replaceable>("Replaceable"),
      prop<&B::needs_daughter>("RequiresDaughterBoard"),
      prop<&B::serial_number>("SerialNumber"),
      prop<&B::version>("Version"),
      unknown<vector<string>>("ConfigOptions"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::dmi;
using system::Host;
namespace smbios = system::smbios;

/// DSP0134 7.3.
BaseBoard from_structure(smbios::Structure const& board, std::size_t index) {
  BaseBoard row;
  row.tag = index == 0 ? "Base Board" : "Base Board " + std::to_string(index);
  row.manufacturer = board.text(0x04);
  row.product = board.text(0x05);
  row.version = board.text(0x06);
  row.serial_number = board.text(0x07);
  row.asset_tag = board.text(0x08);
  if (auto const features = board.byte(0x09)) {
    row.is_hosting = (*features & 1) != 0;
    row.needs_daughter = (*features & 2) != 0;
    row.removable = (*features & 4) != 0;
    row.replaceable = (*features & 8) != 0;
    row.hot_swappable = (*features & 16) != 0;
  }
  return row;
}

/// What the kernel shows of the first board, to every account.
std::optional<BaseBoard> from_kernel(Host const& host) {
  BaseBoard row;
  row.tag = "Base Board";
  row.manufacturer = dmi(host, "board_vendor");
  row.product = dmi(host, "board_name");
  row.version = dmi(host, "board_version");
  row.serial_number = dmi(host, "board_serial");
  row.asset_tag = dmi(host, "board_asset_tag");
  if (!row.manufacturer && !row.product) return std::nullopt;
  return row;
}

cim::Generator<BaseBoard> enumerate(Host const& host, cim::Query const&) {
  auto const tables = smbios::read(host);
  auto const boards = tables.all(smbios::Type::base_board);
  for (std::size_t i = 0; i < boards.size(); ++i) {
    auto const row = from_structure(*boards[i], i);
    co_yield row;
  }
  if (!boards.empty()) co_return;
  auto const row = from_kernel(host);
  if (row) co_yield *row;
}

}  // namespace

void add_base_board(cim::Registry& registry) { registry.add<BaseBoard>({.enumerate = enumerate}); }

}  // namespace winrm::providers
