#include "plugins/wmi/instance.hpp"

#include <fmt/format.h>

#include <exception>

#include "wsman/fault.hpp"

namespace winrm::plugins::wmi {

namespace {

std::string in_words(wsman::SelectorSet const& selectors) {
  std::string text;
  for (auto const& selector : selectors) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", selector.name,
                        selector.reference.empty() ? "\"" + selector.value + "\"" : "a reference");
  }
  return text;
}

wsman::Fault no_such_instance(cim::Class const& asked, wsman::SelectorSet const& selectors) {
  return wsman::faults::instance_not_found(
      has_keys(selectors) ? fmt::format("There is no {} with {}: enumerate the class to see which there are.",
                                        asked.name(), in_words(selectors))
                          : fmt::format("There is no {} on this host.", asked.name()));
}

}  // namespace

void visit_instance(Context const& context, wsman::Request const& request, Wanted const& wanted,
                    VisitInstance const& visit) {
  auto const resource = read_resource(request.resource_uri, request.selectors);
  visit_instance(context, find_class(context.registry, resource), request.selectors, wanted, visit);
}

void visit_instance(Context const& context, cim::Class const& asked, wsman::SelectorSet const& selectors,
                    Wanted const& wanted, VisitInstance const& visit) {
  bool some_class_has_these_keys = false;
  std::exception_ptr misfit;
  for (auto const* cls : concrete_classes(asked)) {
    cim::Query query(wanted(*cls));
    try {
      require_keys(query, *cls, selectors);
    } catch (wsman::Fault const&) {
      // Classes below one parent may have different keys; without any, no class is better than the other.
      if (!has_keys(selectors)) throw;
      if (!misfit) misfit = std::current_exception();
      continue;
    }
    some_class_has_these_keys = true;
    if (cls->get(context.host, query, [&](void const* row) { visit(*cls, row); })) return;
  }
  if (!some_class_has_these_keys && misfit) std::rethrow_exception(misfit);
  throw no_such_instance(asked, selectors);
}

}  // namespace winrm::plugins::wmi
