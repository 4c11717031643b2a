#include <fmt/format.h>

#include <set>

#include "cim/schema.hpp"
#include "providers/package/classes.hpp"
#include "system/host.hpp"
#include "system/packages.hpp"

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

cim::Generator<Product> enumerate(Host const& host, cim::Query const&) {
  // rpm keeps several versions of a kernel, and of keys several with one name and version.
  std::set<std::pair<std::string, std::string>> seen;
  auto packages = system::installed_packages(host);
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

}  // namespace

void add_product(cim::Registry& registry) { registry.add<Product>({.enumerate = enumerate}); }

}  // namespace winrm::providers
