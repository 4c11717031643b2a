#include "plugins/wmi/definitions.hpp"

#include <algorithm>

#include "base/unicode.hpp"
#include "cim/instance_xml.hpp"
#include "cim/wql/condition.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::wmi {

namespace {

class DefinitionSource final : public engine::ItemSource {
 public:
  DefinitionSource(cim::UriStyle style, engine::EnumerationMode mode, std::vector<cim::Class const*> classes)
      : style_(style), mode_(mode), classes_(std::move(classes)) {}

  bool next(engine::Item& item) override {
    if (at_ == classes_.size()) return false;
    auto const& cls = *classes_[at_++];
    item.object.clear();
    item.reference.clear();
    if (mode_ != engine::EnumerationMode::epr) cim::append_class(item.object, style_, cls);
    if (mode_ != engine::EnumerationMode::object) {
      cim::append_endpoint_reference(item.reference, style_,
                                     cim::Reference{std::string(cls.ns()), std::string(cls.name()), {}});
    }
    return true;
  }

 private:
  cim::UriStyle style_;
  engine::EnumerationMode mode_;
  std::vector<cim::Class const*> classes_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_meta_class(Resource const& resource) {
  return unicode::equals_ignoring_case(resource.class_name, "meta_class");
}

std::unique_ptr<engine::ItemSource> open_definitions(Context const& context, Resource const& resource,
                                                     std::optional<cim::wql::Expression> const& where,
                                                     engine::EnumerationMode mode) {
  if (!context.registry.has_namespace(resource.ns)) {
    throw wsman::faults::resource_not_found(
        cim::resource_uri(resource.style, resource.ns, resource.class_name));
  }
  std::vector<cim::Class const*> classes;
  for (auto const& cls : context.registry.classes()) {
    if (!unicode::equals_ignoring_case(cls->ns(), resource.ns)) continue;
    if (where) {
      auto const condition = cim::wql::Condition::bind_to_class(*where, *cls);
      if (!condition) throw wsman::faults::cannot_process_filter("WQL, " + condition.error().message);
      if (!condition->holds(nullptr)) continue;
    }
    classes.push_back(cls.get());
  }
  std::ranges::sort(classes, {}, [](cim::Class const* cls) { return cls->name(); });
  return make_definition_source(resource.style, mode, std::move(classes));
}

std::unique_ptr<engine::ItemSource> make_definition_source(cim::UriStyle style, engine::EnumerationMode mode,
                                                           std::vector<cim::Class const*> classes) {
  return std::make_unique<DefinitionSource>(style, mode, std::move(classes));
}

}  // namespace winrm::plugins::wmi
