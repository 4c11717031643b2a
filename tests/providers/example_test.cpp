#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cim/instance_xml.hpp"
#include "cim/registry.hpp"
#include "support/recorded_host.hpp"

/// The class that docs/writing-a-provider.md walks through.
namespace example {

void add_kernel_modules(winrm::cim::Registry& registry);

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string content_of(std::string const& path) {
  std::stringstream content;
  content << std::ifstream(std::string(WINRM_SOURCE_DIR) + "/" + path).rdbuf();
  return content.str();
}

class ExampleProvider : public testing::Test {
 protected:
  ExampleProvider() {
    add_kernel_modules(registry_);
    registry_.seal();
  }
  std::vector<std::string> texts(winrm::cim::Query const& query) {
    std::vector<std::string> found;
    auto const rows = cls().enumerate(host_, query);
    while (auto const* row = rows->next()) {
      std::string text;
      winrm::cim::append_instance(text, winrm::cim::UriStyle::windows, cls(), cls(), row, query.wanted());
      found.push_back(std::move(text));
    }
    return found;
  }
  winrm::cim::Class const& cls() { return *registry_.find("root/cimv2", "Example_KernelModule"); }

  winrm::test::RecordedHost host_{"debian12-server"};
  winrm::cim::Registry registry_;
};

TEST_F(ExampleProvider, M13_ListsTheModulesOfTheRecordedMachine) {
  auto const all = texts({});
  ASSERT_EQ(all.size(), 5U);
  EXPECT_THAT(all[4], HasSubstr("<p:Name>jbd2</p:Name>"));
  EXPECT_THAT(all[4], HasSubstr("<p:UsedBy>ext4</p:UsedBy><p:UsedBy>nf_tables</p:UsedBy>"));
  EXPECT_THAT(all[3], HasSubstr("<p:State>Loading</p:State>"));
  EXPECT_THAT(all[1], HasSubstr("<p:UsedBy xsi:nil=\"true\"/>"));
  EXPECT_THAT(all[1], HasSubstr("<p:InstallDate xsi:nil=\"true\"/>"));
}

TEST_F(ExampleProvider, M13_FindsOneByItsKey) {
  winrm::cim::Query query;
  query.require(cls().find("Name")->index, winrm::cim::Value(std::string("mbcache")));
  EXPECT_EQ(texts(query).size(), 1U);
}

TEST_F(ExampleProvider, M13_ItsMethodAnswers) {
  winrm::cim::Query query;
  query.require(cls().find("Name")->index, winrm::cim::Value(std::string("jbd2")));
  winrm::cim::NamedValues in;
  in.put("Prefix", std::string("nf"));
  auto const found = cls().get(host_, query, [&](void const* row) {
    auto const result = cls().provider().methods.front().run(host_, row, in);
    EXPECT_EQ(result.return_value, 0U);
    EXPECT_THAT(*result.out.list<std::string>("Users"), ElementsAre("nf_tables"));
  });
  EXPECT_TRUE(found);
}

/// Every block of code in the document stands in the file that these tests compile.
TEST(ExampleDocument, ShowsTheCodeThatIsCompiled) {
  auto const source = content_of("tests/providers/example/kernel_module.cpp");
  auto const document = content_of("docs/writing-a-provider.md");
  constexpr std::string_view open = "```cpp\n";
  std::size_t blocks = 0;
  for (auto at = document.find(open); at != std::string::npos; at = document.find(open, at)) {
    at += open.size();
    auto const block = document.substr(at, document.find("```", at) - at);
    EXPECT_THAT(source, HasSubstr(block)) << "docs/writing-a-provider.md and the example differ";
    ++blocks;
  }
  EXPECT_EQ(blocks, 5U);
}

}  // namespace
}  // namespace example
