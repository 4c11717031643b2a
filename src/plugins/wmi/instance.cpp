#include "plugins/wmi/instance.hpp"

#include <fmt/format.h>

#include <exception>

#include "cim/object_path.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::wmi {

namespace {

std::string in_words(std::vector<cim::Reference::Key> const& keys) {
  std::string text;
  for (auto const& key : keys) {
    text += fmt::format(
        "{}{}={}", text.empty() ? "" : ", ", key.name,
        key.reference.empty() ? "\"" + key.value + "\"" : cim::relative_path(key.reference.front()));
  }
  return text;
}

wsman::Fault no_such_instance(cim::Class const& asked, std::vector<cim::Reference::Key> const& keys) {
  return wsman::faults::instance_not_found(
      keys.empty() ? fmt::format("There is no {} on this host.", asked.name())
                   : fmt::format("There is no {} with {}: enumerate the class to see which there are.",
                                 asked.name(), in_words(keys)));
}

}  // namespace

void visit_instance(Context const& context, wsman::Request const& request, Wanted const& wanted,
                    VisitInstance const& visit) {
  auto const resource = read_resource(request.resource_uri, request.selectors);
  visit_instance(context, find_class(context.registry, resource),
                 keys_of(context.registry, request.selectors), wanted, visit);
}

void visit_instance(Context const& context, cim::Class const& asked,
                    std::vector<cim::Reference::Key> const& keys, Wanted const& wanted,
                    VisitInstance const& visit) {
  if (!find_instance(context, asked, keys, wanted, visit)) throw no_such_instance(asked, keys);
}

bool find_instance(Context const& context, cim::Class const& asked,
                   std::vector<cim::Reference::Key> const& keys, Wanted const& wanted,
                   VisitInstance const& visit) {
  bool some_class_has_these_keys = false;
  std::exception_ptr misfit;
  for (auto const* cls : concrete_classes(asked)) {
    cim::Query query(wanted(*cls));
    query.set_options(context.options);
    try {
      require_keys(query, context.registry, *cls, keys);
    } catch (wsman::Fault const&) {
      // Classes below one parent may have different keys; without any, no class is better than the other.
      if (keys.empty()) throw;
      if (!misfit) misfit = std::current_exception();
      continue;
    }
    some_class_has_these_keys = true;
    if (cls->get(context.host, query, [&](void const* row) { visit(*cls, row); })) return true;
  }
  if (!some_class_has_these_keys && misfit) std::rethrow_exception(misfit);
  return false;
}

}  // namespace winrm::plugins::wmi
