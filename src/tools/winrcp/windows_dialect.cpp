#include <fmt/format.h>

#include <stdexcept>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "tools/winrcp/dialect.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

/// A PowerShell string that stands for itself: in single quotes, with each one doubled. PowerShell takes the
/// typographic ones for the same.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const rest = text.substr(i);
    bool const typographic = rest.starts_with("\xE2\x80\x98") || rest.starts_with("\xE2\x80\x99") ||
                             rest.starts_with("\xE2\x80\x9A") || rest.starts_with("\xE2\x80\x9B");
    if (typographic) {
      out.append(rest.substr(0, 3)).append(rest.substr(0, 3));
      i += 2;
      continue;
    }
    if (text[i] == '\'') out += '\'';
    out += text[i];
  }
  return out + "'";
}

/// Binary streams, and paths that .NET looks for where PowerShell is.
constexpr std::string_view prelude =
    "$ErrorActionPreference='Stop';"
    "[Environment]::CurrentDirectory=$PWD.ProviderPath;"
    "$in=[Console]::OpenStandardInput();$out=[Console]::OpenStandardOutput();"
    "function Say($t){$b=[Text.Encoding]::UTF8.GetBytes($t);$out.Write($b,0,$b.Length)};"
    "function Hash($f){$h=[BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($f));"
    "Say($h.Replace('-','').ToLower()+\"`n\")};"
    "$epoch=[DateTime]'1970-01-01';"
    "trap{[Console]::Error.WriteLine($_.Exception.Message);exit 1};";

client::CommandLine script(std::string_view text) {
  auto const utf16 = unicode::utf8_to_utf16(fmt::format("{}{}", prelude, text), false);
  client::CommandLine line;
  line.command = "powershell.exe";
  line.arguments = {"-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", base64::encode(utf16)};
  line.console_input = false;
  return line;
}

class WindowsDialect final : public Dialect {
 public:
  client::CommandLine look(std::string const& path, bool whole) const override {
    std::string text = fmt::format(
        "$p={};if(Test-Path -LiteralPath $p -PathType Container){{Say \"directory`n\"}}"
        "elseif(Test-Path -LiteralPath $p){{Say \"file`n\"}}else{{Say \"absent`n\";exit}};",
        in_quotes(path));
    if (whole)
      text +=
          "$r=Get-Item -LiteralPath $p -Force;$all=@($r);"
          "if($r.PSIsContainer){$all+=@(Get-ChildItem -LiteralPath $p -Recurse -Force)};"
          "foreach($i in $all){$m='81a4';$s=$i.Length;if($i.PSIsContainer){$m='41ed';$s=0};"
          "Say(('{0} {1} {2}'-f "
          "$m,$s,[long][Math]::Floor(($i.LastWriteTimeUtc-$epoch).TotalSeconds))+\"`n\")};"
          "Say \"`n\";"
          "foreach($i in $all){Say('.'+$i.FullName.Substring($r.FullName.Length).Replace('\\','/')+\"`0\")};"
          "Say \"`0\"";
    return script(text);
  }
  client::CommandLine make_directories(std::string const& base) const override {
    return script(
        fmt::format("$p={};[void][IO.Directory]::CreateDirectory($p);"
                    "$t=(New-Object IO.StreamReader($in,[Text.Encoding]::UTF8)).ReadToEnd();"
                    "foreach($n in $t.Split([char]0)){{if($n){{[void][IO.Directory]::CreateDirectory("
                    "[IO.Path]::Combine($p,$n))}}}}",
                    in_quotes(base)));
  }
  client::CommandLine append(std::string const& part) const override {
    return script(
        fmt::format("$f=[IO.File]::Open({},'OpenOrCreate','ReadWrite');[void]$f.Seek(0,'End');"
                    "Say(\"\"+$f.Length+\"`n\");$in.CopyTo($f,1MB);$f.Position=0;Hash $f;$f.Close()",
                    in_quotes(part)));
  }
  client::CommandLine settle(std::string const& part, std::string const& target,
                             Entry const& entry) const override {
    return script(
        fmt::format("$p={};[IO.File]::SetLastWriteTimeUtc($p,$epoch.AddSeconds({}));"
                    "Move-Item -LiteralPath $p -Destination {} -Force",
                    in_quotes(part), entry.modified, in_quotes(target)));
  }
  client::CommandLine discard(std::string const& path) const override {
    return script(fmt::format("[IO.File]::Delete({})", in_quotes(path)));
  }
  client::CommandLine read(std::string const& path, std::uint64_t offset) const override {
    return script(fmt::format("$f=[IO.File]::OpenRead({});$f.Position={};$f.CopyTo($out,1MB);$f.Close()",
                              in_quotes(path), offset));
  }
  client::CommandLine hash(std::string const& path) const override {
    return script(fmt::format("$f=[IO.File]::OpenRead({});Hash $f;$f.Close()", in_quotes(path)));
  }
  bool packs() const override { return false; }
  client::CommandLine unpack(std::string const&) const override { return no_archives(); }
  client::CommandLine pack(std::string const&) const override { return no_archives(); }
  client::CommandLine hashes(std::string const&) const override { return no_archives(); }

 private:
  [[noreturn]] static client::CommandLine no_archives() {
    throw std::logic_error("Windows targets take files one by one");
  }
};

}  // namespace

std::unique_ptr<Dialect const> windows_dialect() { return std::make_unique<WindowsDialect>(); }

}  // namespace winrm::tools::winrcp_tool
