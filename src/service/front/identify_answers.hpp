#pragma once

#include <array>
#include <string>
#include <string_view>

#include "wsman/encoding.hpp"

namespace winrm::service::front {

/// The answers to Identify, written once at start.
class IdentifyAnswers {
 public:
  IdentifyAnswers();
  [[nodiscard]] std::string const& answer(bool authenticated, wsman::Encoding encoding) const;

 private:
  std::array<std::array<std::string, 2>, 2> answers_;
};

/// Tells Identify requests from others. Clients repeat theirs byte for byte, so the last one that was read is
/// recognised without reading it again. One thread only.
class IdentifyRecogniser {
 public:
  [[nodiscard]] bool is_identify(std::string_view message, wsman::Encoding encoding);

 private:
  std::string last_;
  wsman::Encoding last_encoding_ = wsman::Encoding::utf8;
};

}  // namespace winrm::service::front
