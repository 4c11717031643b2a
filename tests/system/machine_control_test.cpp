#include "system/machine_control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sdbus-c++/sdbus-c++.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <system_error>

#include "support/recorded_host.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::system {
namespace {

using ::testing::ElementsAre;

constexpr auto* bus_program = "/usr/bin/dbus-daemon";
constexpr auto* manager_interface = "org.freedesktop.login1.Manager";

/// A bus of our own.
class Bus {
 public:
  Bus() : address_("unix:path=" + (folder_ / "bus").string()) {
    std::string const address = "--address=" + address_;
    std::vector<std::string> arguments{bus_program, "--session", "--nofork", "--nopidfile", address};
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (::posix_spawn(&process_, bus_program, nullptr, nullptr, argv.data(), environ) != 0) {
      throw std::runtime_error("dbus-daemon does not start");
    }
    for (int i = 0; i < 500 && !std::filesystem::exists(folder_ / "bus"); ++i) ::usleep(10'000);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address_.c_str(), 1);
  }
  ~Bus() {
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Bus(Bus const&) = delete;
  Bus& operator=(Bus const&) = delete;

 private:
  support::TemporaryFolder folder_;
  std::string address_;
  pid_t process_ = -1;
};

/// Answers as systemd-logind does, and writes down what it is asked.
class Logind {
 public:
  Logind() : connection_(sdbus::createSystemBusConnection("org.freedesktop.login1")) {
    object_ = sdbus::createObject(*connection_, "/org/freedesktop/login1");
    for (std::string const method : {"Reboot", "PowerOff"}) {
      object_->registerMethod(method)
          .onInterface(manager_interface)
          .implementedAs(
              [this, method](bool interactive) { note(method + (interactive ? " interactively" : "")); });
    }
    object_->registerMethod("SetWallMessage")
        .onInterface(manager_interface)
        .implementedAs([this](std::string const& message, bool) { note("say " + message); });
    object_->registerMethod("ScheduleShutdown")
        .onInterface(manager_interface)
        .implementedAs([this](std::string const& type, std::uint64_t at) {
          auto const now = std::chrono::duration_cast<std::chrono::seconds>(
              std::chrono::system_clock::now().time_since_epoch());
          // Rounded: the question took some time.
          auto const seconds = (static_cast<std::int64_t>(at / 1'000'000) - now.count() + 5) / 10 * 10;
          note(type + " in " + std::to_string(seconds));
        });
    object_->finishRegistration();
    connection_->enterEventLoopAsync();
  }

  std::vector<std::string> asked() {
    std::lock_guard const lock(mutex_);
    return asked_;
  }
  void refuse_with(std::string error) {
    std::lock_guard const lock(mutex_);
    error_ = std::move(error);
  }

 private:
  void note(std::string const& question) {
    std::lock_guard const lock(mutex_);
    if (!error_.empty()) throw sdbus::Error(error_, "refused");
    asked_.push_back(question);
  }

  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::string error_;
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IObject> object_;
};

class MachineControlOverLogind : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access(bus_program, X_OK) != 0) GTEST_SKIP() << "package dbus-daemon is not installed";
    bus_ = std::make_unique<Bus>();
    logind_ = std::make_unique<Logind>();
    host_.written["/run/systemd/system"] = "";
  }
  int error_of(PowerAction action) {
    try {
      control_->power(action, std::chrono::seconds(0), "");
    } catch (std::system_error const& error) {
      return error.code().value();
    }
    return 0;
  }

  test::RecordedHost host_{"debian12-server"};
  std::unique_ptr<Bus> bus_;
  std::unique_ptr<Logind> logind_;
  std::unique_ptr<MachineControl> control_ = make_machine_control(host_);
};

TEST_F(MachineControlOverLogind, D4_RebootAndPowerOffAskLogindWithoutAsking) {
  control_->power(PowerAction::reboot, std::chrono::seconds(0), "");
  control_->power(PowerAction::power_off, std::chrono::seconds(0), "");
  EXPECT_THAT(logind_->asked(), ElementsAre("Reboot", "PowerOff"));
}

TEST_F(MachineControlOverLogind, D4_ADelayIsScheduledAndItsReasonShown) {
  control_->power(PowerAction::reboot, std::chrono::seconds(600), "a new kernel");
  EXPECT_THAT(logind_->asked(), ElementsAre("say a new kernel", "reboot in 600"));
}

TEST_F(MachineControlOverLogind, D4_WhatLogindRefusesIsTold) {
  logind_->refuse_with("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
  EXPECT_EQ(error_of(PowerAction::reboot), EACCES);
  logind_->refuse_with("org.freedesktop.DBus.Error.AccessDenied");
  EXPECT_EQ(error_of(PowerAction::power_off), EACCES);
  logind_->refuse_with("org.freedesktop.login1.OperationInProgress");
  EXPECT_EQ(error_of(PowerAction::power_off), EALREADY);
}

TEST(MachineControlWithoutSystemd, D4_UsesTheShutdownOfItsInit) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: others are refused before anything is started";
  test::RecordedHost host("debian12-server");
  host.written["/sbin/shutdown"] = "";
  host.answer.exit_status = 0;
  auto const control = make_machine_control(host);
  control->power(PowerAction::reboot, std::chrono::seconds(0), "");
  control->power(PowerAction::power_off, std::chrono::seconds(61), "maintenance");
  using Arguments = std::vector<std::string>;
  EXPECT_THAT(host.ran, ElementsAre(Arguments{"/sbin/shutdown", "-r", "now"},
                                    Arguments{"/sbin/shutdown", "-P", "+2", "maintenance"}));
}

TEST(MachineControlWithoutSystemd, D4_SaysWhenThereIsNoWayToEndTheMachine) {
  test::RecordedHost const host("debian12-server");
  try {
    make_machine_control(host)->power(PowerAction::reboot, std::chrono::seconds(0), "");
    FAIL() << "ended a machine without an init system";
  } catch (std::system_error const& error) {
    EXPECT_EQ(error.code().value(), ::geteuid() == 0 ? ENOTSUP : EPERM);
  }
}

}  // namespace
}  // namespace winrm::system
