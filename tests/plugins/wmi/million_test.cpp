#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "plugins/wmi/enumeration.hpp"
#include "support/recorded_host.hpp"

#ifdef __SANITIZE_ADDRESS__
/// Of the sanitizer's run-time library; g++ 12 comes without its <sanitizer/allocator_interface.h>.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

/// A class with more instances than fit in memory at once.
namespace winrm::plugins::million {

constexpr std::uint32_t count = 1'000'000;

struct Grain {
  std::uint32_t number = 0;
  std::string text;
};

}  // namespace winrm::plugins::million

template <>
inline constexpr auto winrm::cim::schema_of<winrm::plugins::million::Grain> = [] {
  using G = winrm::plugins::million::Grain;
  return describe(ClassName("root/test", "Test_Grain", ""), key<&G::number>("Number"),
                  prop<&G::text>("Text"));
}();

namespace winrm::plugins::million {
namespace {

cim::Generator<Grain> grains(system::Host const&, cim::Query const&) {
  Grain grain;
  grain.text.assign(200, 'x');
  for (std::uint32_t number = 0; number < count; ++number) {
    grain.number = number;
    co_yield grain;
  }
}

#ifdef __SANITIZE_ADDRESS__
// What was freed stays resident for a while, to catch its use.
std::size_t kilobytes_in_use() { return __sanitizer_get_current_allocated_bytes() / 1024; }
#else
std::size_t kilobytes_in_use() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}
#endif

TEST(MillionInstances, MemoryStaysFlat) {
  cim::Registry registry;
  registry.add<Grain>({.enumerate = grains});
  registry.seal();
  winrm::test::RecordedHost const host("debian12-server");
  auto const& cls = *registry.find("root/test", "Test_Grain");
  std::vector<wmi::ClassPlan> plans(1);
  plans.front().cls = &cls;
  plans.front().written_as = &cls;
  auto const mode = engine::EnumerationMode::object_and_epr;
  wmi::narrow_query(plans.front(), mode);
  wmi::InstanceSource source(wmi::Context{host, registry, nullptr}, cim::UriStyle::windows, mode,
                             std::move(plans));
  engine::Item item;
  std::uint32_t seen = 0;
  std::size_t early = 0;
  while (source.next(item)) {
    if (++seen == count / 100) early = kilobytes_in_use();
  }
  EXPECT_EQ(seen, count);
  EXPECT_LT(kilobytes_in_use(), early + 2048) << "kilobytes after 10,000 instances: " << early;
}

}  // namespace
}  // namespace winrm::plugins::million
