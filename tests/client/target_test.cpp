#include "client/target.hpp"

#include <gtest/gtest.h>

#include "client/failure.hpp"

namespace winrm::client {
namespace {

struct Case {
  std::string_view text;
  bool use_ssl;
  bool tls;
  std::string_view host;
  int port;
  std::string_view path;
};

TEST(Target, T7_DefaultsOfEveryForm) {
  constexpr Case cases[] = {
      {"web1", false, false, "web1", 5985, "/wsman"},
      {"web1", true, true, "web1", 5986, "/wsman"},
      {"http://web1", false, false, "web1", 80, "/wsman"},
      {"HTTPS://web1", false, true, "web1", 443, "/wsman"},
      {"web1:8080", false, false, "web1", 8080, "/wsman"},
      {"web1:8443", true, true, "web1", 8443, "/wsman"},
      {"https://service.corp.com/websvcs/wsman", false, true, "service.corp.com", 443, "/websvcs/wsman"},
      {"http://[1080::417A]:80", false, false, "1080::417A", 80, "/wsman"},
      {"[::1]", false, false, "::1", 5985, "/wsman"},
      {"https://[::1]:9999/wsman", false, true, "::1", 9999, "/wsman"},
      {"web1/", false, false, "web1", 5985, "/wsman"},
      {"10.0.0.1:65535/x", false, false, "10.0.0.1", 65535, "/x"},
  };
  for (auto const& expected : cases) {
    auto const endpoint = parse_target(expected.text, expected.use_ssl, config::Client{});
    EXPECT_EQ(endpoint.tls, expected.tls) << expected.text;
    EXPECT_EQ(endpoint.host, expected.host) << expected.text;
    EXPECT_EQ(endpoint.port, expected.port) << expected.text;
    EXPECT_EQ(endpoint.path, expected.path) << expected.text;
    EXPECT_TRUE(endpoint.unix_socket.empty());
  }
}

TEST(Target, T7_DefaultsComeFromTheConfiguration) {
  config::Client defaults;
  defaults.default_port_http = 15985;
  defaults.default_port_https = 15986;
  defaults.url_prefix = "manage";
  EXPECT_EQ(url_of(parse_target("web1", false, defaults)), "http://web1:15985/manage");
  EXPECT_EQ(url_of(parse_target("[::1]", true, defaults)), "https://[::1]:15986/manage");
}

TEST(Target, T7_MalformedTargetsHaveTheirCodes) {
  struct Bad {
    std::string_view text;
    bool use_ssl;
    std::uint32_t code;
  };
  constexpr Bad cases[] = {
      {"", false, code::connection_string_invalid},
      {"http://", false, code::connection_string_invalid},
      {"web1\r\nX: y", false, code::connection_string_invalid},
      {"web 1", false, code::connection_string_invalid},
      {"::1", false, code::connection_string_invalid},
      {"[::1", false, code::connection_string_invalid},
      {"[web1]", false, code::connection_string_invalid},
      {"alice@web1", false, code::connection_string_invalid},
      {"ftp://web1", false, code::transport_not_supported},
      {"web1:0", false, code::port_invalid},
      {"web1:65536", false, code::port_invalid},
      {"web1:http", false, code::port_invalid},
      {"[::1]9", false, code::port_invalid},
      {"https://web1", true, code::invalid_use_ssl_parameter},
  };
  for (auto const& bad : cases) {
    try {
      static_cast<void>(parse_target(bad.text, bad.use_ssl, config::Client{}));
      ADD_FAILURE() << "accepted: " << bad.text;
    } catch (Failure const& failure) {
      EXPECT_EQ(failure.code(), bad.code) << bad.text;
      EXPECT_EQ(failure.kind(), Failure::Kind::usage);
    }
  }
}

TEST(Target, W6_LocalServiceIsItsSocket) {
  config::Settings settings;
  settings.daemon.state_dir = "/srv/state";
  auto const endpoint = local_target(settings);
  EXPECT_EQ(endpoint.unix_socket, "/srv/state/winrmd.sock");
  EXPECT_EQ(url_of(endpoint), "http://localhost/wsman");
}

}  // namespace
}  // namespace winrm::client
