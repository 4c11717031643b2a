#include "system/network_settings.hpp"

#include <algorithm>
#include <array>

#include "system/text.hpp"

namespace winrm::system {

namespace {

void add_words(std::vector<std::string>& list, std::string_view words) {
  for (auto word = text::next_word(words); !word.empty(); word = text::next_word(words))
    list.emplace_back(word);
}

Resolver read_resolv_conf(Host const& host, std::string const& path) {
  Resolver resolver;
  std::string content;
  if (!host.read(path, content)) return resolver;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto const keyword = text::next_word(*line);
    if (keyword == "nameserver") resolver.servers.emplace_back(text::next_word(*line));
    if (keyword == "search" || keyword == "domain") {
      resolver.search.clear();  // the last of them counts (resolv.conf(5))
      add_words(resolver.search, *line);
    }
  }
  return resolver;
}

std::optional<std::string> value_in(std::string_view content, std::string_view name) {
  auto const value = text::value_of(content, name, '=');
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

/// The files of systemd-networkd and of NetworkManager's own client are alike.
std::optional<DhcpLease> read_lease_variables(Host const& host, std::string const& path) {
  std::string content;
  if (!host.read(path, content) || !value_in(content, "ADDRESS")) return std::nullopt;
  DhcpLease lease;
  lease.server = value_in(content, "SERVER_ADDRESS");
  if (auto const lifetime = value_in(content, "LIFETIME")) {
    if (auto const seconds = text::number(*lifetime)) lease.lifetime = std::chrono::seconds(*seconds);
  }
  return lease;
}

std::optional<DhcpLease> network_manager_lease(Host const& host, Link const& link) {
  constexpr auto folder = "/var/lib/NetworkManager";
  auto const suffix = "-" + link.name + ".lease";
  for (auto const& name : host.list(folder).value_or(std::vector<std::string>())) {
    if (name.starts_with("internal-") && name.ends_with(suffix)) {
      return read_lease_variables(host, std::string(folder) + '/' + name);
    }
  }
  return std::nullopt;
}

/// "5 2026/01/02 03:04:05" of dhclient.leases(5), in UTC; nothing for "never".
std::optional<SystemTime> dhclient_time(std::string_view words) {
  text::next_word(words);  // the day of the week
  auto const date = text::next_word(words);
  auto const time = text::next_word(words);
  if (date.size() != 10 || time.size() != 8) return std::nullopt;
  auto const year = text::number<int>(date.substr(0, 4));
  auto const month = text::number<unsigned>(date.substr(5, 2));
  auto const day = text::number<unsigned>(date.substr(8, 2));
  auto const hour = text::number<int>(time.substr(0, 2));
  auto const minute = text::number<int>(time.substr(3, 2));
  auto const second = text::number<int>(time.substr(6, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  std::chrono::year_month_day const on{std::chrono::year(*year), std::chrono::month(*month),
                                       std::chrono::day(*day)};
  if (!on.ok()) return std::nullopt;
  return std::chrono::sys_days(on) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

/// The last lease of a file of dhclient that is for this link.
std::optional<DhcpLease> read_dhclient_leases(Host const& host, std::string const& path,
                                              std::string const& link) {
  std::string content;
  if (!host.read(path, content)) return std::nullopt;
  std::optional<DhcpLease> last;
  DhcpLease lease;
  bool ours = false;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto text = text::trim(*line);
    if (text.ends_with(';')) text.remove_suffix(1);
    auto const keyword = text::next_word(text);
    if (keyword == "lease") {
      lease = {};
      ours = false;
    } else if (keyword == "interface") {
      ours = text::trim(text) == '"' + link + '"';
    } else if (keyword == "expire") {
      lease.expires = dhclient_time(text);
    } else if (keyword == "option") {
      auto const option = text::next_word(text);
      if (option == "dhcp-server-identifier") lease.server = std::string(text::trim(text));
      if (option == "dhcp-lease-time") {
        if (auto const seconds = text::number(text::trim(text)))
          lease.lifetime = std::chrono::seconds(*seconds);
      }
    } else if (keyword == "}" && ours) {
      last = lease;
    }
  }
  return last;
}

std::optional<DhcpLease> dhclient_lease(Host const& host, Link const& link) {
  constexpr std::array folders{"/var/lib/dhcp", "/var/lib/dhclient"};
  for (auto const* folder : folders) {
    for (auto const& name : host.list(folder).value_or(std::vector<std::string>())) {
      if (!name.starts_with("dhclient") || name.find("dhclient6") == 0) continue;
      if (auto lease = read_dhclient_leases(host, std::string(folder) + '/' + name, link.name)) return lease;
    }
  }
  return std::nullopt;
}

}  // namespace

Resolver resolver_of(Host const& host, Link const& link) {
  std::string content;
  if (host.read("/run/systemd/netif/links/" + std::to_string(link.index), content)) {
    Resolver resolver;
    add_words(resolver.servers, value_in(content, "DNS").value_or(""));
    add_words(resolver.search, value_in(content, "DOMAINS").value_or(""));
    if (!resolver.servers.empty()) return resolver;
  }
  auto resolver = read_resolv_conf(host, "/etc/resolv.conf");
  // The stub of systemd-resolved is no name server of the network: the real ones are in a file beside it.
  constexpr auto stub = "127.0.0.53";
  if (std::ranges::find(resolver.servers, stub) != resolver.servers.end()) {
    auto real = read_resolv_conf(host, "/run/systemd/resolve/resolv.conf");
    if (!real.servers.empty()) return real;
  }
  return resolver;
}

std::optional<DhcpLease> dhcp_lease(Host const& host, Link const& link) {
  if (auto lease = read_lease_variables(host, "/run/systemd/netif/leases/" + std::to_string(link.index)))
    return lease;
  if (auto lease = network_manager_lease(host, link)) return lease;
  return dhclient_lease(host, link);
}

}  // namespace winrm::system
