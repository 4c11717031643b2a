#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace winrm::cim {

/// A lazily filled sequence of rows: the body of a provider's coroutine runs only as far as the next row that
/// is asked for, so memory does not grow with their number. Movable, used by one thread at a time.
///
/// Rows are yielded by name (`co_yield row;`), never as temporaries: a row must outlive the suspension, and
/// g++ 12 destroys aggregate temporaries of a co_yield expression twice (docs/common-errors.md).
template <class Row>
class Generator {
 public:
  struct promise_type {
    Row const* current = nullptr;
    std::exception_ptr failure;

    Generator get_return_object() { return Generator(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(Row const& row) noexcept {
      current = &row;
      return {};
    }
    std::suspend_always yield_value(Row const&& row) = delete;
    void return_void() noexcept {}
    void unhandled_exception() noexcept { failure = std::current_exception(); }
    /// A provider is plain blocking code: it has nothing to wait for.
    template <class Anything>
    void await_transform(Anything&&) = delete;
  };

  Generator(Generator&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Generator& operator=(Generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Generator() {
    if (handle_) handle_.destroy();
  }

  /// The next row, or null at the end; valid until the next call. Throws what the body threw.
  [[nodiscard]] Row const* next() {
    if (!handle_ || handle_.done()) return nullptr;
    handle_.promise().current = nullptr;
    handle_.resume();
    if (handle_.promise().failure) std::rethrow_exception(std::exchange(handle_.promise().failure, {}));
    return handle_.promise().current;
  }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Generator(Handle handle) noexcept : handle_(handle) {}
  Handle handle_;
};

}  // namespace winrm::cim
