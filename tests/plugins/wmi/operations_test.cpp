#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/support.hpp"
#include "plugins/wmi/widgets.hpp"
#include "plugins/wmi/wmi_plugin.hpp"
#include "support/recorded_host.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

/// Methods, Put, Create and Delete through the engine.
namespace winrm::plugins {
namespace {

using engine::test::Reply;
using engine::test::RequestText;
using testing::ElementsAre;
using testing::HasSubstr;
using Selectors = std::vector<std::pair<std::string, std::string>>;

std::string const uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/test/Test_Widget";
std::string const box_uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/test/Test_Box";
std::string const point_uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/test/Test_Point";
std::string const thing_uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/test/Test_Thing";
constexpr std::string_view box_reference =
    "<a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>"
    "<a:ReferenceParameters><w:ResourceURI>http://schemas.microsoft.com/wbem/wsman/1/wmi/root/test/Test_Box"
    "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"Number\">7</w:Selector></w:SelectorSet>"
    "</a:ReferenceParameters>";

class WmiOperations : public testing::Test {
 protected:
  WmiOperations() {
    std::vector<std::unique_ptr<engine::Plugin>> plugins;
    plugins.push_back(make_wmi_plugin(std::make_unique<winrm::test::RecordedHost>("debian12-server"),
                                      widgets::make_registry()));
    dispatcher_ = std::make_unique<engine::Dispatcher>(engine::EngineSettings(), std::move(plugins),
                                                       std::vector<std::unique_ptr<engine::ShellPlugin>>());
    widgets::Widget lamp;
    lamp.name = "lamp";
    lamp.size = 3;
    lamp.color = "red";
    lamp.tags = {"a", "b"};
    lamp.serial = "S1";
    widgets::shelf = {{"lamp", lamp}};
    widgets::puts = 0;
  }

  Reply ask(std::string_view action, std::string const& to, std::string const& body,
            Selectors const& selectors = {}, std::string const& fragment = "") {
    RequestText request{std::string(action), to, body, selectors};
    if (!fragment.empty()) {
      request.headers =
          fmt::format(R"(<w:FragmentTransfer s:mustUnderstand="true">{}</w:FragmentTransfer>)", fragment);
    }
    return engine::test::ask(*dispatcher_, request);
  }
  Reply invoke(std::string const& method, std::string const& parameters, Selectors const& selectors = {},
               std::string const& to = uri) {
    auto const body =
        fmt::format(R"(<p:{0}_INPUT xmlns:p="{1}" xmlns:xsi="{2}" xmlns:cim="{3}">{4}</p:{0}_INPUT>)", method,
                    to, ns::xsi, ns::cim, parameters);
    return ask(fmt::format("{}/{}", to, method), to, body, selectors);
  }
  static std::string widget(std::string const& properties) {
    return fmt::format(R"(<p:Test_Widget xmlns:p="{}" xmlns:xsi="{}" xmlns:cim="{}">{}</p:Test_Widget>)", uri,
                       ns::xsi, ns::cim, properties);
  }
  Reply put(std::string const& properties, std::string const& name = "lamp") {
    return ask(wsman::action::put, uri, widget(properties), {{"Name", name}});
  }
  Reply put_fragment(std::string const& path, std::string const& content) {
    auto const body = fmt::format(R"(<w:XmlFragment xmlns:p="{}">{}</w:XmlFragment>)", uri, content);
    return ask(wsman::action::put, uri, body, {{"Name", "lamp"}}, path);
  }
  Reply create(std::string const& properties) { return ask(wsman::action::create, uri, widget(properties)); }
  static std::string out(Reply const& reply, std::string_view name) {
    return reply.body().child(uri, name).trimmed_text();
  }

  std::unique_ptr<engine::Dispatcher> dispatcher_;
};

TEST_F(WmiOperations, M6_AMethodOfAnInstance) {
  auto const reply = invoke("Resize", "<p:Size>9</p:Size>", {{"Name", "lamp"}});
  ASSERT_TRUE(reply.body().is(uri, "Resize_OUTPUT")) << reply.text;
  EXPECT_EQ(reply.body().attribute(ns::xsi, "type"), "p:Resize_OUTPUT");
  EXPECT_EQ(out(reply, "OldSize"), "3");
  EXPECT_EQ(out(reply, "ReturnValue"), "0");
  EXPECT_EQ(reply.header(ns::addressing, "Action").text(), uri + "/ResizeResponse");
  EXPECT_EQ(widgets::shelf.at("lamp").size, 9U);
}

TEST_F(WmiOperations, M6_OutParametersThatWereNotSetAreNil) {
  auto const reply = invoke("Resize", "<p:Size>9</p:Size><p:Unit>furlong</p:Unit>", {{"Name", "lamp"}});
  EXPECT_EQ(out(reply, "ReturnValue"), "21") << reply.text;
  EXPECT_TRUE(reply.body().child(uri, "OldSize").is_nil());
}

TEST_F(WmiOperations, M6_AMethodMayAnswerWithABoolean) {
  EXPECT_EQ(out(invoke("IsLarger", "<p:Size>2</p:Size>", {{"Name", "lamp"}}), "ReturnValue"), "true");
  EXPECT_EQ(out(invoke("IsLarger", "<p:Size>3</p:Size>", {{"Name", "lamp"}}), "ReturnValue"), "false");
}

TEST_F(WmiOperations, M6_AMethodByTheUriOfAParent) {
  auto const reply = invoke("Resize", "<p:Size>9</p:Size>", {{"Name", "lamp"}}, thing_uri);
  EXPECT_EQ(reply.body().child(thing_uri, "ReturnValue").text(), "0") << reply.text;
}

TEST_F(WmiOperations, M6_M8_EveryTypeGoesInAndOut) {
  auto const reply = invoke(
      "Echo",
      fmt::format(
          "<p:Flag>TRUE</p:Flag><p:Byte>255</p:Byte><p:Long>-9223372036854775808</p:Long><p:Short>0.1</"
          "p:Short>"
          "<p:Letter>65</p:Letter><p:Text> a &lt; b </p:Text>"
          "<p:When><cim:Datetime>2026-01-02T03:04:05Z</cim:Datetime></p:When>"
          "<p:Span><cim:Interval>P1DT2H</cim:Interval></p:Span>"
          "<p:Numbers>1</p:Numbers><p:Numbers>2</p:Numbers><p:Target>{}</p:Target>"
          R"(<p:Corner xmlns:q="{}" xsi:type="q:Test_Point_Type"><q:X>-3</q:X><q:Y>4</q:Y></p:Corner>)",
          box_reference, point_uri));
  EXPECT_EQ(out(reply, "FlagOut"), "true") << reply.text;
  EXPECT_EQ(out(reply, "ByteOut"), "255");
  EXPECT_EQ(out(reply, "LongOut"), "-9223372036854775808");
  EXPECT_EQ(out(reply, "ShortOut"), "0.1");
  EXPECT_EQ(out(reply, "LetterOut"), "65");
  EXPECT_EQ(reply.body().child(uri, "TextOut").text(), " a < b ");
  EXPECT_EQ(reply.body().child(uri, "WhenOut").child(ns::cim, "Datetime").text(), "2026-01-02T03:04:05Z");
  EXPECT_EQ(reply.body().child(uri, "SpanOut").child(ns::cim, "Interval").text(), "P1DT2H0M0S");
  EXPECT_THAT(reply.text, HasSubstr("<p:NumbersOut>1</p:NumbersOut><p:NumbersOut>2</p:NumbersOut>"));
  auto const target = reply.body().child(uri, "TargetOut").child(ns::addressing, "ReferenceParameters");
  EXPECT_EQ(target.child(ns::wsman, "ResourceURI").text(), box_uri);
  EXPECT_EQ(target.child(ns::wsman, "SelectorSet").first_child().text(), "7");
  auto const corner = reply.body().child(uri, "CornerOut");
  EXPECT_EQ(corner.child(point_uri, "X").text(), "-3");
  EXPECT_EQ(corner.child(point_uri, "Y").text(), "4");
}

TEST_F(WmiOperations, M8_AReferenceComesBackWithTheNamesOfKeysItWasSentWith) {
  auto const reply = invoke(
      "Echo", fmt::format("<p:Target><a:Address>x</a:Address><a:ReferenceParameters><w:ResourceURI>{}"
                          "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"a&quot;&lt;b\">7</w:Selector>"
                          "</w:SelectorSet></a:ReferenceParameters></p:Target>",
                          box_uri));
  auto const target = reply.body().child(uri, "TargetOut").child(ns::addressing, "ReferenceParameters");
  EXPECT_EQ(target.child(ns::wsman, "SelectorSet").first_child().attribute("", "Name"), "a\"<b")
      << reply.text;
}

TEST_F(WmiOperations, M6_AStaticMethodNeedsNoParametersAndIgnoresSelectors) {
  EXPECT_EQ(out(ask(uri + "/Echo", uri, ""), "ReturnValue"), "0");
  EXPECT_EQ(out(invoke("Echo", "", {{"Name", "nobody"}}), "ReturnValue"), "0");
  EXPECT_TRUE(invoke("Echo", "<p:Text xsi:nil=\"true\"/>").body().child(uri, "TextOut").is_nil());
}

TEST_F(WmiOperations, M9_ParametersAreReadWithTheirCase) {
  auto const reply = invoke("Echo", "<p:text>x</p:text>");
  EXPECT_EQ(reply.fault_subcode(), "w:InvalidParameter");
  EXPECT_EQ(reply.fault_detail(), "InvalidName");
  EXPECT_THAT(reply.text, HasSubstr("no input parameter text"));
}

TEST_F(WmiOperations, M6_WrongArgumentsAreNamed) {
  EXPECT_EQ(invoke("Echo", "<p:FlagOut>true</p:FlagOut>").fault_detail(), "InvalidName")
      << "an out parameter";
  EXPECT_EQ(invoke("Echo", "<p:Byte>256</p:Byte>").fault_detail(), "TypeMismatch");
  EXPECT_EQ(invoke("Echo", "<p:Byte>1</p:Byte><p:Byte>2</p:Byte>").fault_detail(), "TypeMismatch");
  EXPECT_EQ(invoke("Echo", "<p:Byte><p:x/></p:Byte>").fault_detail(), "TypeMismatch");
  EXPECT_EQ(invoke("Echo", "<p:When>yesterday</p:When>").fault_detail(), "TypeMismatch");
  EXPECT_EQ(invoke("Echo", "<p:Corner xsi:type=\"p:Test_Box_Type\"/>").fault_detail(), "TypeMismatch");
  EXPECT_EQ(invoke("Echo", "<p:Corner><p:Z>1</p:Z></p:Corner>").fault_detail(), "TypeMismatch");
  auto const missing = invoke("Resize", "", {{"Name", "lamp"}});
  EXPECT_EQ(missing.fault_subcode(), "w:InvalidParameter");
  EXPECT_THAT(missing.text, HasSubstr("needs the parameter Size"));
}

TEST_F(WmiOperations, M6_WhatCannotBeCalled) {
  EXPECT_EQ(invoke("Explode", "").fault_subcode(), "a:ActionNotSupported");
  EXPECT_EQ(invoke("Resize", "<p:Size>1</p:Size>").fault_code(), std::to_string(0x803380FA)) << "no keys";
  EXPECT_EQ(invoke("Resize", "<p:Size>1</p:Size>", {{"Name", "nobody"}}).fault_code(), "2150858752");
  EXPECT_EQ(ask(uri + "/Echo", uri, "<p:Echo_INPUT xmlns:p=\"urn:x\"/>").fault_detail(), "InvalidNamespace");
  EXPECT_EQ(ask(uri + "/Echo", uri, fmt::format("<p:Other xmlns:p=\"{}\"/>", uri)).fault_subcode(),
            "x:InvalidRepresentation");
}

TEST_F(WmiOperations, M6_FailuresOfProvidersAreFaults) {
  auto const raise = [&](cim::Status status) {
    return invoke("Raise", fmt::format("<p:Status>{}</p:Status>", static_cast<int>(status)));
  };
  EXPECT_EQ(raise(cim::Status::access_denied).fault_code(), "5");
  EXPECT_EQ(raise(cim::Status::access_denied).fault_subcode(), "w:AccessDenied");
  EXPECT_EQ(raise(cim::Status::invalid_parameter).fault_code(), "87");
  EXPECT_EQ(raise(cim::Status::not_found).fault_code(), "2150858752");
  EXPECT_EQ(raise(cim::Status::not_supported).fault_subcode(), "a:ActionNotSupported");
  EXPECT_EQ(raise(cim::Status::already_exists).fault_subcode(), "w:AlreadyExists");
  auto const failed = raise(cim::Status::failed);
  EXPECT_EQ(failed.fault_subcode(), "w:InternalError");
  EXPECT_THAT(failed.text, HasSubstr("as asked"));
}

TEST_F(WmiOperations, P12_ASlowMethodTimesOutAndHoldsNoSlot) {
  RequestText request{uri + "/Sleep", uri,
                      fmt::format("<p:Sleep_INPUT xmlns:p=\"{}\"><p:Milliseconds>1500</p:Milliseconds>"
                                  "</p:Sleep_INPUT>",
                                  uri)};
  request.with_timeout("PT0.2S");
  auto const reply = engine::test::ask(*dispatcher_, request);
  EXPECT_EQ(reply.fault_code(), "2150858793");
  EXPECT_TRUE(dispatcher_->idle());
}

TEST_F(WmiOperations, M5_PutChangesOnlyWhatWasSent) {
  auto const reply = put("<p:Size>8</p:Size><p:Tags>x</p:Tags><p:Tags>y</p:Tags>");
  EXPECT_TRUE(reply.body().is(uri, "Test_Widget")) << reply.text;
  EXPECT_EQ(out(reply, "Size"), "8");
  EXPECT_EQ(out(reply, "Color"), "red");
  EXPECT_THAT(widgets::shelf.at("lamp").tags, ElementsAre("x", "y"));
}

TEST_F(WmiOperations, M5_PutOfNilEmptiesAProperty) {
  EXPECT_TRUE(put("<p:Color xsi:nil=\"true\"/>").body().child(uri, "Color").is_nil());
  EXPECT_EQ(put("<p:Tags xsi:nil=\"true\"/>").fault_code(), "");
  EXPECT_TRUE(widgets::shelf.at("lamp").tags.empty());
}

TEST_F(WmiOperations, M5_PutTakesBackAWholeInstance) {
  for (bool const has_tags : {true, false}) {
    if (!has_tags) widgets::shelf.at("lamp").tags.clear();
    auto const whole = ask(wsman::action::get, uri, "", {{"Name", "lamp"}}).body().serialize();
    EXPECT_EQ(ask(wsman::action::put, uri, whole, {{"Name", "lamp"}}).fault_code(), "");
    EXPECT_EQ(widgets::puts, 0) << "nothing was different";
  }
}

TEST_F(WmiOperations, M5_M8_PutOfAReference) {
  EXPECT_EQ(put(fmt::format("<p:Owner>{}</p:Owner>", box_reference)).fault_code(), "");
  ASSERT_TRUE(widgets::shelf.at("lamp").owner);
  EXPECT_EQ(widgets::shelf.at("lamp").owner->keys.front().value, "7");
}

TEST_F(WmiOperations, M5_ReadOnlyPropertiesAndKeysDoNotChange) {
  EXPECT_EQ(put("<p:Serial>S1</p:Serial><p:Size>4</p:Size>").fault_code(), "") << "the value it has";
  auto const serial = put("<p:Serial>S2</p:Serial>");
  EXPECT_EQ(serial.fault_detail(), "InvalidValues");
  EXPECT_THAT(serial.text, HasSubstr("Serial of Test_Widget is read-only"));
  EXPECT_THAT(put("<p:Name>other</p:Name>").text, HasSubstr("is a key"));
}

TEST_F(WmiOperations, M5_AKeyInAnotherCaseIsTheSameKey) {
  EXPECT_EQ(put("<p:Name>LAMP</p:Name><p:Size>4</p:Size>", "Lamp").fault_code(), "");
  EXPECT_EQ(widgets::shelf.at("lamp").size, 4U);
  EXPECT_EQ(put("<p:Color>RED</p:Color>").fault_code(), "");
  EXPECT_EQ(widgets::shelf.at("lamp").color, "RED") << "what is no key is kept as it was written";
}

TEST_F(WmiOperations, M5_WrongRepresentationsAreRefused) {
  EXPECT_EQ(put("<p:Nonsense>1</p:Nonsense>").fault_detail(), "InvalidValues");
  EXPECT_EQ(put("<p:size>1</p:size>").fault_detail(), "InvalidValues") << "M9: case of names";
  EXPECT_EQ(put("<p:Size>much</p:Size>").fault_detail(), "InvalidValues");
  EXPECT_EQ(put("<p:Size>1</p:Size>", "nobody").fault_code(), "2150858752");
  EXPECT_EQ(
      ask(wsman::action::put, uri, "<p:Test_Widget xmlns:p=\"urn:x\"/>", {{"Name", "lamp"}}).fault_detail(),
      "InvalidNamespace");
  EXPECT_EQ(ask(wsman::action::put, uri, "", {{"Name", "lamp"}}).fault_subcode(), "x:InvalidRepresentation");
  EXPECT_EQ(ask(wsman::action::put, box_uri, "", {{"Number", "7"}}).fault_subcode(), "a:ActionNotSupported");
}

TEST_F(WmiOperations, M5_ClientsOfTheCimInterfacesListWhatTheyChanged) {
  RequestText request{std::string(wsman::action::put),
                      uri,
                      widget("<p:Size>4</p:Size><p:Serial>stale</p:Serial>"),
                      {{"Name", "lamp"}}};
  request.with_option("wmiarray:__MIInstanceModifiedPropertiesList", "Size");
  EXPECT_EQ(engine::test::ask(*dispatcher_, request).fault_code(), "");
  EXPECT_EQ(widgets::shelf.at("lamp").size, 4U);
}

TEST_F(WmiOperations, P7_AFragmentPutChangesOneProperty) {
  auto const reply = put_fragment("Size", "<p:Size>5</p:Size>");
  ASSERT_TRUE(reply.body().is(ns::wsman, "XmlFragment")) << reply.text;
  EXPECT_EQ(out(reply, "Size"), "5");
  EXPECT_EQ(reply.header(ns::wsman, "FragmentTransfer").text(), "Size");
  EXPECT_EQ(put_fragment("Color/text()", "green").body().text(), "green");
  EXPECT_EQ(widgets::shelf.at("lamp").color, "green");
}

TEST_F(WmiOperations, P7_I9_AFragmentPutChangesOneElementOfAnArray) {
  EXPECT_EQ(put_fragment("Tags[2]", "<p:Tags>z</p:Tags>").fault_code(), "");
  EXPECT_THAT(widgets::shelf.at("lamp").tags, ElementsAre("a", "z"));
  EXPECT_EQ(put_fragment("Tags[3]", "<p:Tags>z</p:Tags>").fault_detail(), "InvalidFragment");
}

TEST_F(WmiOperations, P7_I9_AnElementOfAnArrayCannotBecomeNull) {
  auto const reply =
      put_fragment("Tags[1]", fmt::format("<p:Tags xmlns:xsi=\"{}\" xsi:nil=\"true\"/>", ns::xsi));
  EXPECT_EQ(reply.fault_detail(), "InvalidFragment") << reply.text;
  EXPECT_THAT(widgets::shelf.at("lamp").tags, ElementsAre("a", "b"));
}

TEST_F(WmiOperations, P7_FragmentsThatDoNotFitAreRefused) {
  EXPECT_EQ(put_fragment("Size", "<p:Color>5</p:Color>").fault_detail(), "InvalidFragment");
  EXPECT_EQ(put_fragment("Size", "<p:Size>x</p:Size>").fault_detail(), "InvalidFragment");
  EXPECT_EQ(put_fragment("Serial", "<p:Serial>x</p:Serial>").fault_detail(), "InvalidValues");
  EXPECT_EQ(ask(wsman::action::put, uri, widget(""), {{"Name", "lamp"}}, "Size").fault_detail(),
            "InvalidFragment");
  EXPECT_EQ(ask(wsman::action::create, uri, widget(""), {}, "Size").fault_detail(), "FragmentLevelAccess");
}

TEST_F(WmiOperations, M7_CreateAnswersWithTheReferenceOfTheNewInstance) {
  auto const reply = create("<p:Name>desk</p:Name><p:Size>1</p:Size>");
  ASSERT_TRUE(reply.body().is(ns::transfer, "ResourceCreated")) << reply.text;
  EXPECT_EQ(reply.body().child(ns::addressing, "Address").text(), "http://host:5985/wsman");
  auto const parameters = reply.body().child(ns::addressing, "ReferenceParameters");
  EXPECT_EQ(parameters.child(ns::wsman, "ResourceURI").text(), uri);
  EXPECT_EQ(parameters.child(ns::wsman, "SelectorSet").first_child().text(), "desk");
  EXPECT_EQ(widgets::shelf.at("desk").size, 1U);
}

TEST_F(WmiOperations, M7_CreateFillsInDefaultValues) {
  EXPECT_EQ(create("<p:Name>desk</p:Name>").fault_code(), "");
  EXPECT_EQ(widgets::shelf.at("desk").color, "grey");
  EXPECT_EQ(create("<p:Name>chair</p:Name><p:Color>blue</p:Color>").fault_code(), "");
  EXPECT_EQ(widgets::shelf.at("chair").color, "blue");
  EXPECT_EQ(create("<p:Name>box</p:Name><p:Color xsi:nil=\"true\"/>").fault_code(), "");
  EXPECT_EQ(widgets::shelf.at("box").color, std::nullopt) << "null was sent, not left out";
}

TEST_F(WmiOperations, M7_CreateRefusesWhatCannotBe) {
  EXPECT_EQ(create("<p:Name>lamp</p:Name>").fault_subcode(), "w:AlreadyExists");
  EXPECT_EQ(create("<p:Size>1</p:Size>").fault_code(), "87");
  EXPECT_EQ(create("<p:Nonsense>1</p:Nonsense>").fault_detail(), "InvalidValues");
  EXPECT_EQ(ask(wsman::action::create, box_uri, fmt::format("<p:Test_Box xmlns:p=\"{}\"/>", box_uri))
                .fault_subcode(),
            "a:ActionNotSupported");
}

TEST_F(WmiOperations, DeleteRemovesAnInstance) {
  EXPECT_EQ(ask(wsman::action::remove, uri, "", {{"Name", "lamp"}}).fault_code(), "");
  EXPECT_TRUE(widgets::shelf.empty());
  EXPECT_EQ(ask(wsman::action::remove, uri, "", {{"Name", "lamp"}}).fault_code(), "2150858752");
  EXPECT_EQ(ask(wsman::action::remove, box_uri, "", {{"Number", "7"}}).fault_subcode(),
            "a:ActionNotSupported");
}

}  // namespace
}  // namespace winrm::plugins
