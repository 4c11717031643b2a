#include "service/front/identify_answers.hpp"

#include "wsman/request.hpp"
#include "wsman/response.hpp"

namespace winrm::service::front {

namespace {

/// No client's Identify is longer; everything longer is a host's to read.
constexpr std::size_t longest_identify = 4096;
/// In UTF-16 the letters of the name are apart.
constexpr std::string_view name_utf8 = "Identify";
constexpr std::string_view name_utf16("I\0d\0e\0n\0t\0i\0f\0y", 15);

std::size_t index(wsman::Encoding encoding) { return encoding == wsman::Encoding::utf16 ? 1 : 0; }

bool mentions_identify(std::string_view message, wsman::Encoding encoding) {
  return message.find(encoding == wsman::Encoding::utf16 ? name_utf16 : name_utf8) != std::string_view::npos;
}

}  // namespace

IdentifyAnswers::IdentifyAnswers() {
  for (bool const authenticated : {false, true})
    for (auto const encoding : {wsman::Encoding::utf8, wsman::Encoding::utf16})
      answers_[authenticated ? 1 : 0][index(encoding)] =
          wsman::encode_message(wsman::write_identify_response(authenticated), encoding);
}

std::string const& IdentifyAnswers::answer(bool authenticated, wsman::Encoding encoding) const {
  return answers_[authenticated ? 1 : 0][index(encoding)];
}

bool IdentifyRecogniser::is_identify(std::string_view message, wsman::Encoding encoding) {
  if (message.size() > longest_identify) return false;
  if (encoding == last_encoding_ && message == last_) return true;
  if (!mentions_identify(message, encoding)) return false;
  auto const utf8 = wsman::decode_message(message, encoding);
  if (!utf8 || !wsman::is_identify(*utf8)) return false;
  last_.assign(message);
  last_encoding_ = encoding;
  return true;
}

}  // namespace winrm::service::front
