#pragma once

#include <memory>
#include <utility>

namespace winrm::cim {

template <class Signature>
class BoundFunction;

/// A plain function and the immutable context it is called with; empty until it is given both. What
/// std::function does, without a manager of its own for every lambda: each class makes half a dozen of them,
/// and they were a fifth of the time it took to compile a class.
template <class Return, class... Arguments>
class BoundFunction<Return(Arguments...)> {
 public:
  using Code = Return (*)(void const* context, Arguments... arguments);

  BoundFunction() = default;
  BoundFunction(std::shared_ptr<void const> context, Code code) : context_(std::move(context)), code_(code) {}

  [[nodiscard]] explicit operator bool() const noexcept { return code_ != nullptr; }
  Return operator()(Arguments... arguments) const {
    return code_(context_.get(), std::forward<Arguments>(arguments)...);
  }

 private:
  std::shared_ptr<void const> context_;
  Code code_ = nullptr;
};

}  // namespace winrm::cim
