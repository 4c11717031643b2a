#include <fmt/format.h>

#include "tools/winrcp/dialect.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

/// A path that no program takes for an option.
std::string safe(std::string const& path) { return path.starts_with('/') ? path : "./" + path; }

/// Each argument stays one: nothing has to be quoted.
client::CommandLine script(std::string text, std::vector<std::string> arguments) {
  client::CommandLine line;
  line.command = "/bin/sh";
  line.arguments = {"-c", std::move(text), "winrcp"};
  for (auto& argument : arguments) line.arguments.push_back(std::move(argument));
  line.console_input = false;
  line.skip_cmd_shell = true;
  return line;
}

constexpr std::string_view look_script = R"(
if [ -d "$1" ]; then echo directory
elif [ -f "$1" ]; then echo file
elif [ -e "$1" ] || [ -h "$1" ]; then echo other; exit 0
else echo absent; exit 0; fi
[ "$2" = whole ] || exit 0
if [ -f "$1" ]; then stat -L -c '%f %s %Y' "$1" && printf '\n.\000\000'; exit; fi
cd "$1" &&
find . \( -type d -o -type f \) -exec stat -c '%f %s %Y' {} + && echo &&
find . \( -type d -o -type f \) -print0 &&
printf '\000' &&
find . ! -type d ! -type f -print0)";

class UnixDialect final : public Dialect {
 public:
  client::CommandLine look(std::string const& path, bool whole) const override {
    return script(std::string(look_script), {safe(path), whole ? "whole" : ""});
  }
  client::CommandLine make_directories(std::string const& base) const override {
    return script(R"(mkdir -p "$1" && cd "$1" && exec xargs -0 mkdir -p .)", {safe(base)});
  }
  client::CommandLine append(std::string const& part) const override {
    return script(R"([ -e "$1" ] || (umask 077; : > "$1") || exit
wc -c < "$1" && cat >> "$1" && exec sha256sum < "$1")",
                  {safe(part)});
  }
  client::CommandLine settle(std::string const& part, std::string const& target,
                             Entry const& entry) const override {
    return script(
        R"([ ! -d "$2" ] || { rm -f "$1"; echo "$2 is a folder there" >&2; exit 1; }
chmod "$3" "$1" && touch -d "@$4" "$1" && exec mv -f "$1" "$2")",
        {safe(part), safe(target), fmt::format("{:o}", entry.mode & 0777U), std::to_string(entry.modified)});
  }
  client::CommandLine discard(std::string const& path) const override {
    return script(R"(exec rm -f "$1")", {safe(path)});
  }
  client::CommandLine read(std::string const& path, std::uint64_t offset) const override {
    return script(R"(exec tail -c "+$2" "$1")", {safe(path), std::to_string(offset + 1)});
  }
  client::CommandLine hash(std::string const& path) const override {
    return script(R"(exec sha256sum < "$1")", {safe(path)});
  }
  bool packs() const override { return true; }
  client::CommandLine unpack(std::string const& folder) const override {
    return script(R"(mkdir -p "$1" && cd "$1" && exec tar -x -p -o -f -)", {safe(folder)});
  }
  client::CommandLine pack(std::string const& folder) const override {
    return script(R"(cd "$1" && exec tar -c -f - -T -)", {safe(folder)});
  }
  client::CommandLine hashes(std::string const& folder) const override {
    return script(R"(cd "$1" && exec xargs -0 sha256sum)", {safe(folder)});
  }
};

}  // namespace

std::unique_ptr<Dialect const> unix_dialect() { return std::make_unique<UnixDialect>(); }

}  // namespace winrm::tools::winrcp_tool
