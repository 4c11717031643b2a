#include "tools/winrs/clixml.hpp"

#include <gtest/gtest.h>

namespace winrm::tools::winrs_tool {
namespace {

constexpr std::string_view document =
    "#< CLIXML\r\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">"
    "<Obj S=\"progress\" RefId=\"0\"><MS><I64 N=\"SourceId\">1</I64><S N=\"Activity\">busy</S></MS></Obj>"
    "<S S=\"Error\">Get-Item : Cannot find path 'C:\\no' &lt;here&gt;._x000D__x000A_</S>"
    "<S S=\"Error\">At line:1 char:1_x000D__x000A_</S>"
    "<S S=\"warning\">careful</S><S S=\"information\">hidden</S></Objs>\r\n";
constexpr std::string_view shown =
    "Get-Item : Cannot find path 'C:\\no' <here>.\nAt line:1 char:1\nWARNING: careful\n";

TEST(Clixml, ErrorsAreShownAsText) {
  ClixmlReader reader;
  EXPECT_EQ(reader.read(document) + reader.finish(), shown);
}

TEST(Clixml, PiecesMayEndAnywhere) {
  for (std::size_t size = 1; size < document.size(); ++size) {
    ClixmlReader reader;
    std::string out;
    for (std::size_t at = 0; at < document.size(); at += size) out += reader.read(document.substr(at, size));
    EXPECT_EQ(out + reader.finish(), shown) << size;
  }
}

TEST(Clixml, OtherTextIsLeftAlone) {
  ClixmlReader reader;
  EXPECT_EQ(reader.read("plain <S S=\"Error\">x</S> #<"), "plain <S S=\"Error\">x</S> ");
  EXPECT_EQ(reader.finish(), "#<");
  ClixmlReader around;
  EXPECT_EQ(around.read("before\n" + std::string(document) + "after\n") + around.finish(),
            "before\n" + std::string(shown) + "after\n");
}

TEST(Clixml, EscapesAreUtf16) {
  ClixmlReader reader;
  EXPECT_EQ(reader.read("#< CLIXML\n<Objs><S S=\"Error\">_xD83D__xDE00_ _x00E9_ _xZZZZ_ &amp;lt;</S></Objs>"),
            "\xF0\x9F\x98\x80 \xC3\xA9 _xZZZZ_ &lt;");
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
