#include "engine/shell_sources.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/unicode.hpp"
#include "wsman/actions.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;
using unicode::equals_ignoring_case;

std::string reference_to(Shell const& shell) {
  wsman::EndpointReference reference;
  reference.address = wsman::anonymous_address;
  reference.resource_uri = shell.facts().resource_uri;
  reference.selectors.add("ShellId", shell.facts().id);
  std::string out;
  xml::Writer writer(out);
  writer.open("a:EndpointReference");
  wsman::write_endpoint_reference(writer, reference);
  writer.close();
  return out;
}

class ShellSource final : public ItemSource {
 public:
  ShellSource(std::vector<std::shared_ptr<Shell>> shells, EnumerationMode mode)
      : shells_(std::move(shells)), mode_(mode) {}

  bool next(Item& item) override {
    if (at_ == shells_.size()) return false;
    Shell const& shell = *shells_[at_++];
    item = {};
    if (mode_ != EnumerationMode::epr) {
      xml::Writer writer(item.object);
      shell.write(writer, Shell::Detail::all);
    }
    if (mode_ != EnumerationMode::object) item.reference = reference_to(shell);
    return true;
  }

 private:
  std::vector<std::shared_ptr<Shell>> const shells_;
  EnumerationMode const mode_;
  std::size_t at_ = 0;
};

class CommandSource final : public ItemSource {
 public:
  explicit CommandSource(std::vector<std::shared_ptr<Command>> commands) : commands_(std::move(commands)) {}

  bool next(Item& item) override {
    if (at_ == commands_.size()) return false;
    Command const& command = *commands_[at_++];
    item = {};
    xml::Writer writer(item.object);
    writer.open("rsp:Command").declare("rsp", ns::shell);
    writer.element("rsp:CommandId", command.facts().id).element("rsp:CommandLine", command.facts().line);
    writer.element("rsp:CommandState", command.state() == CommandState::done ? "Done" : "Running");
    writer.close();
    return true;
  }

 private:
  std::vector<std::shared_ptr<Command>> const commands_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<ItemSource> shell_source(std::vector<std::shared_ptr<Shell>> shells,
                                         std::string_view resource_uri, EnumerateRequest const& request) {
  if (request.filter) throw faults::filter_dialect_unavailable(request.filter->dialect);
  if (!equals_ignoring_case(resource_uri, wsman::resource::shell)) {
    std::erase_if(shells, [&](auto const& shell) {
      return !equals_ignoring_case(shell->facts().resource_uri, resource_uri);
    });
  }
  return std::make_unique<ShellSource>(std::move(shells), request.mode);
}

std::string shell_id_of_filter(EnumerateRequest const& request) {
  if (request.filter && equals_ignoring_case(request.filter->dialect, wsman::dialect::selector)) {
    for (xml::Element const selector : request.filter->element.child(ns::wsman, "SelectorSet").children()) {
      auto const name = selector.attribute("", "Name");
      if (name && equals_ignoring_case(*name, "ShellId")) return selector.trimmed_text();
    }
  }
  throw faults::shell_filter_expected();
}

std::unique_ptr<ItemSource> command_source(std::vector<std::shared_ptr<Command>> commands,
                                           EnumerateRequest const& request) {
  if (request.mode != EnumerationMode::object) throw faults::command_references_not_supported();
  return std::make_unique<CommandSource>(std::move(commands));
}

}  // namespace winrm::engine
