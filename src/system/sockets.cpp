#include "system/sockets.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "system/text.hpp"

namespace winrm::system {

namespace {

template <class Integer>
std::optional<Integer> hexadecimal(std::string_view digits) {
  Integer value{};
  auto const* const end = digits.data() + digits.size();
  auto const [stopped, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

/// Words of 32 bits in this machine's byte order, each as eight digits: one for IPv4, four for IPv6.
std::optional<std::string> address_text(std::string_view digits) {
  std::array<std::uint32_t, 4> words{};
  if (digits.size() != 8 && digits.size() != 32) return std::nullopt;
  for (std::size_t i = 0; i < digits.size() / 8; ++i) {
    auto const word = hexadecimal<std::uint32_t>(digits.substr(i * 8, 8));
    if (!word) return std::nullopt;
    words[i] = *word;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  auto const family = digits.size() == 8 ? AF_INET : AF_INET6;
  if (::inet_ntop(family, words.data(), text.data(), text.size()) == nullptr) return std::nullopt;
  return std::string(text.data());
}

/// "0100007F:1F90"
bool read_end(std::string_view word, std::string& address, std::uint16_t& port) {
  auto const colon = word.find(':');
  if (colon == std::string_view::npos) return false;
  auto text = address_text(word.substr(0, colon));
  auto const number = hexadecimal<std::uint16_t>(word.substr(colon + 1));
  if (!text || !number) return false;
  address = *std::move(text);
  port = *number;
  return true;
}

std::optional<Socket> read_socket(std::string_view line) {
  Socket socket;
  text::next_word(line);  // its number in the table
  if (!read_end(text::next_word(line), socket.local_address, socket.local_port)) return std::nullopt;
  if (!read_end(text::next_word(line), socket.remote_address, socket.remote_port)) return std::nullopt;
  auto const state = hexadecimal<std::uint8_t>(text::next_word(line));
  if (!state) return std::nullopt;
  socket.state = *state;
  for (int skipped = 0; skipped < 5; ++skipped)
    text::next_word(line);  // queues, timer, retransmits, uid, timeout
  socket.inode = text::number(text::next_word(line)).value_or(0);
  return socket;
}

void add_sockets(Host const& host, std::string const& table, std::vector<Socket>& sockets) {
  std::string content;
  if (!host.read("/proc/self/net/" + table, content)) return;
  std::string_view rest = content;
  static_cast<void>(text::next_line(rest));  // the heading
  while (auto const line = text::next_line(rest)) {
    if (auto socket = read_socket(*line)) sockets.push_back(*std::move(socket));
  }
}

}  // namespace

std::vector<Socket> tcp_sockets(Host const& host) {
  std::vector<Socket> sockets;
  add_sockets(host, "tcp", sockets);
  add_sockets(host, "tcp6", sockets);
  return sockets;
}

std::vector<Socket> udp_sockets(Host const& host) {
  std::vector<Socket> sockets;
  add_sockets(host, "udp", sockets);
  add_sockets(host, "udp6", sockets);
  return sockets;
}

std::map<std::uint64_t, proc::Pid> socket_owners(Host const& host) {
  constexpr std::string_view prefix = "socket:[";
  std::map<std::uint64_t, proc::Pid> owners;
  for (auto const pid : proc::pids(host)) {
    auto const folder = "/proc/" + std::to_string(pid) + "/fd";
    for (auto const& name : host.list(folder).value_or(std::vector<std::string>())) {
      auto const target = host.link_target(folder + '/' + name);
      if (!target || !target->starts_with(prefix)) continue;
      auto const digits = std::string_view(*target).substr(prefix.size());
      // A socket that a child inherited belongs to the first that had it.
      if (auto const inode = text::number(digits.substr(0, digits.size() - 1)))
        owners.try_emplace(*inode, pid);
    }
  }
  return owners;
}

}  // namespace winrm::system
