#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace winrm {

/// What went wrong, in words for the person who has to mend it: what, where, and what to do next.
struct Error {
  std::string message;
};

/// A value, or the reason there is none. Decoders of untrusted bytes return this and never throw.
template <class T, class E = Error>
using Result = tl::expected<T, E>;

/// Makes the failed state of any Result<T>.
inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace winrm
