#include "wsman/selectors.hpp"

#include <algorithm>
#include <utility>

#include "base/unicode.hpp"

namespace winrm::wsman {
namespace {

template <class Item>
Item const* find_by_name(std::vector<Item> const& items, std::string_view name) {
  auto const found = std::find_if(items.begin(), items.end(), [name](Item const& item) {
    return unicode::equals_ignoring_case(item.name, name);
  });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

void SelectorSet::add(Selector selector) { selectors_.push_back(std::move(selector)); }

void SelectorSet::add(std::string name, std::string value) { add({std::move(name), std::move(value), {}}); }

Selector const* SelectorSet::find(std::string_view name) const { return find_by_name(selectors_, name); }

std::optional<std::string_view> SelectorSet::value_of(std::string_view name) const {
  Selector const* const found = find(name);
  if (found == nullptr || !found->reference.empty()) return std::nullopt;
  return found->value;
}

Option const* OptionSet::find(std::string_view name) const { return find_by_name(options_, name); }

bool OptionSet::flag(std::string_view name, bool otherwise) const {
  Option const* const found = find(name);
  if (found == nullptr) return otherwise;
  if (unicode::equals_ignoring_case(found->value, "true") || found->value == "1") return true;
  if (unicode::equals_ignoring_case(found->value, "false") || found->value == "0") return false;
  return otherwise;
}

}  // namespace winrm::wsman
