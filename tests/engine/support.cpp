#include "engine/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "wsman/encoding.hpp"
#include "xml/names.hpp"

namespace winrm::engine::test {
namespace {

constexpr std::chrono::seconds patience{30};

constexpr std::string_view envelope_start =
    R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
    R"(xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" )"
    R"(xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" )"
    R"(xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" )"
    R"(xmlns:b="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd" )"
    R"(xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Header>)";

Reply read_answer(Answer answer, wsman::Encoding encoding) {
  Reply reply;
  reply.status = answer.http_status;
  reply.bytes = std::move(answer.message);
  if (reply.bytes.empty()) return reply;
  reply.text = wsman::decode_message(reply.bytes, encoding).value();
  auto document = xml::Document::parse(reply.text);
  if (!document) throw std::runtime_error("the answer is not XML: " + document.error().message);
  reply.document = std::make_shared<xml::Document>(*std::move(document));
  return reply;
}

xml::Element soap_body(Reply const& reply) {
  if (!reply.document) return {};
  return reply.document->root().child(ns::soap, "Body");
}

xml::Element fault_detail_element(Reply const& reply) {
  return soap_body(reply).child(ns::soap, "Fault").child(ns::soap, "Detail");
}

}  // namespace

std::string RequestText::text() const {
  std::string out(envelope_start);
  out += fmt::format("<a:Action s:mustUnderstand=\"true\">{}</a:Action>", action);
  out += fmt::format("<a:MessageID>{}</a:MessageID><a:To>http://host:5985/wsman</a:To>", message_id);
  out +=
      "<a:ReplyTo><a:Address s:mustUnderstand=\"true\">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/"
      "anonymous</a:Address></a:ReplyTo>";
  if (!resource_uri.empty()) {
    out += fmt::format("<w:ResourceURI s:mustUnderstand=\"true\">{}</w:ResourceURI>", resource_uri);
  }
  if (!selectors.empty()) {
    out += "<w:SelectorSet>";
    for (auto const& [name, value] : selectors) {
      out += fmt::format("<w:Selector Name=\"{}\">{}</w:Selector>", name, value);
    }
    out += "</w:SelectorSet>";
  }
  return out + headers + "</s:Header><s:Body>" + body + "</s:Body></s:Envelope>";
}

RequestText& RequestText::with_timeout(std::string_view duration) {
  headers += fmt::format("<w:OperationTimeout>{}</w:OperationTimeout>", duration);
  return *this;
}

RequestText& RequestText::with_envelope(std::size_t bytes) {
  headers += fmt::format("<w:MaxEnvelopeSize s:mustUnderstand=\"true\">{}</w:MaxEnvelopeSize>", bytes);
  return *this;
}

RequestText& RequestText::with_option(std::string_view name, std::string_view value, bool must_comply) {
  headers += fmt::format("<w:OptionSet><w:Option Name=\"{}\"{}>{}</w:Option></w:OptionSet>", name,
                         must_comply ? " MustComply=\"true\"" : "", value);
  return *this;
}

xml::Element Reply::body() const { return soap_body(*this).first_child(); }

xml::Element Reply::header(std::string_view ns, std::string_view name) const {
  return document ? document->root().child(ns::soap, "Header").child(ns, name) : xml::Element();
}

std::string Reply::fault_code() const {
  return fault_detail_element(*this).child(ns::fault, "WSManFault").attribute("", "Code").value_or("");
}

std::string Reply::fault_subcode() const {
  return soap_body(*this)
      .child(ns::soap, "Fault")
      .child(ns::soap, "Code")
      .child(ns::soap, "Subcode")
      .child(ns::soap, "Value")
      .trimmed_text();
}

std::string Reply::fault_detail() const {
  std::string const uri = fault_detail_element(*this).child(ns::wsman, "FaultDetail").trimmed_text();
  return uri.substr(uri.rfind('/') + 1);
}

auth::Principal test_principal() {
  return auth::PrincipalMint::mint("HOST\\alice", system::current_account(), auth::Scheme::negotiate,
                                   {Sid::administrators()});
}

ClientFacts test_client() {
  return {.address = "192.0.2.7",
          .host_used = "host.example.test:5985",
          .url = "http://host.example.test:5985/wsman",
          .over_tls = false};
}

bool Pending::ready(Milliseconds wait) const { return answer.wait_for(wait) == std::future_status::ready; }

Reply Pending::reply() {
  if (answer.wait_for(patience) != std::future_status::ready) throw std::runtime_error("no answer came");
  return read_answer(answer.get(), encoding);
}

Pending start(Dispatcher& dispatcher, std::string const& utf8, wsman::Encoding encoding) {
  auto promise = std::make_shared<std::promise<Answer>>();
  Pending pending;
  pending.answer = promise->get_future();
  pending.encoding = encoding;
  pending.call = dispatcher.dispatch({.bytes = wsman::encode_message(utf8, encoding), .encoding = encoding},
                                     test_principal(), test_client(),
                                     [promise](Answer answer) { promise->set_value(std::move(answer)); });
  return pending;
}

}  // namespace winrm::engine::test
