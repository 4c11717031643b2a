#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/principal.hpp"
#include "engine/dispatcher.hpp"
#include "xml/document.hpp"

/// What the tests of the engine and of its plug-ins share: requests as clients write them, and answers read.
namespace winrm::engine::test {

/// A request, field by field; text() is what goes over the wire in UTF-8.
struct RequestText {
  std::string action;
  std::string resource_uri;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> selectors = {};
  std::string headers = {};  ///< further header blocks, as XML
  std::string message_id = "uuid:0A8B6C2E-3D0F-4A51-9C7B-5E2F1D4A7B60";

  [[nodiscard]] std::string text() const;
  RequestText& with_timeout(std::string_view duration);
  RequestText& with_envelope(std::size_t bytes);
  RequestText& with_option(std::string_view name, std::string_view value, bool must_comply = false);
};

/// One answer, parsed.
struct Reply {
  int status = 0;
  std::string bytes;  ///< as sent
  std::string text;   ///< UTF-8
  std::shared_ptr<xml::Document> document;

  [[nodiscard]] xml::Element body() const;  ///< the SOAP Body's first child
  [[nodiscard]] xml::Element header(std::string_view ns, std::string_view name) const;
  [[nodiscard]] std::string fault_code() const;     ///< WSManFault Code, "" when it is no fault
  [[nodiscard]] std::string fault_subcode() const;  ///< "w:TimedOut"
  [[nodiscard]] std::string fault_detail() const;   ///< last part of the FaultDetail URI
};

[[nodiscard]] auth::Principal test_principal();
[[nodiscard]] ClientFacts test_client();

/// A message that was dispatched, and its answer when it comes.
struct Pending {
  std::shared_ptr<Call> call;
  std::future<Answer> answer;
  wsman::Encoding encoding = wsman::Encoding::utf8;

  [[nodiscard]] bool ready(Milliseconds wait = Milliseconds{0}) const;
  /// Waits; fails the test after ten seconds.
  [[nodiscard]] Reply reply();
};

[[nodiscard]] Pending start(Dispatcher& dispatcher, std::string const& utf8,
                            wsman::Encoding encoding = wsman::Encoding::utf8);
[[nodiscard]] inline Pending start(Dispatcher& dispatcher, RequestText const& request) {
  return start(dispatcher, request.text());
}
[[nodiscard]] inline Reply ask(Dispatcher& dispatcher, RequestText const& request) {
  return start(dispatcher, request.text()).reply();
}

}  // namespace winrm::engine::test
