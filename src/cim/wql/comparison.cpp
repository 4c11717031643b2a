#include "cim/wql/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cim/instance_xml.hpp"
#include "cim/object_path.hpp"
#include "cim/wql/constant.hpp"
#include "cim/wql/system_properties.hpp"

namespace winrm::cim::wql {

namespace {

using Bound = Result<std::shared_ptr<Test const>>;

bool is_ordering(Operator op) { return op != Operator::equal && op != Operator::not_equal; }
bool is_null_test(Operator op) { return op == Operator::is_null || op == Operator::is_not_null; }

/// The same answer for every row.
class ClassTest final : public Test {
 public:
  explicit ClassTest(std::optional<bool> answer) : answer_(answer) {}
  std::optional<bool> evaluate(void const*) const override { return answer_; }
  bool is_about_class() const override { return true; }

 private:
  std::optional<bool> answer_;
};

class PropertyTest : public Test {
 public:
  explicit PropertyTest(ClassProperty const& property) : property_(property) {}
  void add_properties(PropertySet& set) const override { set.add(property_.index); }

 protected:
  [[nodiscard]] ValueView value(void const* row) const { return property_.property.value(row); }
  ClassProperty const& property_;
};

class NullTest final : public PropertyTest {
 public:
  NullTest(ClassProperty const& property, bool wanted) : PropertyTest(property), wanted_(wanted) {}
  std::optional<bool> evaluate(void const* row) const override { return value(row).is_null() == wanted_; }

 private:
  bool wanted_;
};

class ValueTest final : public PropertyTest {
 public:
  ValueTest(ClassProperty const& property, Constant constant)
      : PropertyTest(property), constant_(std::move(constant)) {}
  std::optional<bool> evaluate(void const* row) const override { return constant_.test(value(row)); }
  void push_down(Query& query) const override {
    if (auto least = constant_.least_datetime()) query.require_at_least(property_.index, *std::move(least));
    auto const exact = constant_.exact_value();
    if (!exact) return;
    auto const* text = std::get_if<std::string>(&*exact);
    if (text != nullptr && !property_.property.is_case_exact && detail::has_letter(*text)) {
      query.require_in_any_case(property_.index, *text);
    } else {
      query.require(property_.index, *exact);
    }
  }

 private:
  Constant constant_;
};

class ReferenceTest final : public PropertyTest {
 public:
  ReferenceTest(ClassProperty const& property, Class const& cls, Reference reference, bool equal)
      : PropertyTest(property), cls_(cls), reference_(std::move(reference)), equal_(equal) {}
  std::optional<bool> evaluate(void const* row) const override {
    auto const held = value(row);
    auto const* reference = std::get_if<Reference const*>(&held);
    if (reference == nullptr) return std::nullopt;
    return same_instance(cls_, reference_, **reference) == equal_;
  }
  void push_down(Query& query) const override {
    if (equal_) query.require(property_.index, cls_, reference_);
  }

 private:
  Class const& cls_;
  Reference reference_;
  bool equal_;
};

/// ISA about the instance that a property holds or names.
class IsaTest final : public PropertyTest {
 public:
  IsaTest(ClassProperty const& property, std::string class_name, Registry const* registry)
      : PropertyTest(property), class_name_(std::move(class_name)), registry_(registry) {}
  std::optional<bool> evaluate(void const* row) const override {
    auto const held = value(row);
    if (auto const* embedded = std::get_if<EmbeddedInstance const*>(&held)) {
      return (*embedded)->cls->is_a(class_name_);
    }
    if (auto const* reference = std::get_if<Reference const*>(&held)) {
      auto const* cls =
          registry_ != nullptr ? registry_->find((*reference)->ns, (*reference)->class_name) : nullptr;
      return cls != nullptr ? std::optional(cls->is_a(class_name_)) : std::nullopt;
    }
    return std::nullopt;
  }

 private:
  std::string class_name_;
  Registry const* registry_;
};

/// A property of the instance that a property holds. Its class is known only with the row.
class MemberTest final : public PropertyTest {
 public:
  MemberTest(ClassProperty const& property, Comparison inner, Registry const* registry)
      : PropertyTest(property), inner_(std::move(inner)), registry_(registry) {}
  std::optional<bool> evaluate(void const* row) const override {
    auto const held = value(row);
    auto const* embedded = std::get_if<EmbeddedInstance const*>(&held);
    if (embedded == nullptr) return std::nullopt;
    auto const test = make_test(inner_, Scope{*(*embedded)->cls, registry_, false});
    return test ? (*test)->evaluate((*embedded)->row.get()) : std::nullopt;
  }

 private:
  Comparison inner_;
  Registry const* registry_;
};

/// __RELPATH and __PATH, which are of the row.
class PathTest final : public Test {
 public:
  PathTest(Class const& cls, Constant constant, bool absolute)
      : cls_(cls), constant_(std::move(constant)), absolute_(absolute) {}
  std::optional<bool> evaluate(void const* row) const override {
    auto path = relative_path(reference_to(cls_, row));
    if (absolute_) path = absolute_path(cls_, path);
    return constant_.test(std::string_view(path));
  }
  void add_properties(PropertySet& set) const override { set |= cls_.key_set(); }

 private:
  Class const& cls_;
  Constant constant_;
  bool absolute_;
};

Bound bind_system(Comparison const& comparison, Scope const& scope, SystemProperty const& property) {
  if (property.kind == SystemProperty::Kind::self) {
    if (comparison.op != Operator::isa) return fail("__this is compared only with ISA");
    return std::make_shared<ClassTest>(scope.cls.is_a(comparison.literal.text));
  }
  if (comparison.op == Operator::isa)
    return fail(fmt::format("{} is no instance: ISA needs one", property.name));
  bool const is_path = property.kind == SystemProperty::Kind::relative_path ||
                       property.kind == SystemProperty::Kind::absolute_path;
  if (is_null_test(comparison.op)) {
    bool const is_null = !is_path && system_value(scope.cls, property, scope.is_class).is_null();
    return std::make_shared<ClassTest>(is_null == (comparison.op == Operator::is_null));
  }
  auto constant = Constant::make(comparison, property.name, property.type, CaseRule::ignore);
  if (!constant) return tl::unexpected(constant.error());
  if (is_path && !scope.is_class) {
    return std::make_shared<PathTest>(scope.cls, *std::move(constant),
                                      property.kind == SystemProperty::Kind::absolute_path);
  }
  auto const value = system_value(scope.cls, property, scope.is_class);
  return std::make_shared<ClassTest>(constant->test(view_of(value)));
}

Bound bind_reference(Comparison const& comparison, Scope const& scope, ClassProperty const& property) {
  if (is_ordering(comparison.op)) {
    return fail(fmt::format("{} is a reference: compare it with =, <> or ISA", property.property.name));
  }
  if (scope.registry == nullptr) return fail("references cannot be compared here");
  auto reference = parse_reference(*scope.registry, scope.cls.ns(), comparison.literal.text);
  if (!reference) return tl::unexpected(reference.error());
  auto const& cls = *scope.registry->find(reference->ns, reference->class_name);
  return std::make_shared<ReferenceTest>(property, cls, *std::move(reference),
                                         comparison.op == Operator::equal);
}

Bound bind_property(Comparison const& comparison, Scope const& scope, ClassProperty const& bound) {
  auto const& property = bound.property;
  bool const holds_instance = property.type == Type::instance && !property.array;
  if (!comparison.member.empty()) {
    if (!holds_instance) {
      return fail(fmt::format("{} holds no instance, so it has no {}", property.name, comparison.member));
    }
    auto inner = comparison;
    inner.property = comparison.member;
    inner.member.clear();
    return std::make_shared<MemberTest>(bound, std::move(inner), scope.registry);
  }
  if (is_null_test(comparison.op))
    return std::make_shared<NullTest>(bound, comparison.op == Operator::is_null);
  if (property.array) return fail(fmt::format("{} is an array: only IS NULL works on it", property.name));
  if (comparison.op == Operator::isa) {
    if (!holds_instance && property.type != Type::reference) {
      return fail(fmt::format("{} is a {}: ISA needs an instance", property.name, name_of(property.type)));
    }
    return std::make_shared<IsaTest>(bound, comparison.literal.text, scope.registry);
  }
  if (holds_instance)
    return fail(fmt::format("{} holds an instance: compare one of its properties", property.name));
  if (property.type == Type::reference) return bind_reference(comparison, scope, bound);
  auto constant = Constant::make(comparison, property.name, property.type,
                                 property.is_case_exact ? CaseRule::exact : CaseRule::ignore);
  if (!constant) return tl::unexpected(constant.error());
  return std::make_shared<ValueTest>(bound, *std::move(constant));
}

Bound bind(Comparison const& comparison, Scope const& scope) {
  if (auto const* system = find_system_property(comparison.property)) {
    if (!comparison.member.empty()) return fail(fmt::format("{} has no properties", system->name));
    return bind_system(comparison, scope, *system);
  }
  if (scope.is_class) {
    return fail(fmt::format("meta_class has no property {}: classes have {}", comparison.property,
                            system_property_names()));
  }
  auto const* property = scope.cls.find(comparison.property);
  if (property == nullptr)
    return fail(fmt::format("{} has no property {}", scope.cls.name(), comparison.property));
  return bind_property(comparison, scope, *property);
}

}  // namespace

Bound make_test(Comparison const& comparison, Scope const& scope) {
  auto test = bind(comparison, scope);
  if (!test) return fail(fmt::format("character {}: {}", comparison.at, test.error().message));
  return test;
}

}  // namespace winrm::cim::wql
