#include <sys/utsname.h>

#include <string>

#include "wsman/request.hpp"
#include "wsman/request_writer.hpp"
#include "wsman/response.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::wsman {
namespace {

constexpr std::string_view vendor = "OpenWinRM";
constexpr std::string_view stack = "SP: 0.0 Stack: 3.0";
constexpr std::string_view masked_version = "0.0.0";

/// Identify is read before anyone logged on: what is larger is not one, whatever it holds.
constexpr std::size_t largest_identify = 4096;
constexpr xml::Limits identify_limits{.depth = 8, .attributes_per_element = 32, .elements = 32};

/// "6.1.0" of "6.1.0-18-amd64".
std::string kernel_numbers() {
  utsname names{};
  if (uname(&names) != 0) return std::string(masked_version);
  std::string_view const release = names.release;
  return std::string(release.substr(0, release.find_first_not_of("0123456789.")));
}

bool has_addressing_header(xml::Element const& headers) {
  for (xml::Element const block : headers.children()) {
    if (block.ns() == ns::addressing) return true;
  }
  return false;
}

std::string make_identify_response(std::string_view system_version) {
  std::string out;
  xml::Writer writer(out);
  writer.open("s:Envelope").attribute("xml:lang", "en-US").declare("s", ns::soap);
  writer.open("s:Header").close().open("s:Body");
  writer.open("wsmid:IdentifyResponse").declare("wsmid", ns::identity);
  writer.element("wsmid:ProtocolVersion", ns::wsman);
  writer.element("wsmid:ProductVendor", vendor);
  writer.element("wsmid:ProductVersion",
                 std::string("OS: ").append(system_version).append(" ").append(stack));
  writer.close().close().close();
  return out;
}

}  // namespace

bool is_identify(std::string_view utf8) {
  if (utf8.size() > largest_identify || utf8.find("Identify") == std::string_view::npos) return false;
  auto const document = xml::Document::parse(utf8, identify_limits);
  if (!document || !document->root().is(ns::soap, "Envelope")) return false;
  xml::Element const body = document->root().child(ns::soap, "Body");
  return body.first_child().is(ns::identity, "Identify") &&
         !has_addressing_header(document->root().child(ns::soap, "Header"));
}

std::string write_identify_response(bool authenticated) {
  static std::string const full = make_identify_response(kernel_numbers());
  static std::string const masked = make_identify_response(masked_version);
  return authenticated ? full : masked;
}

std::string write_identify_request() {
  std::string out;
  xml::Writer writer(out);
  writer.open("s:Envelope").declare("s", ns::soap).declare("wsmid", ns::identity);
  writer.empty("s:Header").open("s:Body").empty("wsmid:Identify").close().close();
  return out;
}

}  // namespace winrm::wsman
