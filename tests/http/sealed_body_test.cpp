#include "http/sealed_body.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "http/fake_sealer.hpp"

namespace winrm::http {
namespace {

constexpr std::string_view soap_type = "application/soap+xml;charset=UTF-8";
constexpr std::string_view spnego = "application/HTTP-SPNEGO-session-encrypted";

std::string header_for(std::string_view protocol, std::string_view kind = "multipart/encrypted") {
  std::string header(kind);
  return header.append(";protocol=\"").append(protocol).append("\";boundary=\"Encrypted Boundary\"");
}

/// A body as pywinrm writes it.
std::string sealed_by_hand(std::string_view plain, auth::Sealer& sealer, std::string_view tab = "\t",
                           std::string_view boundary = "--Encrypted Boundary") {
  auto const sealed = sealer.seal(plain).value();
  std::string body;
  body.append(boundary).append("\r\n").append(tab).append("Content-Type: ").append(spnego).append("\r\n");
  body.append(tab).append("OriginalContent: type=application/soap+xml;charset=UTF-8;Length=");
  body.append(std::to_string(plain.size())).append("\r\n").append(boundary).append("\r\n");
  body.append(tab).append("Content-Type: application/octet-stream\r\n");
  body.append(std::string("\x10\0\0\0", 4)).append(sealed.header).append(sealed.ciphertext);
  return body.append(boundary).append("--\r\n");
}

struct Sides {
  FakeSealer writer;
  FakeSealer reader;
};

std::string message_of(Result<UnsealedBody> const& result) { return result ? "" : result.error().message; }

TEST(SealedBody, ReadsWhatPywinrmWrites) {
  Sides sides;
  auto const read =
      unseal_body(header_for(spnego), sealed_by_hand("<s:Envelope/>", sides.writer), sides.reader);
  ASSERT_TRUE(read) << message_of(read);
  EXPECT_EQ(read->plain, "<s:Envelope/>");
  EXPECT_EQ(read->content_type, soap_type);
  EXPECT_EQ(read->style.protocol, spnego);
  EXPECT_TRUE(read->style.tab_before_headers);
  EXPECT_FALSE(read->style.space_in_boundary);
  EXPECT_FALSE(read->style.multi);
}

TEST(SealedBody, WithoutTabAndWithSpaceInTheBoundaryIsRememberedForTheAnswer) {
  Sides sides;
  auto const body = sealed_by_hand("x", sides.writer, "", "-- Encrypted Boundary");
  auto const read = unseal_body(header_for(spnego), body, sides.reader);
  ASSERT_TRUE(read) << message_of(read);
  EXPECT_FALSE(read->style.tab_before_headers);
  EXPECT_TRUE(read->style.space_in_boundary);
}

TEST(SealedBody, WritesTheBytesOfTheSpecification) {
  Sides sides;
  auto const written = seal_body("hello", soap_type, SealedStyle{}, sides.writer);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->content_type, header_for(spnego));
  EXPECT_EQ(written->body, sealed_by_hand("hello", sides.reader));
}

TEST(SealedBody, WithoutTabItIsAsLongAsWhatWindowsSends) {
  // Five recorded messages are 302 bytes longer sealed (Kerberos, header of 60) than plain: "3240 -> 3542".
  FakeSealer sealer(60);
  SealedStyle style;
  style.protocol = "application/HTTP-Kerberos-session-encrypted";
  style.tab_before_headers = false;
  auto const plain = std::string(3240, 'x');
  auto const written = seal_body(plain, "application/soap+xml;charset=UTF-16", style, sealer);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->body.size(), 3542U);
}

TEST(SealedBody, EveryStyleComesBackAsItWas) {
  for (auto const protocol :
       {"application/HTTP-SPNEGO-session-encrypted", "application/HTTP-Kerberos-session-encrypted"})
    for (bool const tab : {false, true})
      for (bool const space : {false, true})
        for (bool const multi : {false, true})
          for (std::size_t const size : {0U, 1U, 16384U, 16385U, 50000U}) {
            Sides sides;
            SealedStyle const style{protocol, tab, space, multi};
            auto const plain = std::string(size, 'p');
            auto const written = seal_body(plain, soap_type, style, sides.writer);
            ASSERT_TRUE(written);
            auto const read = unseal_body(written->content_type, written->body, sides.reader);
            ASSERT_TRUE(read) << message_of(read);
            EXPECT_EQ(read->plain, plain);
            EXPECT_EQ(read->style.protocol, protocol);
            EXPECT_EQ(read->style.tab_before_headers, tab);
            EXPECT_EQ(read->style.space_in_boundary, space);
            EXPECT_EQ(read->style.multi, multi);
          }
}

TEST(SealedBody, MultiPartsAreOnePairForEach16KiB) {
  Sides sides;
  SealedStyle style;
  style.multi = true;
  auto const written = seal_body(std::string(40000, 'p'), soap_type, style, sides.writer);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->content_type, header_for(spnego, "multipart/x-multi-encrypted"));
  EXPECT_EQ(sides.writer.sealed(), 3U);
  EXPECT_NE(written->body.find("Length=16384\r\n"), std::string::npos);
  EXPECT_NE(written->body.find("Length=7232\r\n"), std::string::npos);
}

TEST(SealedBody, CiphertextThatContainsTheBoundaryIsNotMistakenForIt) {
  Sides sides;
  std::string plain = "--Encrypted Boundary--\r\n--Encrypted Boundary\r\n";
  for (auto& c : plain) c = static_cast<char>(c ^ FakeSealer::key_of_message(0));
  auto const body = sealed_by_hand(plain, sides.writer);
  EXPECT_GT(body.find("--Encrypted Boundary--\r\n"), 0U);
  auto const read = unseal_body(header_for(spnego), body, sides.reader);
  ASSERT_TRUE(read) << message_of(read);
  EXPECT_EQ(read->plain, plain);
}

TEST(SealedBody, AcceptsAnyOfTheThreeProtocolsInAnyCase) {
  EXPECT_TRUE(is_sealed_content_type("Multipart/Encrypted; protocol=\"x\""));
  EXPECT_TRUE(is_sealed_content_type("multipart/x-multi-encrypted"));
  EXPECT_FALSE(is_sealed_content_type("multipart/encrypted-not"));
  EXPECT_FALSE(is_sealed_content_type("application/soap+xml"));
  for (auto const protocol :
       {"application/http-spnego-session-encrypted", "application/HTTP-Kerberos-session-encrypted"}) {
    Sides sides;
    EXPECT_TRUE(unseal_body(header_for(protocol), sealed_by_hand("x", sides.writer), sides.reader));
  }
  Sides sides;
  EXPECT_FALSE(unseal_body(header_for("application/other"), sealed_by_hand("x", sides.writer), sides.reader));
  EXPECT_FALSE(unseal_body("multipart/encrypted", sealed_by_hand("x", sides.writer), sides.reader));
}

TEST(SealedBody, CredSspPayloadsAreMeasuredByTheirTlsRecords) {
  // A payload of two records (type 23, version 3.3) around "ab" and "cde"; the prefix is the trailer's
  // length.
  std::string const records(
      "\x17\x03\x03\0\x02"
      "ab"
      "\x17\x03\x03\0\x03"
      "cde",
      15);
  std::string body =
      "--Encrypted Boundary\r\n\tContent-Type: application/HTTP-CredSSP-session-encrypted\r\n"
      "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=15\r\n--Encrypted Boundary\r\n"
      "\tContent-Type: application/octet-stream\r\n";
  body.append("\x10\0\0\0", 4).append(records).append("--Encrypted Boundary--\r\n");
  struct : auth::Sealer {
    Result<auth::SealedMessage> seal(std::string_view) override { return fail("unused"); }
    Result<std::string> unseal(std::string_view bytes, std::size_t header_bytes) override {
      EXPECT_EQ(header_bytes, 16U);
      return std::string(bytes);
    }
  } echo;
  auto const read = unseal_body(header_for("application/HTTP-CredSSP-session-encrypted"), body, echo);
  ASSERT_TRUE(read) << message_of(read);
  EXPECT_EQ(read->plain, records);
}

TEST(SealedBody, AnyTruncationFails) {
  FakeSealer writer;
  auto const body = sealed_by_hand("<s:Envelope/>", writer);
  for (std::size_t size = 0; size + 2 < body.size(); ++size) {
    FakeSealer reader;
    EXPECT_FALSE(unseal_body(header_for(spnego), body.substr(0, size), reader)) << size;
  }
  FakeSealer reader;
  EXPECT_TRUE(unseal_body(header_for(spnego), body.substr(0, body.size() - 2), reader))
      << "last CRLF is optional";
}

TEST(SealedBody, WrongLengthsFail) {
  auto const with_length = [](std::string_view length) {
    FakeSealer writer;
    auto body = sealed_by_hand("<s:Envelope/>", writer);
    auto const at = body.find("Length=") + 7;
    body.replace(at, 2, length);
    FakeSealer reader;
    return unseal_body(header_for(spnego), body, reader).has_value();
  };
  EXPECT_TRUE(with_length("13"));
  for (auto const length : {"12", "14", "0", "", "-1", "13x", "99999999999999999999", "18446744073709551615"})
    EXPECT_FALSE(with_length(length)) << length;
}

TEST(SealedBody, WrongHeaderLengthsFail) {
  FakeSealer writer;
  auto const body = sealed_by_hand("<s:Envelope/>", writer);
  auto const at = body.find("octet-stream\r\n") + 14;
  for (auto const& prefix :
       {std::string("\x0f\0\0\0", 4), std::string("\x11\0\0\0", 4), std::string("\0\0\0\0", 4),
        std::string("\xff\xff\xff\xff", 4), std::string("\0\x10\0\0", 4)}) {
    auto altered = body;
    altered.replace(at, 4, prefix);
    FakeSealer reader;
    EXPECT_FALSE(unseal_body(header_for(spnego), altered, reader));
  }
}

TEST(SealedBody, AlteredReplayedAndReorderedMessagesFail) {
  Sides sides;
  auto const first = sealed_by_hand("one", sides.writer);
  auto const second = sealed_by_hand("two", sides.writer);
  EXPECT_FALSE(unseal_body(header_for(spnego), second, sides.reader)) << "reordered";
  FakeSealer reader;
  EXPECT_TRUE(unseal_body(header_for(spnego), first, reader));
  EXPECT_FALSE(unseal_body(header_for(spnego), first, reader)) << "replayed";
  auto altered = second;
  altered[altered.find("octet-stream\r\n") + 14 + 4 + 16] ^= 1;
  EXPECT_FALSE(unseal_body(header_for(spnego), altered, reader)) << "altered";
}

TEST(SealedBody, BytesAfterTheEndFail) {
  Sides sides;
  EXPECT_FALSE(unseal_body(header_for(spnego), sealed_by_hand("x", sides.writer) + "more", sides.reader));
}

TEST(SealedBody, LineBreaksAfterTheEndAreAccepted) {
  Sides sides;
  auto const read = unseal_body(header_for(spnego), sealed_by_hand("x", sides.writer) + "\r\n", sides.reader);
  ASSERT_TRUE(read) << "OMI ends with two";
  EXPECT_EQ(read->plain, "x");
}

TEST(SealedBody, SeveralPairsNeedTheMultiType) {
  Sides sides;
  SealedStyle style;
  style.multi = true;
  auto const written = seal_body(std::string(20000, 'p'), soap_type, style, sides.writer);
  ASSERT_TRUE(written);
  EXPECT_FALSE(unseal_body(header_for(spnego), written->body, sides.reader));
}

}  // namespace
}  // namespace winrm::http
