#include <fmt/format.h>

#include <set>
#include <system_error>

#include "base/limits.hpp"
#include "cim/failure.hpp"
#include "cim/schema.hpp"
#include "providers/common/failures.hpp"
#include "providers/package/classes.hpp"
#include "system/host.hpp"
#include "system/packages.hpp"
#include "system/program.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct Product {
  std::string id;
  std::string name;
  std::string version;
  std::optional<std::string> summary;
  std::optional<std::string> vendor;
  std::optional<std::string> home_page;
  std::optional<std::string> install_date;
  std::optional<DateTime> install_time;
};

constexpr std::int16_t installed = 5;
constexpr cim::ValueName install_states[] = {{-6, "Bad Configuration"},
                                             {-2, "Invalid Argument"},
                                             {-1, "Unknown Package"},
                                             {1, "Advertised"},
                                             {2, "Absent"},
                                             {5, "Installed"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Product> = [] {
  using P = winrm::providers::Product;
  namespace map = winrm::providers;
  using std::string, std::int16_t, std::uint16_t, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_Product", "CIM_Product")
          .described("A package that dpkg or rpm installed."),
      key<&P::id>("IdentifyingNumber").case_exact().described("Name and architecture, as the package manager has them."),
      key<&P::name>("Name").case_exact(),
      key<&P::version>("Version").case_exact(),
      prop<&P::name>("Caption"),
      prop<&P::summary>("Description"),
      prop<&P::install_date>("InstallDate").described("Of this version: yyyymmdd, in local time."),
      prop<&P::install_time>("InstallDate2"),
      constant<int16_t>("InstallState", map::installed).values(map::install_states),
      prop<&P::home_page>("URLInfoAbout"),
      prop<&P::vendor>("Vendor").described("The package's maintainer, or its vendor where it names one."),
      unknown<uint16_t>("AssignmentType"), unknown<string>("HelpLink"), unknown<string>("HelpTelephone"),
      unknown<string>("InstallLocation"), unknown<string>("InstallSource"), unknown<string>("Language"),
      unknown<string>("LocalPackage"), unknown<string>("PackageCache"), unknown<string>("PackageCode"),
      unknown<string>("PackageName"), unknown<string>("ProductID"), unknown<string>("RegCompany"),
      unknown<string>("RegOwner"), unknown<string>("Transforms"), unknown<string>("URLUpdateInfo"),
      unknown<uint32_t>("WordCount"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

std::optional<std::string> unless_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::string compact_date(DateTime const& time) {
  std::chrono::year_month_day const date(
      std::chrono::floor<std::chrono::days>(time.utc + std::chrono::minutes(time.offset_minutes)));
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

cim::Generator<Product> enumerate(Host const& host, cim::Query const& query) {
  // rpm keeps several versions of a kernel, and of keys several with one name and version.
  std::set<std::pair<std::string, std::string>> seen;
  auto packages = system::installed_packages(host, query.equals<&Product::name>());
  for (auto& package : packages) {
    if (!seen.emplace(package.id, package.version).second) continue;
    Product row;
    row.id = std::move(package.id);
    row.name = std::move(package.name);
    row.version = std::move(package.version);
    row.summary = unless_empty(std::move(package.summary));
    row.vendor = unless_empty(std::move(package.maintainer));
    row.home_page = unless_empty(std::move(package.home_page));
    if (package.installed) {
      row.install_time = host.local(*package.installed);
      row.install_date = compact_date(*row.install_time);
    }
    co_yield row;
  }
}

// --- methods ---------------------------------------------------------------------------------------------

/// Windows Installer's codes.
constexpr std::uint32_t cannot_open_package = 1619;
constexpr cim::ValueName results[] = {{0, "Success"}, {1619, "The package could not be opened"}};

constexpr cim::Parameter install_parameters[] = {cim::in<std::string>("PackageLocation"),
                                                 cim::in<std::string>("Options").optional(),
                                                 cim::in<bool>("AllUsers").optional()};
constexpr cim::Parameter upgrade_parameters[] = {cim::in<std::string>("PackageLocation"),
                                                 cim::in<std::string>("Options").optional()};

void change_packages(Host const& host, std::vector<std::string> const& arguments) {
  system::ProgramResult result;
  try {
    result = host.run(arguments, limits::package_change);
  } catch (std::system_error const& error) {
    throw_failure(error, "packages cannot be changed");
  }
  if (result.exit_status == 0) return;
  auto const reason = std::string(system::text::trim(result.errors));
  if (reason.find("superuser privilege") != std::string::npos ||
      reason.find("Permission denied") != std::string::npos) {
    throw cim::Failure(cim::Status::access_denied, "only root may change packages: " + reason);
  }
  throw cim::Failure(cim::Status::failed, "the package manager refused: " + reason);
}

/// The package manager's command for a file, by the file's kind; empty for none.
std::vector<std::string> installing(std::string const& path) {
  // Nobody is there to be asked about configuration files: the ones in use stay.
  if (path.ends_with(".deb"))
    return {"/usr/bin/dpkg", "--force-confdef", "--force-confold", "--install", path};
  if (path.ends_with(".rpm")) return {"/usr/bin/rpm", "--upgrade", "--", path};
  return {};
}

cim::MethodResult install(Host const& host, cim::NamedValues const& in) {
  auto const path = in.get<std::string>("PackageLocation").value_or("");
  auto const command = installing(path);
  if (command.empty() || !path.starts_with('/') || !host.exists(path)) return cannot_open_package;
  change_packages(host, command);
  return 0;
}

/// dpkg's ids have a colon before the architecture, rpm's a dot.
cim::MethodResult uninstall(Host const& host, Product const& row) {
  bool const is_of_dpkg = row.id.starts_with(row.name + ":");
  change_packages(host, is_of_dpkg ? std::vector<std::string>{"/usr/bin/dpkg", "--remove", row.id}
                                   : std::vector<std::string>{"/usr/bin/rpm", "--erase", "--", row.id});
  return 0;
}

constexpr cim::Method<Product> methods[] = {
    {.name = "Install", .parameters = install_parameters, .return_values = results, .run_static = install},
    {.name = "Uninstall",
     .return_values = results,
     .run = [](Host const& host, Product const& row,
               cim::NamedValues const&) { return uninstall(host, row); }},
    {.name = "Upgrade",
     .parameters = upgrade_parameters,
     .return_values = results,
     .run = [](Host const& host, Product const&, cim::NamedValues const& in) { return install(host, in); }}};

}  // namespace

void add_product(cim::Registry& registry) {
  registry.add<Product>({.enumerate = enumerate, .methods = methods});
}

}  // namespace winrm::providers
