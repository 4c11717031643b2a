#pragma once

#include <string>

namespace winrm::engine {

/// What the front says about the connection a request came on.
struct ClientFacts {
  std::string address;    ///< "192.0.2.7", "::1", "local"
  std::string host_used;  ///< the Host header: the name the client has for this machine
  std::string url;        ///< "http://host:5985/wsman", as the client reached us
  bool over_tls = false;
};

}  // namespace winrm::engine
