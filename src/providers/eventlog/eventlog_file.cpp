#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cim/schema.hpp"
#include "providers/eventlog/classes.hpp"
#include "providers/eventlog/logs.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/journal.hpp"

namespace winrm::providers {

namespace {

struct EventlogFile {
  std::string name;
  std::string log;
  std::optional<std::uint32_t> records;
  std::optional<std::uint64_t> bytes;
  std::string host_name;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::EventlogFile> = [] {
  using F = winrm::providers::EventlogFile;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_NTEventlogFile", "CIM_LogicalFile")
          .described("One of the logs that the journal is read as. All of them are in the journal's files."),
      key<&F::name>("Name").case_exact(),
      prop<&F::name>("Caption"),
      constant<string_view>("CreationClassName", "Win32_NTEventlogFile"),
      constant<string_view>("CSCreationClassName", "Win32_ComputerSystem"),
      prop<&F::host_name>("CSName"),
      prop<&F::log>("Description"),
      prop<&F::log>("FileName"),
      prop<&F::bytes>("FileSize").units("bytes").described("Of the whole journal, which the logs share."),
      prop<&F::log>("LogfileName"),
      prop<&F::records>("NumberOfRecords"),
      constant<string_view>("OverWritePolicy", "WhenNeeded"),
      constant<std::uint32_t>("OverwriteOutDated", 0U),
      unknown<std::string>("Manufacturer"), unknown<std::uint32_t>("MaxFileSize"),
      unknown<std::vector<std::string>>("Sources"), unknown<std::string>("Version"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

/// How many entries each log has, counted in one pass over the journal.
std::array<std::uint32_t, log_names.size()> count_records(Host const& host) {
  std::array<std::uint32_t, log_names.size()> counts{};
  auto const reader = host.journal().newest_first();
  system::JournalEntry entry;
  while (reader->next(entry)) {
    auto const log = std::ranges::find(log_names, log_of(entry));
    ++counts[static_cast<std::size_t>(log - log_names.begin())];
  }
  return counts;
}

cim::Generator<EventlogFile> enumerate(Host const& host, cim::Query const& query) {
  auto const bytes = host.journal().bytes();
  if (!bytes) co_return;
  std::array<std::uint32_t, log_names.size()> counts{};
  bool const counted = query.wants<&EventlogFile::records>();
  if (counted) counts = count_records(host);
  auto const host_name = system::short_name(host.kernel());
  for (std::size_t i = 0; i < log_names.size(); ++i) {
    EventlogFile row;
    row.log = log_names[i];
    row.name = fmt::format("journal:{}", log_names[i]);
    row.bytes = bytes;
    row.host_name = host_name;
    if (counted) row.records = counts[i];
    co_yield row;
  }
}

/// The files of the journal hold all logs: none of them can be emptied or saved without the others.
[[noreturn]] cim::MethodResult not_supported(Host const&, EventlogFile const& row, cim::NamedValues const&) {
  throw cim::Failure(cim::Status::not_supported,
                     row.log +
                         " shares the journal's files with the other logs: use journalctl(1) with "
                         "--vacuum-time to empty them all, or --output=export to save entries");
}

constexpr cim::Parameter archive_parameters[] = {cim::in<std::string>("ArchiveFileName").optional()};
constexpr cim::ValueName results[] = {{0, "Success"},
                                      {8, "Insufficient privilege"},
                                      {21, "Invalid parameter"},
                                      {183, "The archive exists already"}};
constexpr cim::Method<EventlogFile> methods[] = {{.name = "BackupEventlog",
                                                  .parameters = archive_parameters,
                                                  .return_values = results,
                                                  .run = not_supported},
                                                 {.name = "ClearEventlog",
                                                  .parameters = archive_parameters,
                                                  .return_values = results,
                                                  .run = not_supported}};

}  // namespace

void add_eventlog_file(cim::Registry& registry) {
  registry.add<EventlogFile>({.enumerate = enumerate, .methods = methods});
}

}  // namespace winrm::providers
