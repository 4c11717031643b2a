#include "service/front/sandbox.hpp"

#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace winrm::service::front {

namespace {

Result<void> failed(char const* what) {
  return fail(std::string("cannot confine the network process: ") + what + ": " + std::strerror(errno));
}

Result<void> become_nobody(Confinement const& c) {
  if (::chroot(c.empty_folder.c_str()) != 0) return failed("chroot");
  if (::chdir("/") != 0) return failed("chdir");
  if (::setgroups(0, nullptr) != 0) return failed("setgroups");
  if (::setresgid(c.gid, c.gid, c.gid) != 0) return failed("setresgid");
  if (::setresuid(c.uid, c.uid, c.uid) != 0) return failed("setresuid");
  if (::setuid(0) == 0) return fail("the network process could become root again");
  return {};
}

// Libraries that look for a file find none, as in the empty root folder.
constexpr std::array absent_files{
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(open_by_handle_at),
};

// Nothing in this process asks for these: whoever does has taken it over.
constexpr std::array fatal{
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(reboot),
};

constexpr std::array refused{
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(kill),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(truncate),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(shmget),
    SCMP_SYS(shmat),
    SCMP_SYS(semget),
    SCMP_SYS(msgget),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(setsid),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(swapon),
    SCMP_SYS(personality),
};

/// Threads yes, processes no. clone3 hides its flags behind a pointer: glibc falls back to clone.
bool add_clone_rules(scmp_filter_ctx filter) {
  return seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
                          SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0 &&
         seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

Result<void> filter_system_calls() {
  auto const release = [](void* context) { seccomp_release(context); };
  std::unique_ptr<void, decltype(release)> const filter(seccomp_init(SCMP_ACT_ALLOW), release);
  if (!filter) return fail("cannot confine the network process: no system call filter");
  bool complete = add_clone_rules(filter.get());
  for (int call : absent_files)
    complete = complete && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOENT), call, 0) == 0;
  for (int call : fatal)
    complete = complete && seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, call, 0) == 0;
  for (int call : refused)
    complete = complete && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
  if (!complete || seccomp_load(filter.get()) != 0) {
    errno = EINVAL;
    return failed("seccomp");
  }
  return {};
}

}  // namespace

Result<void> confine(Confinement const& confinement) {
  if (confinement.privileged) {
    if (auto done = become_nobody(confinement); !done) return done;
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) return failed("dumpable");
  rlimit const none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return failed("RLIMIT_CORE");
  return filter_system_calls();
}

void forbid_processes_and_files() {
  rlimit const none{0, 0};
  ::setrlimit(RLIMIT_NPROC, &none);
  ::setrlimit(RLIMIT_FSIZE, &none);
}

}  // namespace winrm::service::front
