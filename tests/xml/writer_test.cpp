#include "xml/writer.hpp"

#include <gtest/gtest.h>

#include "xml/document.hpp"

namespace winrm::xml {
namespace {

using namespace std::string_view_literals;

std::string escaped(std::string_view text, Place place = Place::content) {
  std::string out;
  append_escaped(out, text, place);
  return out;
}

TEST(Escape, Markup) {
  EXPECT_EQ(escaped("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c'");
  EXPECT_EQ(escaped(""), "");
  EXPECT_EQ(escaped("]]>"), "]]&gt;");
}

TEST(Escape, WhiteSpaceSurvivesAReader) {
  EXPECT_EQ(escaped("a\tb\nc\rd"), "a\tb\nc&#13;d");
  EXPECT_EQ(escaped("a\tb\nc\rd", Place::attribute), "a&#9;b&#10;c&#13;d");
}

TEST(Escape, WhatXmlForbidsIsReplaced) {
  EXPECT_EQ(escaped("\0\x1b[0m"sv), "��[0m");
  EXPECT_EQ(escaped("\xef\xbf\xbf\xef\xbf\xbe"), "��");
  EXPECT_EQ(escaped("ok\xff\xc3<"), "ok��&lt;");
  EXPECT_EQ(escaped("Grüße 日本 😀"), "Grüße 日本 😀");
}

TEST(Escape, EveryByteStringBecomesReadableXml) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; b += 3) {
      std::string const bytes = {'x', static_cast<char>(a), static_cast<char>(b), static_cast<char>(a), 'y'};
      std::string out;
      Writer writer(out);
      writer.open("t").attribute("v", bytes).text(bytes).close();
      auto const document = Document::parse(out);
      ASSERT_TRUE(document) << out << ": " << document.error().message;
      ASSERT_EQ(document->root().text(), *document->root().attribute("", "v"));
    }
  }
}

TEST(Writer, ElementsAttributesAndDeclarations) {
  std::string out;
  Writer writer(out);
  writer.open("w:a").declare("w", "urn:w").declare("", "urn:d").attribute("n", "1 & 2");
  writer.element("w:b", "x<y").empty("w:c").open("w:d").close();
  writer.open("e").text("t").raw("<f/>").close().close();
  EXPECT_EQ(out,
            "<w:a xmlns:w=\"urn:w\" xmlns=\"urn:d\" n=\"1 &amp; 2\"><w:b>x&lt;y</w:b><w:c/><w:d></w:d>"
            "<e>t<f/></e></w:a>");
  EXPECT_EQ(writer.size(), out.size());
}

TEST(Writer, AppendsToWhatIsThere) {
  std::string out = "before";
  Writer(out).element("a", "");
  EXPECT_EQ(out, "before<a></a>");
}

}  // namespace
}  // namespace winrm::xml
