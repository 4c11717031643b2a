// Our side of a logon for tests in other languages, spoken to in lines on standard input and output. Bytes
// are in base64; "-" stands for none.
//
//   logon_peer accept USERS_FILE KEYTAB [BINDING none|relaxed|strict]
//   logon_peer initiate negotiate|ntlm|kerberos USER PASSWORD HOST [BINDING]
//
//   token BYTES             ->  send BYTES | done BYTES [NAME MECHANISM] | deny REASON
//   seal BYTES              ->  sealed HEADER CIPHERTEXT
//   unseal HEADER CIPHERTEXT ->  plain BYTES | error REASON
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "auth/exchange.hpp"
#include "auth/sealer.hpp"
#include "auth/users_file.hpp"
#include "base/base64.hpp"

namespace {

using namespace winrm;
using namespace winrm::auth;

std::string encode(std::string const& bytes) { return bytes.empty() ? "-" : base64::encode(bytes); }
std::string decode(std::string const& word) { return word == "-" ? "" : base64::decode(word).value(); }

struct Answer {
  std::string line;
  std::unique_ptr<Sealer> sealer;  ///< with the end of the logon
};

class Peer {
 public:
  virtual ~Peer() = default;
  virtual Answer step(std::string const& token) = 0;
};

class AcceptingPeer : public Peer {
 public:
  explicit AcceptingPeer(std::vector<std::string> const& words) : users_(words.at(0)) {
    AcceptorOptions options;
    options.users = &users_;
    options.keytab = words.at(1);
    if (words.size() > 3) {
      options.channel_binding = words[2];
      using Level = config::CbtHardeningLevel;
      options.hardening = words[3] == "strict" ? Level::strict
                          : words[3] == "none" ? Level::none
                                               : Level::relaxed;
    }
    acceptor_ = make_gss_acceptor(std::move(options));
  }
  Answer step(std::string const& token) override {
    auto step = acceptor_->step(token);
    switch (step.outcome) {
      case AcceptorStep::Outcome::proceed:
        return {"send " + encode(step.token), nullptr};
      case AcceptorStep::Outcome::deny:
        return {"deny " + step.reason, nullptr};
      case AcceptorStep::Outcome::accept:
        break;
    }
    std::string const line =
        "done " + encode(step.token) + " " + step.client->name + " " + step.client->mechanism;
    auto sealer = import_sealer(std::move(step.client->exported_context));
    return {line, sealer ? std::move(*sealer) : nullptr};
  }

 private:
  UsersFile users_;
  std::unique_ptr<Acceptor> acceptor_;
};

class InitiatingPeer : public Peer {
 public:
  explicit InitiatingPeer(std::vector<std::string> const& words) {
    using Mechanism = InitiatorOptions::Mechanism;
    InitiatorOptions options;
    options.mechanism = words.at(0) == "ntlm"       ? Mechanism::ntlm
                        : words.at(0) == "kerberos" ? Mechanism::kerberos
                                                    : Mechanism::negotiate;
    options.user = words.at(1);
    options.password = Secret(words.at(2));
    options.host = words.at(3);
    if (words.size() > 4) options.channel_binding = words[4];
    initiator_ = make_gss_initiator(std::move(options));
  }
  Answer step(std::string const& token) override {
    auto step = initiator_->step(token);
    if (step.outcome == InitiatorStep::Outcome::failed) return {"deny " + step.reason, nullptr};
    if (step.outcome == InitiatorStep::Outcome::send) return {"send " + encode(step.token), nullptr};
    return {"done " + encode(step.token) + " - " + initiator_->mechanism(), initiator_->take_sealer()};
  }

 private:
  std::unique_ptr<Initiator> initiator_;
};

std::string seal(Sealer& sealer, std::string const& plain) {
  auto const sealed = sealer.seal(plain);
  return sealed ? "sealed " + encode(sealed->header) + " " + encode(sealed->ciphertext)
                : "error " + sealed.error().message;
}

std::string unseal(Sealer& sealer, std::string const& header, std::string const& ciphertext) {
  auto const plain = sealer.unseal(header + ciphertext, header.size());
  return plain ? "plain " + encode(*plain) : "error " + plain.error().message;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  std::vector<std::string> const words(argv + 2, argv + argc);
  std::unique_ptr<Peer> peer;
  if (std::string(argv[1]) == "accept") {
    peer = std::make_unique<AcceptingPeer>(words);
  } else {
    peer = std::make_unique<InitiatingPeer>(words);
  }
  std::unique_ptr<Sealer> sealer;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream parts(line);
    std::string verb, first, second;
    parts >> verb >> first >> second;
    if (verb == "token") {
      auto answer = peer->step(decode(first));
      if (answer.sealer) sealer = std::move(answer.sealer);
      std::cout << answer.line << std::endl;
    } else if (!sealer) {
      std::cout << "error this logon cannot seal" << std::endl;
    } else if (verb == "seal") {
      std::cout << seal(*sealer, decode(first)) << std::endl;
    } else {
      std::cout << unseal(*sealer, decode(first), decode(second)) << std::endl;
    }
  }
}
