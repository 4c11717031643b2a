#include "client/failure.hpp"

#include <algorithm>

#include "client/error_code_table.hpp"
#include "wsman/fault.hpp"

namespace winrm::client {
namespace {

constexpr std::uint32_t operation_timed_out = 0x80338029;
/// HRESULT_FROM_WIN32: severity 1, facility 7, the error in the low half.
constexpr std::uint32_t hresult_of_win32 = 0x80070000;
constexpr std::uint32_t win32_mask = 0xFFFF;

std::string_view text_of(std::uint32_t code) {
  auto const& table = error_codes::table;
  auto const row = std::ranges::lower_bound(table, code, {}, &ErrorCodeRow::code);
  if (row != table.end() && row->code == code) return row->text;
  auto const* fault = wsman::find_fault(code);
  return fault == nullptr ? std::string_view{} : fault->text;
}

}  // namespace

std::span<ErrorCodeRow const> error_code_table() { return error_codes::table; }

std::string_view describe_code(std::uint32_t code) {
  auto const bare = (code & ~win32_mask) == hresult_of_win32 ? code & win32_mask : code;
  auto const text = text_of(bare);
  return text.empty() ? text_of(to_hresult(bare)) : text;
}

Failure Failure::from_fault(std::uint32_t code, std::string text, std::string xml) {
  Failure failure(Kind::fault, code, std::move(text));
  failure.fault_xml_ = std::move(xml);
  return failure;
}

std::uint32_t to_hresult(std::uint32_t code) {
  return code != 0 && code <= win32_mask ? hresult_of_win32 | code : code;
}

bool Failure::is_operation_timeout() const noexcept {
  return kind_ == Kind::fault && code_ == operation_timed_out;
}

}  // namespace winrm::client
