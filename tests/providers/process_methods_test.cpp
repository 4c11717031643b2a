#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "cim/failure.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/return_codes.hpp"
#include "providers/support.hpp"
#include "support/temporary_folder.hpp"
#include "system/process_control.hpp"

/// Methods of Win32_Process, for their effect on processes of this machine.
namespace winrm::providers {
namespace {

using test::output_of;
using test::with;

using enum test::Code;

class ProcessMethods : public ::testing::Test {
 protected:
  cim::MethodResult create(std::string const& command, cim::NamedValues in = {}) {
    return test::invoke_static(cls_, *host_, "Create", with("CommandLine", command, std::move(in)));
  }
  std::string created(std::string const& command, cim::NamedValues in = {}) {
    auto const result = create(command, std::move(in));
    EXPECT_EQ(result.return_value, success);
    auto const pid = std::to_string(result.out.get<std::uint32_t>("ProcessId").value());
    started_.push_back(pid);
    return pid;
  }
  cim::MethodResult invoke(std::string const& pid, std::string const& name, cim::NamedValues const& in = {}) {
    return test::invoke(cls_, *host_, pid, name, in);
  }
  void TearDown() override {
    for (auto const& pid : started_) ::kill(static_cast<pid_t>(std::stol(pid)), SIGKILL);
  }

  /// What a process that was created writes into a file, once it has.
  std::string written(std::string const& command, cim::NamedValues in = {}) {
    auto const file = folder_.path() / "out";
    created(
        "{ " + command + "; } > " + file.string() + ".part; mv " + file.string() + ".part " + file.string(),
        std::move(in));
    for (int attempt = 0; attempt < 500 && !std::filesystem::exists(file); ++attempt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::ifstream in_file(file);
    return {std::istreambuf_iterator<char>(in_file), {}};
  }
  static bool runs(std::string const& pid) {
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string line;
    std::getline(stat, line);
    return !line.empty() && line.find(") Z ") == std::string::npos;
  }
  static void wait_for_end(std::string const& pid) {
    for (int attempt = 0; attempt < 500 && runs(pid); ++attempt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  cim::Registry registry_ = make_registry();
  cim::Class const& cls_ = *registry_.find("root/cimv2", "Win32_Process");
  std::unique_ptr<system::Host> host_ = system::make_host();
  winrm::support::TemporaryFolder folder_;
  std::vector<std::string> started_;
};

TEST_F(ProcessMethods, D3_CreateStartsAndTerminateKills) {
  auto const pid = created("exec sleep 300");
  EXPECT_EQ(output_of("ps -o args= -p " + pid), "sleep 300");
  EXPECT_EQ(output_of("ps -o sid= -p " + pid + " | tr -d ' '"), pid) << "a session of its own";
  EXPECT_NE(output_of("ps -o ppid= -p " + pid + " | tr -d ' '"), std::to_string(::getpid()));
  EXPECT_EQ(invoke(pid, "Terminate", with("Reason", std::uint32_t{1})).return_value, success);
  wait_for_end(pid);
  EXPECT_FALSE(runs(pid));
}

TEST_F(ProcessMethods, D3_CreateLeavesNothingOfThisProcessOpen) {
  EXPECT_EQ(written("ls -l /proc/self/fd | awk '$9 ~ /^[0-9]+$/ && $9 != 1 {print $9, $11}' | grep -v proc"),
            "0 /dev/null\n2 /dev/null\n");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "and no child";
}

TEST_F(ProcessMethods, D3_CreateRunsShellSyntaxInTheAskedFolder) {
  EXPECT_EQ(written("pwd; echo $((6 * 7)) | cat", with("CurrentDirectory", folder_.path().string())),
            folder_.path().string() + "\n42\n");
}

TEST_F(ProcessMethods, D3_CreateHonoursTheStartupInformation) {
  auto startup = std::make_shared<cim::NamedValues>();
  startup->put("EnvironmentVariables", std::vector<std::string>{"COLOUR=dark blue", "EMPTY="});
  startup->put("PriorityClass", std::uint32_t{16384});
  cim::NamedValues in;
  in.set("ProcessStartupInformation", cim::NamedValues::Instance(startup));
  EXPECT_EQ(written("echo \"$COLOUR,$EMPTY,$HOME\"; nice", in),
            "dark blue,," + output_of("echo ~") + "\n10\n");
}

TEST_F(ProcessMethods, CreateSaysWhatIsWrong) {
  EXPECT_EQ(create("").return_value, invalid);
  EXPECT_EQ(create(" \t ").return_value, invalid);
  EXPECT_EQ(create(std::string("a\0b", 3)).return_value, invalid);
  EXPECT_EQ(test::invoke_static(cls_, *host_, "Create").return_value, invalid);
  EXPECT_EQ(create("/no/such/program now").return_value, not_found);
  EXPECT_EQ(create("sleep 1", with("CurrentDirectory", std::string("/no/such/folder"))).return_value,
            not_found);
  for (auto const* broken : {"NOVALUE", "=x"}) {
    auto startup = std::make_shared<cim::NamedValues>();
    startup->put("EnvironmentVariables", std::vector<std::string>{broken});
    cim::NamedValues in;
    in.set("ProcessStartupInformation", cim::NamedValues::Instance(startup));
    EXPECT_EQ(create("sleep 1", in).return_value, invalid) << broken;
  }
}

TEST_F(ProcessMethods, GetOwnerAgreesWithPs) {
  auto const own = std::to_string(::getpid());
  auto const owner = invoke(own, "GetOwner");
  EXPECT_EQ(owner.return_value, success);
  EXPECT_EQ(owner.out.get<std::string>("User"), output_of("id -un"));
  EXPECT_EQ(owner.out.get<std::string>("Domain"), output_of("uname -n | cut -d. -f1"));
  EXPECT_EQ(invoke(own, "GetOwnerSid").out.get<std::string>("Sid"), "S-1-22-1-" + output_of("id -u"));
}

TEST_F(ProcessMethods, SetPriorityChangesTheNiceValue) {
  auto const pid = created("exec sleep 300");
  EXPECT_EQ(invoke(pid, "SetPriority", with("Priority", std::int32_t{16384})).return_value, success);
  EXPECT_EQ(output_of("ps -o nice= -p " + pid + " | tr -d ' '"), "10");
  EXPECT_EQ(invoke(pid, "SetPriority", with("Priority", std::int32_t{64})).return_value, success);
  EXPECT_EQ(output_of("ps -o nice= -p " + pid + " | tr -d ' '"), "19");
  EXPECT_EQ(invoke(pid, "SetPriority", with("Priority", std::int32_t{7})).return_value, invalid);
}

TEST_F(ProcessMethods, AProcessThatEndedIsNotFound) {
  auto const pid = created("exec sleep 300");
  cim::Query query(cls_.key_set());
  query.require(cls_.find("Handle")->index, cim::Value(pid));
  cls_.get(*host_, query, [&](void const* row) {
    ::kill(static_cast<pid_t>(std::stol(pid)), SIGKILL);
    for (int attempt = 0; attempt < 500 && std::filesystem::exists("/proc/" + pid); ++attempt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (std::filesystem::exists("/proc/" + pid)) GTEST_SKIP() << "nobody reaps orphans on this machine";
    EXPECT_THROW((void)test::method(cls_, "Terminate").run(*host_, row, {}), cim::Failure);
    EXPECT_THROW((void)test::method(cls_, "GetOwner").run(*host_, row, {}), cim::Failure);
  });
}

/// What a method returns to an account without rights over the process.
std::uint32_t as_nobody(std::function<cim::MethodResult()> const& call) {
  constexpr uid_t nobody = 65534;
  auto const child = ::fork();
  if (child == 0) {
    bool const changed = ::setgid(nobody) == 0 && ::setuid(nobody) == 0;
    ::_exit(changed ? static_cast<int>(call().return_value) : 255);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return static_cast<std::uint32_t>(WEXITSTATUS(status));
}

TEST_F(ProcessMethods, D3_AnotherAccountsProcessIsDenied) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another account";
  auto const pid = created("exec sleep 300");
  EXPECT_EQ(as_nobody([&] { return invoke(pid, "Terminate"); }), access_denied);
  EXPECT_EQ(as_nobody([&] { return invoke(pid, "SetPriority", with("Priority", std::int32_t{64})); }),
            access_denied);
  EXPECT_TRUE(runs(pid));
  EXPECT_EQ(as_nobody([&] {
              auto startup = std::make_shared<cim::NamedValues>();
              startup->put("PriorityClass", std::uint32_t{256});
              cim::NamedValues in;
              in.set("ProcessStartupInformation", cim::NamedValues::Instance(startup));
              return create("/bin/sleep 1", in);
            }),
            privilege);
}

TEST_F(ProcessMethods, WhatWasCreatedCarriesTheMarkOfTheService) {
  auto const pid = created("exec sleep 300");
  auto const is_marked = [&] { return system::is_detached(static_cast<system::proc::Pid>(std::stoul(pid))); };
  // Between the shell and the program it becomes there is a moment without an environment.
  for (int attempt = 0; attempt < 200 && !is_marked(); ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(is_marked());
  EXPECT_FALSE(system::is_detached(static_cast<system::proc::Pid>(::getpid())));
}

TEST_F(ProcessMethods, D3_AThreadIsNoProcess) {
  std::atomic<pid_t> number{0};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    number = ::gettid();
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  while (number == 0) std::this_thread::yield();
  EXPECT_TRUE(test::instance(cls_, *host_, std::to_string(number)).empty());
  EXPECT_FALSE(test::instance(cls_, *host_, std::to_string(::getpid())).empty());
  done = true;
  thread.join();
}

}  // namespace
}  // namespace winrm::providers
