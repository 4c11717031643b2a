#include "tools/winrs/support/local_service.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/base64.hpp"
#include "client/support/recording.hpp"

namespace winrm::tools::winrs_tool::testing {
namespace {

using client::testing::element_text;

constexpr std::chrono::seconds patience{10};

std::string envelope(std::string_view request, std::string_view body) {
  return fmt::format(
      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
      "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
      "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
      "xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><s:Header>"
      "<a:RelatesTo>{}</a:RelatesTo></s:Header><s:Body>{}</s:Body></s:Envelope>",
      element_text(request, "MessageID"), body);
}

std::string stream(std::string_view name, std::string_view bytes) {
  return fmt::format("<rsp:Stream Name=\"{}\" CommandId=\"C1\">{}</rsp:Stream>", name, base64::encode(bytes));
}

constexpr std::string_view timed_out =
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:TimedOut</s:Value></s:Subcode></"
    "s:Code>"
    "<s:Reason><s:Text xml:lang=\"en-US\">no output yet</s:Text></s:Reason><s:Detail><f:WSManFault "
    "xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"2150858793\" Machine=\"x\"/>"
    "</s:Detail></s:Fault>";

/// Reads one request from `socket`, whose surplus stays in `buffer`; its body, or "" at the end.
std::string read_request(int socket, std::string& buffer) {
  std::size_t wanted = std::string::npos;
  while (true) {
    if (auto const head = buffer.find("\r\n\r\n"); head != std::string::npos && wanted == std::string::npos) {
      auto const length = buffer.find("Content-Length: ");
      wanted = head + 4 + (length < head ? std::stoul(buffer.substr(length + 16)) : 0);
    }
    if (buffer.size() >= wanted) {
      auto const start = buffer.find("\r\n\r\n") + 4;
      auto body = buffer.substr(start, wanted - start);
      buffer.erase(0, wanted);
      return body;
    }
    char bytes[65536];
    auto const count = recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) return {};
    buffer.append(bytes, static_cast<std::size_t>(count));
  }
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

LocalService::LocalService(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::ofstream(configuration()) << "[Daemon]\nStateDir = \"" << folder_.string() << "\"\n";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto const path = (folder_ / "winrmd.sock").string();
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  listener_ = UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
      listen(listener_.get(), 8) != 0)
    throw std::runtime_error("the test's socket cannot be made");
  acceptor_ = std::thread([this] { accept_all(); });
}

LocalService::~LocalService() {
  shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    std::lock_guard const lock(mutex_);
    ended_ = true;
    for (int const socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void LocalService::accept_all() {
  while (true) {
    int const socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    std::lock_guard const lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void LocalService::serve(int socket) {
  UniqueFd const owner(socket);
  std::string buffer;
  for (auto request = read_request(socket, buffer); !request.empty();
       request = read_request(socket, buffer)) {
    auto const reply = answer(request);
    if (reply.close) break;
    send_all(socket, fmt::format("HTTP/1.1 {} x\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"
                                 "Content-Length: {}\r\n\r\n{}",
                                 reply.status, reply.body.size(), reply.body));
  }
  std::lock_guard const lock(mutex_);
  std::erase(sockets_, socket);
}

LocalService::Reply LocalService::answer(std::string const& request) {
  std::unique_lock lock(mutex_);
  auto const uri = element_text(request, "Action");
  auto action = uri.substr(uri.rfind('/') + 1);
  auto const signal = element_text(request, "Code");
  if (action == "Signal") action += signal.substr(signal.rfind('/'));
  actions_.push_back(action);
  requests_.try_emplace(action, request);
  changed_.notify_all();

  Reply reply;
  if (action == "Create") {
    reply.body = envelope(request, "<rsp:Shell><rsp:ShellId>S1</rsp:ShellId></rsp:Shell>");
  } else if (action == "Command") {
    command_ = element_text(request, "Command");
    reply.body =
        envelope(request, "<rsp:CommandResponse><rsp:CommandId>C1</rsp:CommandId></rsp:CommandResponse>");
  } else if (action == "Send") {
    input_ += *base64::decode(element_text(request, "Stream"));
    input_ended_ = request.find("End=\"true\"") != std::string::npos;
    reply.body = envelope(request, "<rsp:SendResponse/>");
  } else if (action == "Receive") {
    reply = receive(lock);
    if (!reply.close) reply.body = envelope(request, reply.body);
  } else {
    if (action == "Signal/ctrl_c") interrupted_ = true;
    if (action == "Signal/terminate" || action == "Delete") ended_ = true;
    reply.body = envelope(request, action == "Delete" ? "" : "<rsp:SignalResponse/>");
  }
  changed_.notify_all();
  return reply;
}

LocalService::Reply LocalService::receive(std::unique_lock<std::mutex>& lock) {
  Reply reply;
  if (command_ == "speak") {
    reply.body =
        receive_body(stream("stdout", std::string("out\n\xff\x00 bytes", 12)) + stream("stderr", "err\n"), 3);
    return reply;
  }
  if (command_ == "gone") {
    reply.close = true;
    return reply;
  }
  if (command_ == "flood" && !ended_) {
    reply.body = receive_body(stream("stdout", std::string(100000, 'x')), -1);
    return reply;
  }
  bool const ready = changed_.wait_for(lock, std::chrono::milliseconds(300), [this] {
    return ended_ || (command_ == "wait" && interrupted_) || (command_ == "cat" && input_ended_);
  });
  if (!ready) {
    reply.status = 500;
    reply.body = timed_out;
  } else {
    reply.body = receive_body(command_ == "cat" ? stream("stdout", input_) : "", command_ == "cat" ? 0 : 9);
  }
  return reply;
}

std::string LocalService::receive_body(std::string_view chunks, int exit_code) const {
  auto const state = exit_code < 0 ? std::string("Running\">")
                                   : fmt::format("Done\"><rsp:ExitCode>{}</rsp:ExitCode>", exit_code);
  return fmt::format(
      "<rsp:ReceiveResponse>{}<rsp:CommandState CommandId=\"C1\" "
      "State=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/{}</rsp:CommandState>"
      "</rsp:ReceiveResponse>",
      chunks, state);
}

std::vector<std::string> LocalService::actions() {
  std::lock_guard const lock(mutex_);
  return actions_;
}

bool LocalService::wait_for(std::string const& action) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return requests_.contains(action); });
}

std::string LocalService::request_of(std::string const& action) {
  std::lock_guard const lock(mutex_);
  return requests_[action];
}

std::size_t LocalService::connections() {
  std::lock_guard const lock(mutex_);
  return threads_.size();
}

}  // namespace winrm::tools::winrs_tool::testing
