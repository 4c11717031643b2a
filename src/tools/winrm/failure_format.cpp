#include "tools/winrm/failure_format.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "tools/common/printable.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

/// What a service would have sent, for a failure that is our own.
std::string own_fault_xml(client::Failure const& failure, std::string_view machine) {
  std::string xml;
  xml::Writer writer(xml);
  writer.open("f:WSManFault").declare("f", ns::fault);
  writer.attribute("Code", std::to_string(failure.code()));
  writer.attribute("Machine", machine.empty() ? "localhost" : machine);
  writer.element("f:Message", failure.text()).close();
  return xml;
}

std::string formatted(std::string const& xml, Format format) {
  auto const document = xml::Document::parse(xml);
  return document ? format_element(document->root(), format) : std::string{};
}

}  // namespace

std::string format_failure(client::Failure const& failure, Format format, std::string_view machine) {
  auto out =
      formatted(failure.fault_xml().empty() ? own_fault_xml(failure, machine) : failure.fault_xml(), format);
  if (format == Format::json) return out;  // one object and nothing else, for scripts
  auto const code = client::to_hresult(failure.code());
  if (code != 0)
    out += fmt::format("\nError number:  {} 0x{:08X}\n", static_cast<std::int32_t>(code), code);
  else
    out += "\n";
  return out.append(printable(failure.text())).append("\n");
}

std::optional<std::uint32_t> parse_code(std::string_view text) {
  bool const hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  auto const digits = hexadecimal ? text.substr(2) : text;
  std::int64_t value = 0;
  auto const [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  bool const whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!whole || value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  if (hexadecimal && digits.starts_with('-')) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

}  // namespace winrm::tools::winrm_tool
