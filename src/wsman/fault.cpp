#include "wsman/fault.hpp"

#include <utility>

#include "wsman/fault_table.hpp"

namespace winrm::wsman {

std::span<FaultRow const> fault_table() { return rows::table; }

FaultRow const* find_fault(std::uint32_t code) {
  auto const found =
      std::lower_bound(rows::table.begin(), rows::table.end(), code,
                       [](FaultRow const& row, std::uint32_t wanted) { return row.code < wanted; });
  return found != rows::table.end() && found->code == code ? &*found : nullptr;
}

Fault::Fault(FaultRow const& row, std::string text)
    : row_(&row), code_(row.code), text_(text.empty() ? std::string(row.text) : std::move(text)) {}

Fault&& Fault::from_provider(std::string provider, std::string path) && {
  provider_ = std::move(provider);
  provider_path_ = std::move(path);
  return std::move(*this);
}

Fault&& Fault::nested_in_provider(std::string provider, std::string path) && {
  nested_ = true;
  return std::move(*this).from_provider(std::move(provider), std::move(path));
}

Fault&& Fault::with_code(std::uint32_t code) && {
  if (code != 0) code_ = code;
  return std::move(*this);
}

Fault&& Fault::with_header(std::string_view xml) && {
  header_xml_ += xml;
  return std::move(*this);
}

Fault&& Fault::with_detail(std::string_view xml) && {
  detail_xml_ += xml;
  return std::move(*this);
}

Fault&& Fault::relating_to(std::string message_id) && {
  relates_to_ = std::move(message_id);
  return std::move(*this);
}

}  // namespace winrm::wsman
