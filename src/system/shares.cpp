#include "system/shares.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "system/text.hpp"

namespace winrm::system {

namespace {

using namespace std::string_view_literals;

constexpr auto smb_conf = "/etc/samba/smb.conf";
constexpr auto user_shares = "/var/lib/samba/usershares";
/// Samba passes over longer files, which are their users' (MAX_USERSHARE_FILE_SIZE).
constexpr std::size_t longest_user_share = 10 * std::size_t{1024};
constexpr auto exports_file = "/etc/exports";
constexpr auto exports_folder = "/etc/exports.d";

/// Sections that are settings or templates, not shares (smb.conf(5)).
constexpr std::array not_shares{"global"sv, "homes"sv, "printers"sv};

/// Names of parameters and sections have no case, and blanks in parameters do not count.
std::string fold(std::string_view text) {
  std::string folded;
  for (unsigned char const c : text) {
    if (c != ' ' && c != '\t') folded += static_cast<char>(std::tolower(c));
  }
  return folded;
}

bool is_yes(std::string_view value) {
  auto const folded = fold(value);
  return folded == "yes" || folded == "true" || folded == "1" || folded == "on";
}

/// Lines of smb.conf with those that end in a backslash joined, without comments.
std::vector<std::string> logical_lines(std::string_view content) {
  std::vector<std::string> lines;
  std::string joined;
  while (auto const line = text::next_line(content)) {
    auto part = text::trim(*line);
    if (joined.empty() && (part.starts_with('#') || part.starts_with(';'))) continue;
    bool const goes_on = part.ends_with('\\');
    if (goes_on) part.remove_suffix(1);
    joined += part;
    if (goes_on) continue;
    if (!joined.empty()) lines.push_back(joined);
    joined.clear();
  }
  return lines;
}

void set_parameter(Share& share, bool& available, std::string_view line) {
  auto const equals = line.find('=');
  if (equals == std::string_view::npos) return;
  auto const name = fold(line.substr(0, equals));
  auto const value = text::trim(line.substr(equals + 1));
  if (name == "path" || name == "directory") share.path = value;
  if (name == "comment") share.comment = value;
  if (name == "printable" || name == "printok") share.printer = is_yes(value);
  if (name == "available") available = is_yes(value);
  if (name == "maxconnections") {
    auto const number = text::number<std::uint32_t>(value);
    share.most_connections = number && *number != 0 ? number : std::nullopt;
  }
}

void add_samba_shares(Host const& host, std::vector<Share>& found) {
  std::string content;
  if (!host.read(smb_conf, content)) return;
  std::optional<Share> share;
  bool available = true;
  auto const finish = [&] {
    if (share && available) found.push_back(*std::move(share));
    share.reset();
    available = true;
  };
  for (auto const& line : logical_lines(content)) {
    if (line.starts_with('[')) {
      finish();
      auto const name = text::trim(std::string_view(line).substr(1, line.find(']') - 1));
      if (name.empty() || std::ranges::find(not_shares, fold(name)) != not_shares.end()) continue;
      share.emplace().name = name;
    } else if (share) {
      set_parameter(*share, available, line);
    }
  }
  finish();
}

void add_user_shares(Host const& host, std::vector<Share>& found) {
  for (auto const& file : host.list(user_shares).value_or(std::vector<std::string>())) {
    std::string content;
    if (!host.read(std::string(user_shares) + '/' + file, content)) continue;
    if (content.size() > longest_user_share) continue;
    auto const value = [&](std::string_view name) {
      return std::string(text::value_of(content, name, '=').value_or(""));
    };
    Share share;
    share.kind = Share::Kind::user_share;
    share.name = value("sharename").empty() ? file : value("sharename");
    share.path = value("path");
    share.comment = value("comment");
    share.access = value("usershare_acl");
    share.guests = value("guest_ok") == "y";
    if (!share.path.empty()) found.push_back(std::move(share));
  }
}

/// "/srv/data 192.0.2.0/24(rw) *(ro)" (exports(5)); a path with blanks stands in quotation marks.
std::optional<Share> read_export(std::string_view line) {
  line = text::trim(line);
  if (line.starts_with('#')) return std::nullopt;
  Share share;
  share.kind = Share::Kind::nfs;
  if (line.starts_with('"')) {
    auto const end = std::min(line.find('"', 1), line.size());
    share.path = line.substr(1, end - 1);
    line.remove_prefix(std::min(line.size(), end + 1));
  } else {
    share.path = text::next_word(line);
  }
  if (!share.path.starts_with('/')) return std::nullopt;
  share.name = share.path;
  share.comment = text::trim(line);
  return share;
}

void add_exports(Host const& host, std::string const& file, std::vector<Share>& found) {
  std::string content;
  if (!host.read(file, content)) return;
  for (auto const& line : logical_lines(content)) {
    if (auto share = read_export(line)) found.push_back(*std::move(share));
  }
}

}  // namespace

std::vector<Share> shares(Host const& host) {
  std::vector<Share> found;
  add_samba_shares(host, found);
  add_user_shares(host, found);
  add_exports(host, exports_file, found);
  for (auto const& name : host.list(exports_folder).value_or(std::vector<std::string>())) {
    if (name.ends_with(".exports")) add_exports(host, std::string(exports_folder) + '/' + name, found);
  }
  // A name stands once: what comes first hides the rest, and names of SMB have no case.
  std::vector<Share> distinct;
  for (auto& share : found) {
    auto const is_same = [&](Share const& other) {
      return share.kind == Share::Kind::nfs ? share.name == other.name : fold(share.name) == fold(other.name);
    };
    if (std::ranges::none_of(distinct, is_same)) distinct.push_back(std::move(share));
  }
  return distinct;
}

}  // namespace winrm::system
