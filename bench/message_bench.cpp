#include <benchmark/benchmark.h>

#include <string>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "wsman/actions.hpp"
#include "wsman/answer.hpp"
#include "wsman/request.hpp"
#include "wsman/request_writer.hpp"
#include "wsman/response.hpp"
#include "xml/document.hpp"

namespace winrm {
namespace {

/// What pypsrp sends for a Get, about 1.5 KB.
std::string const& get_request() {
  static std::string const text = [] {
    wsman::RequestHeaders headers("http://192.0.2.11:5985/wsman", std::string(wsman::action::get),
                                  std::string(wsman::resource::wmi) + "root/cimv2/Win32_Service");
    headers.session_id = "uuid:F7D8DD4D-8D59-4825-8AB8-1B49DAC45E29";
    headers.selectors.add("Name", "sshd");
    wsman::RequestWriter writer(headers);
    return writer.finish();
  }();
  return text;
}

std::string bytes(std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>(i * 7 + (i >> 8));
  return out;
}

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(each));
}

void parse_get(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(wsman::Request::parse(get_request()));
  count_bytes(state, get_request().size());
}
BENCHMARK(parse_get);

void parse_get_xml_only(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(xml::Document::parse(get_request()));
  count_bytes(state, get_request().size());
}
BENCHMARK(parse_get_xml_only);

void write_response(benchmark::State& state) {
  wsman::Request const request = wsman::Request::parse(get_request());
  std::string const action = wsman::response_action(request.action);
  for (auto _ : state) {
    wsman::ResponseWriter writer(request, action);
    writer.body().open("p:Win32_Service").element("p:Name", "sshd").element("p:State", "Running").close();
    benchmark::DoNotOptimize(writer.finish());
  }
}
BENCHMARK(write_response);

void write_fault(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(wsman::write_fault(wsman::faults::operation_timed_out(), "host"));
}
BENCHMARK(write_fault);

void write_request(benchmark::State& state) {
  wsman::RequestHeaders const headers("http://192.0.2.11:5985/wsman", std::string(wsman::action::get),
                                      "urn:x");
  for (auto _ : state) {
    wsman::RequestWriter writer(headers);
    benchmark::DoNotOptimize(writer.finish());
  }
}
BENCHMARK(write_request);

void identify_recognised(benchmark::State& state) {
  std::string const message = wsman::write_identify_request();
  for (auto _ : state) benchmark::DoNotOptimize(wsman::is_identify(message));
}
BENCHMARK(identify_recognised);

void identify_rejected(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(wsman::is_identify(get_request()));
}
BENCHMARK(identify_rejected);

void identify_response(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(wsman::write_identify_response(true));
}
BENCHMARK(identify_response);

void read_fault(benchmark::State& state) {
  std::string const message = wsman::write_fault(wsman::faults::operation_timed_out(), "host");
  for (auto _ : state) benchmark::DoNotOptimize(wsman::parse_answer(message));
}
BENCHMARK(read_fault);

void make_uuid(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(winrm::make_uuid());
}
BENCHMARK(make_uuid);

void base64_encode(benchmark::State& state) {
  std::string const input = bytes(static_cast<std::size_t>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    out.clear();
    base64::append(out, input);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, input.size());
}
BENCHMARK(base64_encode)->Arg(1024)->Arg(32 * 1024);

void base64_decode(benchmark::State& state) {
  std::string const input = base64::encode(bytes(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(base64::decode(input));
  count_bytes(state, input.size());
}
BENCHMARK(base64_decode)->Arg(1024)->Arg(32 * 1024);

void escape_text(benchmark::State& state) {
  std::string text;
  while (text.size() < 4096) text += "/usr/sbin/sshd -D -o Setting=value & more text; ";
  std::string out;
  for (auto _ : state) {
    out.clear();
    xml::append_escaped(out, text);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, text.size());
}
BENCHMARK(escape_text);

void utf16_to_utf8(benchmark::State& state) {
  std::string const input = unicode::utf8_to_utf16(get_request(), true);
  for (auto _ : state) benchmark::DoNotOptimize(unicode::utf16_to_utf8(input));
  count_bytes(state, input.size());
}
BENCHMARK(utf16_to_utf8);

void utf8_to_utf16(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(unicode::utf8_to_utf16(get_request(), true));
  count_bytes(state, get_request().size());
}
BENCHMARK(utf8_to_utf16);

/// A Receive answer with 360 KB of output, as a client reads it.
void read_shell_output(benchmark::State& state) {
  std::string message =
      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><r:ReceiveResponse "
      "xmlns:r=\"urn:r\"><r:Stream>";
  base64::append(message, bytes(360'000));
  message += "</r:Stream></r:ReceiveResponse></s:Body></s:Envelope>";
  for (auto _ : state) {
    auto const answer = wsman::parse_answer(message);
    benchmark::DoNotOptimize(base64::decode(answer->body().first_child().text()));
  }
  count_bytes(state, 360'000);
}
BENCHMARK(read_shell_output);

}  // namespace
}  // namespace winrm
