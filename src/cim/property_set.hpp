#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace winrm::cim {

/// Which properties of one class: bit i is the class's property i (Class::properties()[…].index).
class PropertySet {
 public:
  static constexpr std::size_t capacity = 256;

  [[nodiscard]] static constexpr PropertySet all() {
    PropertySet set;
    for (auto& word : set.words_) word = ~std::uint64_t{0};
    return set;
  }
  constexpr void add(std::size_t index) { words_[index / 64] |= std::uint64_t{1} << (index % 64); }
  [[nodiscard]] constexpr bool has(std::size_t index) const {
    return (words_[index / 64] >> (index % 64) & 1) != 0;
  }
  [[nodiscard]] constexpr bool intersects(PropertySet const& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i] & other.words_[i]) != 0) return true;
    }
    return false;
  }
  constexpr PropertySet& operator|=(PropertySet const& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  [[nodiscard]] constexpr bool empty() const { return *this == PropertySet(); }
  friend constexpr bool operator==(PropertySet const&, PropertySet const&) = default;

 private:
  std::array<std::uint64_t, capacity / 64> words_{};
};

}  // namespace winrm::cim
