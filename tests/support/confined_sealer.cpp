// What the service's network process does with a logon, in a process of its own: loads the mechanisms, gives
// up the file system and new descriptors, and only then imports an exported context, opens one message with
// it and seals an answer. Frames (32-bit length, bytes) on standard input: context, message header,
// ciphertext; on standard output: what was opened, header and ciphertext of the answer.
//
//   confined_sealer EMPTY_FOLDER < frames > frames
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "auth/sealer.hpp"

namespace {

[[noreturn]] void give_up(char const* what) {
  std::fprintf(stderr, "confined_sealer: %s\n", what);
  std::exit(1);
}

std::string read_frame() {
  std::uint32_t size = 0;
  if (std::fread(&size, sizeof size, 1, stdin) != 1) give_up("no frame");
  std::string bytes(size, '\0');
  if (size != 0 && std::fread(bytes.data(), size, 1, stdin) != 1) give_up("half a frame");
  return bytes;
}

void write_frame(std::string const& bytes) {
  auto const size = static_cast<std::uint32_t>(bytes.size());
  if (std::fwrite(&size, sizeof size, 1, stdout) != 1 ||
      std::fwrite(bytes.data(), bytes.size(), 1, stdout) != 1) {
    give_up("cannot write");
  }
}

void refuse_files_and_sockets() {
  std::array<unsigned, 5> const calls = {SYS_open, SYS_openat, SYS_openat2, SYS_socket, SYS_execve};
  std::array<sock_filter, 2 * calls.size() + 2> program{};
  program[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    program[1 + 2 * i] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
    program[2 + 2 * i] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }
  program.back() = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  sock_fprog const filter{program.size(), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    give_up("no system call filter");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) give_up("usage: confined_sealer EMPTY_FOLDER");
  winrm::auth::preload_mechanisms();
  if (::geteuid() == 0 && (::chroot(argv[1]) != 0 || ::chdir("/") != 0)) give_up("cannot change the root");
  if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) give_up("cannot become nobody");
  refuse_files_and_sockets();
  if (::open("/etc/passwd", O_RDONLY) >= 0) give_up("files can still be opened");
  auto const context = read_frame();
  auto const header = read_frame();
  auto const ciphertext = read_frame();
  // On a thread of its own, as the network process seals on its workers.
  std::thread([&] {
    auto sealer = winrm::auth::import_sealer(winrm::Secret(context));
    if (!sealer) give_up(sealer.error().message.c_str());
    auto const opened = (*sealer)->unseal(header + ciphertext, header.size());
    if (!opened) give_up(opened.error().message.c_str());
    auto const answer = (*sealer)->seal("answer to " + *opened);
    if (!answer) give_up(answer.error().message.c_str());
    write_frame(*opened);
    write_frame(answer->header);
    write_frame(answer->ciphertext);
  }).join();
  // Without what runs at exit: it would look for files (the sanitizers' leak check does).
  std::fflush(stdout);
  ::_exit(0);
}
