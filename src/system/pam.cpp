#include "system/pam.hpp"

#include <fmt/format.h>
#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>

namespace winrm::system {

namespace {

/// Answers every hidden prompt with the password and every visible one with the user's name; there is no
/// terminal to ask.
struct Answers {
  std::string user;
  Secret const* password = nullptr;
};

char* copy_for_pam(std::string const& text) {
  // PAM frees the answers with free(3).
  return ::strdup(text.c_str());
}

void free_responses(pam_response* responses, int count) {
  for (int i = 0; i < count; ++i) {
    if (responses[i].resp == nullptr) continue;
    wipe(responses[i].resp, std::strlen(responses[i].resp));
    std::free(responses[i].resp);
  }
  std::free(responses);
}

int converse(int count, pam_message const** messages, pam_response** answer, void* data) {
  if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
  auto const& answers = *static_cast<Answers const*>(data);
  auto* responses =
      static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
  if (responses == nullptr) return PAM_BUF_ERR;
  for (int i = 0; i < count; ++i) {
    switch (messages[i]->msg_style) {
      case PAM_PROMPT_ECHO_OFF:
        if (answers.password == nullptr) {
          free_responses(responses, count);
          return PAM_CONV_ERR;
        }
        responses[i].resp = copy_for_pam(answers.password->reveal());
        break;
      case PAM_PROMPT_ECHO_ON:
        responses[i].resp = copy_for_pam(answers.user);
        break;
      case PAM_ERROR_MSG:
      case PAM_TEXT_INFO:
        break;
      default:
        free_responses(responses, count);
        return PAM_CONV_ERR;
    }
  }
  *answer = responses;
  return PAM_SUCCESS;
}

/// Hears what modules ask for with pam_fail_delay and does not sleep: a sleeping worker would let anyone with
/// wrong passwords keep the others waiting.
void do_not_sleep(int, unsigned, void*) {}

/// A PAM transaction; what was opened is undone in reverse order.
class Transaction {
 public:
  ~Transaction() {
    if (pam_ == nullptr) return;
    if (abandoned) {
      pam_end(pam_, status_ | PAM_DATA_SILENT);
      return;
    }
    if (session_open) status_ = pam_close_session(pam_, PAM_SILENT);
    if (credentials_set) status_ = pam_setcred(pam_, PAM_DELETE_CRED | PAM_SILENT);
    pam_end(pam_, status_);
  }
  Transaction() = default;
  Transaction(Transaction const&) = delete;
  Transaction& operator=(Transaction const&) = delete;

  [[nodiscard]] int start(PamRequest const& request, Secret const* password) {
    answers_.user = request.user;
    answers_.password = password;
    conversation_.conv = converse;
    conversation_.appdata_ptr = &answers_;
    auto const& directory = request.config_directory;
    status_ = pam_start_confdir(request.service.c_str(), request.user.c_str(), &conversation_,
                                directory.empty() ? nullptr : directory.c_str(), &pam_);
    if (status_ == PAM_SUCCESS && !request.remote_host.empty()) {
      status_ = pam_set_item(pam_, PAM_RHOST, request.remote_host.c_str());
    }
    if (status_ == PAM_SUCCESS) status_ = pam_set_item(pam_, PAM_TTY, "winrm");
    if (status_ == PAM_SUCCESS) {
      void (*delay)(int, unsigned, void*) = do_not_sleep;
      status_ = pam_set_item(pam_, PAM_FAIL_DELAY, reinterpret_cast<void const*>(delay));
    }
    return status_;
  }

  /// Remembers the outcome: pam_end() tells it to the modules' clean-up functions.
  int keep(int status) { return status_ = status; }

  [[nodiscard]] pam_handle_t* get() const { return pam_; }
  [[nodiscard]] std::string describe(char const* step, PamRequest const& request) const {
    char const* text = pam_ != nullptr ? pam_strerror(pam_, status_) : "PAM could not be started";
    return fmt::format("PAM service '{}' refused user '{}' at {}: {}", request.service, request.user, step,
                       text);
  }
  [[nodiscard]] int status() const { return status_; }

  bool credentials_set = false;
  bool session_open = false;
  bool abandoned = false;

 private:
  Answers answers_;
  pam_conv conversation_{};
  pam_handle_t* pam_ = nullptr;
  int status_ = PAM_SUCCESS;
};

}  // namespace

class PamSession::Handle : public Transaction {};

Result<std::string, PamRefusal> pam_check_password(PamRequest const& request, Secret const& password) {
  auto refuse = [&](std::string message, int status) {
    PamRefusal refusal;
    refusal.message = std::move(message);
    refusal.unknown_user = status == PAM_USER_UNKNOWN;
    return tl::unexpected<PamRefusal>(std::move(refusal));
  };
  // A NUL would end the C string early, and what follows would go unchecked.
  if (request.user.empty() || request.user.find('\0') != std::string::npos ||
      password.reveal().find('\0') != std::string::npos) {
    return refuse("the user name is empty, or it or the password holds a NUL character", PAM_USER_UNKNOWN);
  }
  Transaction transaction;
  if (transaction.start(request, &password) != PAM_SUCCESS) {
    return refuse(transaction.describe("start", request), transaction.status());
  }
  if (transaction.keep(pam_authenticate(transaction.get(), PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK)) !=
      PAM_SUCCESS) {
    return refuse(transaction.describe("authentication", request), transaction.status());
  }
  if (transaction.keep(pam_acct_mgmt(transaction.get(), PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK)) !=
      PAM_SUCCESS) {
    return refuse(transaction.describe("the account check", request), transaction.status());
  }
  void const* name = nullptr;
  if (transaction.keep(pam_get_item(transaction.get(), PAM_USER, &name)) != PAM_SUCCESS || name == nullptr) {
    return refuse(transaction.describe("reading the user's name", request), transaction.status());
  }
  return std::string(static_cast<char const*>(name));
}

Result<void> pam_check_account(PamRequest const& request) {
  Transaction transaction;
  if (transaction.start(request, nullptr) != PAM_SUCCESS) return fail(transaction.describe("start", request));
  if (transaction.keep(pam_acct_mgmt(transaction.get(), PAM_SILENT)) != PAM_SUCCESS)
    return fail(transaction.describe("the account check", request));
  return {};
}

bool pam_service_exists(std::string const& service) {
  std::error_code error;
  return !service.empty() && (std::filesystem::exists("/etc/pam.d/" + service, error) ||
                              std::filesystem::exists("/usr/lib/pam.d/" + service, error));
}

PamSession::PamSession(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
PamSession::PamSession(PamSession&&) noexcept = default;
PamSession& PamSession::operator=(PamSession&&) noexcept = default;
PamSession::~PamSession() = default;

Result<PamSession> PamSession::open(PamRequest const& request) {
  auto handle = std::make_unique<Handle>();
  if (handle->start(request, nullptr) != PAM_SUCCESS) return fail(handle->describe("start", request));
  if (handle->keep(pam_acct_mgmt(handle->get(), PAM_SILENT)) != PAM_SUCCESS) {
    return fail(handle->describe("the account check", request));
  }
  if (handle->keep(pam_setcred(handle->get(), PAM_ESTABLISH_CRED | PAM_SILENT)) != PAM_SUCCESS) {
    return fail(handle->describe("setting credentials", request));
  }
  handle->credentials_set = true;
  if (handle->keep(pam_open_session(handle->get(), PAM_SILENT)) != PAM_SUCCESS) {
    return fail(handle->describe("opening the session", request));
  }
  handle->session_open = true;
  return PamSession(std::move(handle));
}

std::vector<std::string> PamSession::environment() const {
  std::vector<std::string> result;
  if (!handle_) return result;
  char** list = pam_getenvlist(handle_->get());
  if (list == nullptr) return result;
  for (char** entry = list; *entry != nullptr; ++entry) {
    result.emplace_back(*entry);
    std::free(*entry);
  }
  std::free(list);
  return result;
}

void PamSession::close() noexcept { handle_.reset(); }

void PamSession::abandon() noexcept {
  if (handle_) handle_->abandoned = true;
  handle_.reset();
}

}  // namespace winrm::system
