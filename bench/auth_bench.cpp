#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "auth/exchange.hpp"
#include "auth/sealer.hpp"
#include "auth/users_file.hpp"
#include "support/realm.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

/// Time this thread spent on a processor, which other load on the machine does not lengthen.
struct CpuClock {
  using duration = std::chrono::nanoseconds;
  static duration now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

using Mechanism = InitiatorOptions::Mechanism;

/// Accounts and a realm, made once: the KDC takes a moment.
struct World {
  support::Realm realm;
  support::TemporaryFolder folder;
  UsersFile users{folder / "users"};

  World() {
    realm.add_user("alice", "Secret 1!");
    realm.add_service("HTTP/localhost");
    if (!users.add("bob", Secret("Secret 1!"), "nobody")) throw std::runtime_error("no users file");
    realm.log_on("alice", "Secret 1!");
  }
  static World& instance() {
    static World world;
    return world;
  }

  std::unique_ptr<Initiator> initiator(Mechanism mechanism, bool kerberos) {
    InitiatorOptions options;
    options.mechanism = mechanism;
    options.host = "localhost";
    if (!kerberos) {
      options.user = "bob";
      options.password = Secret("Secret 1!");
    }
    return make_gss_initiator(std::move(options));
  }
  std::unique_ptr<Acceptor> acceptor() {
    AcceptorOptions options;
    options.keytab = realm.keytab();
    options.users = &users;
    return make_gss_acceptor(std::move(options));
  }
};

struct Logon {
  AcceptedClient client;
  std::unique_ptr<Initiator> initiator;
  CpuClock::duration acceptor_time{};
};

Logon log_on(Mechanism mechanism, bool kerberos) {
  Logon logon;
  logon.initiator = World::instance().initiator(mechanism, kerberos);
  auto step = logon.initiator->step("");
  auto const before_making = CpuClock::now();
  auto acceptor = World::instance().acceptor();
  logon.acceptor_time = CpuClock::now() - before_making;
  while (!step.token.empty()) {
    auto const start = CpuClock::now();
    auto answer = acceptor->step(step.token);
    logon.acceptor_time += CpuClock::now() - start;
    if (answer.outcome == AcceptorStep::Outcome::deny) throw std::runtime_error(answer.reason);
    if (answer.client) logon.client = std::move(*answer.client);
    step = answer.token.empty() ? InitiatorStep{} : logon.initiator->step(answer.token);
  }
  return logon;
}

void verify_password(benchmark::State& state) {
  auto const& users = World::instance().users;
  for (auto _ : state) benchmark::DoNotOptimize(users.verify("bob", Secret("Secret 1!")));
}
BENCHMARK(verify_password)->Unit(benchmark::kMillisecond);

/// The broker's side of a whole logon, from the first token to the exported context.
void accept(benchmark::State& state, Mechanism mechanism, bool kerberos) {
  for (auto _ : state) {
    auto const logon = log_on(mechanism, kerberos);
    state.SetIterationTime(std::chrono::duration<double>(logon.acceptor_time).count());
  }
}
BENCHMARK_CAPTURE(accept, ntlm, Mechanism::ntlm, false)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(accept, ntlm_in_spnego, Mechanism::negotiate, false)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(accept, kerberos, Mechanism::kerberos, true)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(accept, kerberos_in_spnego, Mechanism::negotiate, true)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

void import(benchmark::State& state, bool kerberos) {
  auto const logon = log_on(Mechanism::negotiate, kerberos);
  for (auto _ : state) benchmark::DoNotOptimize(import_sealer(logon.client.exported_context.clone()));
}
BENCHMARK_CAPTURE(import, ntlm, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(import, kerberos, true)->Unit(benchmark::kMicrosecond);

struct Pair {
  std::unique_ptr<Sealer> near;
  std::unique_ptr<Sealer> far;
};

Pair sealers(bool kerberos) {
  auto logon = log_on(Mechanism::negotiate, kerberos);
  Pair pair;
  pair.near = logon.initiator->take_sealer();
  pair.far = std::move(import_sealer(std::move(logon.client.exported_context)).value());
  return pair;
}

void seal(benchmark::State& state, bool kerberos) {
  auto const pair = sealers(kerberos);
  std::string const plain(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(pair.far->seal(plain));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(seal, ntlm, false)->Arg(1500)->Arg(65536)->Arg(500'000);
BENCHMARK_CAPTURE(seal, kerberos, true)->Arg(1500)->Arg(65536)->Arg(500'000);

void unseal(benchmark::State& state, bool kerberos) {
  auto const pair = sealers(kerberos);
  std::string const plain(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    auto const sealed = pair.near->seal(plain).value();
    std::string const bytes = sealed.header + sealed.ciphertext;
    auto const start = CpuClock::now();
    auto const opened = pair.far->unseal(bytes, sealed.header.size());
    state.SetIterationTime(std::chrono::duration<double>(CpuClock::now() - start).count());
    if (!opened) state.SkipWithError(opened.error().message.c_str());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(unseal, ntlm, false)->UseManualTime()->Arg(1500)->Arg(65536)->Arg(500'000);
BENCHMARK_CAPTURE(unseal, kerberos, true)->UseManualTime()->Arg(1500)->Arg(65536)->Arg(500'000);

}  // namespace
}  // namespace winrm::auth
