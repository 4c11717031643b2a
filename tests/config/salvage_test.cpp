#include "config/salvage.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"

namespace winrm::config {
namespace {

TEST(Salvage, C6_KeepsWhatIsRightAndIsNotRestored) {
  EXPECT_EQ(salvage("MaxTimeoutms = = 5\n"
                    "[Service]\nMaxConnections = 7\n"
                    "[Daemon]\nStateDir = \"/srv/state\"  # here\n"
                    "[[Listener]]\nAddress = \"nonsense\"\n"
                    "[[Listener]]\nPort = 6000\n"
                    "[[Listener]]\nPort = 6000\nURLPrefix = \"twice\"\n"
                    "[host.web1]\nremote = \"web1\"",
                    "/etc/winrm.toml"),
            "[Daemon]\nStateDir = \"/srv/state\"  # here\n"
            "[[Listener]]\nPort = 6000\n"
            "[host.web1]\nremote = \"web1\"\n");
}

TEST(Salvage, IsValidWhateverTheText) {
  for (auto const* text : {"", "[", "[[", "[Daemon", "\n\n[Daemon]\n[Daemon]\n", "[Daemon]\nLogLevel = \"",
                           "\xFF\xFE[x]", "[[Plugin]]\n[[Security]]\nUri = \"urn:x\"\nSddl = \"D:\"\n"})
    EXPECT_TRUE(parse(salvage(text, "x"), "x").has_value()) << text;
}

}  // namespace
}  // namespace winrm::config
