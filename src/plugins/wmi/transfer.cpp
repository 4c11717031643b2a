#include "plugins/wmi/transfer.hpp"

#include <fmt/format.h>

#include "plugins/wmi/changes.hpp"
#include "plugins/wmi/fragment.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;

cim::UriStyle style_of(wsman::Request const& request) {
  return read_resource(request.resource_uri, request.selectors).style;
}

wsman::Fault class_cannot(cim::Class const& cls, std::string_view what) {
  return faults::not_supported_here(fmt::format("Instances of {} cannot be {}.", cls.name(), what));
}

/// The keys of a row, so that it is found again after it changed.
cim::Query same_instance(cim::Class const& cls, void const* row, cim::PropertySet const& wanted) {
  cim::Query query(wanted);
  for (auto const* key : cls.keys()) {
    if (auto const value = cim::to_value(key->property.value(row)); !value.is_null()) {
      query.require(key->index, value);
    }
  }
  return query;
}

}  // namespace

void get(Context const& context, wsman::Request const& request, xml::Writer& body) {
  auto const style = style_of(request);
  std::optional<Fragment> fragment;
  auto const wanted = [&](cim::Class const& cls) {
    if (!request.fragment) return cim::PropertySet::all();
    fragment = read_fragment(*request.fragment, cls);
    return fragment->wanted();
  };
  std::string object;
  visit_instance(context, request, wanted, [&](cim::Class const& cls, void const* row) {
    if (fragment) {
      append_fragment(object, style, cls, row, *fragment);
    } else {
      cim::append_instance(object, style, cls, cls, row, cim::PropertySet::all());
    }
  });
  body.raw(object);
}

void put(Context const& context, wsman::Request const& request, xml::Writer& body) {
  auto const style = style_of(request);
  std::string object;
  auto const wanted = [&](cim::Class const& cls) {
    auto set = cls.key_set();
    set |= sent_properties(cls, request);
    return set;
  };
  visit_instance(context, request, wanted, [&](cim::Class const& cls, void const* row) {
    if (!cls.provider().put) throw class_cannot(cls, "changed");
    auto const changes = read_changes(context.registry, cls, row, request);
    if (!changes.empty()) cls.provider().put(context.host, row, changes);
    auto const write = [&](void const* changed) {
      if (request.fragment) {
        append_fragment(object, style, cls, changed, read_fragment(*request.fragment, cls));
      } else {
        cim::append_instance(object, style, cls, cls, changed, cim::PropertySet::all());
      }
    };
    auto const shown =
        request.fragment ? read_fragment(*request.fragment, cls).wanted() : cim::PropertySet::all();
    cls.get(context.host, same_instance(cls, row, shown), write);
  });
  body.raw(object);
}

void create(Context const& context, wsman::Request const& request, xml::Writer& body) {
  if (request.fragment) throw faults::fragment_transfer_not_supported();
  auto const resource = read_resource(request.resource_uri, request.selectors);
  auto const& cls = find_class(context.registry, resource);
  if (!cls.provider().create) throw class_cannot(cls, "created");
  auto const created =
      cls.provider().create(context.host, read_representation(context.registry, cls, request));
  std::string reference;
  cim::append_reference(reference, resource.style, created, request.to);
  body.open("x:ResourceCreated").raw(reference).close();
}

void remove(Context const& context, wsman::Request const& request) {
  if (request.fragment) throw faults::fragment_transfer_not_supported();
  auto const wanted = [](cim::Class const& cls) { return cls.key_set(); };
  visit_instance(context, request, wanted, [&](cim::Class const& cls, void const* row) {
    if (!cls.provider().remove) throw class_cannot(cls, "deleted");
    cls.provider().remove(context.host, row);
  });
}

}  // namespace winrm::plugins::wmi
