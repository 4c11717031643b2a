#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "system/network.hpp"

namespace winrm::test {

/// The network of a recorded machine, from lines of network.txt:
///   link INDEX NAME HARDWARE_TYPE ADDRESS KIND MTU FLAGS      ("-" for none; FLAGS of up,running,carrier)
///   address LINK ADDRESS PREFIX SECONDS                       ("-" for one that stays)
///   route DESTINATION PREFIX GATEWAY LINK METRIC PROTOCOL TYPE
/// Nothing changes it.
class RecordedNetwork final : public system::Network {
 public:
  explicit RecordedNetwork(std::string const& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string kind;
      words >> kind;
      if (kind == "link") add_link(words);
      if (kind == "address") add_address(words);
      if (kind == "route") add_route(words);
    }
  }

  std::vector<system::Link> links() const override { return links_; }
  std::vector<system::LinkAddress> addresses() const override { return addresses_; }
  std::vector<system::Route> routes() const override { return routes_; }
  std::error_code switch_link(std::uint32_t, bool) const override { return refused(); }
  std::error_code rename_link(std::uint32_t, std::string const&) const override { return refused(); }
  std::error_code set_mtu(std::uint32_t, std::uint32_t) const override { return refused(); }
  std::error_code add_address(system::LinkAddress const&) const override { return refused(); }
  std::error_code remove_address(system::LinkAddress const&) const override { return refused(); }
  std::error_code add_route(system::Route const&) const override { return refused(); }
  std::error_code remove_route(system::Route const&) const override { return refused(); }
  system::PingReply ping(system::PingRequest const&) const override { return {}; }
  std::optional<std::string> resolve(std::string const&) const override { return std::nullopt; }
  std::optional<std::string> name_of(std::string const&) const override { return std::nullopt; }

 private:
  static std::error_code refused() { return std::make_error_code(std::errc::operation_not_permitted); }
  static std::string unless_none(std::string text) { return text == "-" ? std::string() : text; }

  void add_link(std::istringstream& words) {
    system::Link link;
    std::string flags;
    words >> link.index >> link.name >> link.hardware_type >> link.address >> link.kind >> link.mtu >> flags;
    link.address = unless_none(link.address);
    link.kind = unless_none(link.kind);
    link.up = flags.find("up") != std::string::npos;
    link.running = flags.find("running") != std::string::npos;
    link.carrier = flags.find("carrier") != std::string::npos;
    links_.push_back(link);
  }
  void add_address(std::istringstream& words) {
    system::LinkAddress address;
    unsigned prefix = 0;
    std::string seconds;
    words >> address.link >> address.address >> prefix >> seconds;
    address.prefix = static_cast<std::uint8_t>(prefix);
    address.v6 = address.address.find(':') != std::string::npos;
    if (seconds != "-") address.lives = std::chrono::seconds(std::stoul(seconds));
    addresses_.push_back(address);
  }
  void add_route(std::istringstream& words) {
    system::Route route;
    unsigned prefix = 0;
    unsigned protocol = 0;
    unsigned type = 0;
    words >> route.destination >> prefix >> route.gateway >> route.link >> route.metric >> protocol >> type;
    route.prefix = static_cast<std::uint8_t>(prefix);
    route.protocol = static_cast<std::uint8_t>(protocol);
    route.type = static_cast<std::uint8_t>(type);
    route.gateway = unless_none(route.gateway);
    route.v6 = route.destination.find(':') != std::string::npos;
    routes_.push_back(route);
  }

  std::vector<system::Link> links_;
  std::vector<system::LinkAddress> addresses_;
  std::vector<system::Route> routes_;
};

}  // namespace winrm::test
