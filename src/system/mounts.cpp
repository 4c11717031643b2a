#include "system/mounts.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "system/text.hpp"

namespace winrm::system {

namespace {

using namespace std::string_view_literals;

constexpr std::array remote_types{"nfs"sv,       "nfs4"sv, "cifs"sv, "smb3"sv,   "smbfs"sv,
                                  "ncpfs"sv,     "afs"sv,  "ceph"sv, "lustre"sv, "9p"sv,
                                  "glusterfs"sv, "gpfs"sv, "coda"sv};

constexpr std::array pseudo_types{
    "autofs"sv,     "binfmt_misc"sv, "bpf"sv,      "cgroup"sv,     "cgroup2"sv,     "configfs"sv,
    "debugfs"sv,    "devpts"sv,      "efivarfs"sv, "fuse.lxcfs"sv, "fuse.portal"sv, "fusectl"sv,
    "hugetlbfs"sv,  "mqueue"sv,      "nsfs"sv,     "proc"sv,       "pstore"sv,      "rpc_pipefs"sv,
    "securityfs"sv, "selinuxfs"sv,   "sysfs"sv,    "tracefs"sv};

bool one_of(auto const& types, std::string_view type) {
  return std::ranges::find(types, type) != types.end();
}

/// Blanks, line ends and backslashes in names are written as three octal digits.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const is_octal = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

bool Mount::is_remote() const {
  // A program answers for those of FUSE, whether it gave its kind a name or not.
  return one_of(remote_types, type) || type == "fuse" || (type.starts_with("fuse.") && !is_pseudo());
}

bool Mount::is_pseudo() const { return one_of(pseudo_types, type); }

bool Mount::has_super_option(std::string_view name) const { return super_option(name).has_value(); }

std::optional<std::string> Mount::super_option(std::string_view name) const {
  std::string_view rest = super_options;
  while (!rest.empty()) {
    auto const option = rest.substr(0, rest.find(','));
    auto const equals = std::min(option.find('='), option.size());
    if (option.substr(0, equals) == name)
      return std::string(option.substr(std::min(equals + 1, option.size())));
    rest.remove_prefix(std::min(rest.size(), option.size() + 1));
  }
  return std::nullopt;
}

std::optional<std::string> Mount::block_device() const {
  if (is_remote() || is_pseudo() || !source.starts_with("/dev/")) return std::nullopt;
  return source;
}

namespace {

/// Behind one blank; the source of a mount may be empty.
std::string_view next_field(std::string_view& line) {
  if (!line.empty()) line.remove_prefix(1);
  auto const field = line.substr(0, line.find(' '));
  line.remove_prefix(field.size());
  return field;
}

std::vector<Mount> parse_mountinfo(std::string_view rest) {
  std::vector<Mount> found;
  while (auto line = text::next_line(rest)) {
    Mount mount;
    text::next_word(*line);  // mount id
    text::next_word(*line);  // parent's id
    mount.device = text::next_word(*line);
    mount.root = unescape(text::next_word(*line));
    mount.point = unescape(text::next_word(*line));
    mount.options = text::next_word(*line);
    // A variable number of optional fields ends with a single hyphen.
    for (auto field = text::next_word(*line); field != "-" && !field.empty();) field = text::next_word(*line);
    mount.type = text::next_word(*line);
    mount.source = unescape(next_field(*line));
    mount.super_options = next_field(*line);
    // A file system that found an error turns itself read-only: its mounts stay as they were asked for.
    mount.read_only =
        mount.options == "ro" || mount.options.starts_with("ro,") || mount.has_super_option("ro");
    if (!mount.type.empty()) found.push_back(std::move(mount));
  }
  return found;
}

}  // namespace

std::shared_ptr<std::vector<Mount> const> mounts(Host const& host) {
  auto found = parsed_file<parse_mountinfo>(host, "/proc/self/mountinfo");
  return found ? found : std::make_shared<std::vector<Mount> const>();
}

std::vector<Mount> visible_mounts(Host const& host) {
  auto const listed = mounts(host);
  auto const& all = *listed;
  std::map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < all.size(); ++i) last[all[i].point] = i;
  std::vector<Mount> visible;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (last[all[i].point] == i) visible.push_back(all[i]);
  }
  return visible;
}

std::vector<Mount> disk_mounts(Host const& host) {
  auto const visible = visible_mounts(host);
  // Of several places for one file system df shows the one nearest to its root and to ours.
  auto const rank = [](Mount const& mount) { return std::pair(mount.root.size(), mount.point.size()); };
  std::map<std::string_view, Mount const*> by_device;
  for (auto const& mount : visible) {
    if (mount.is_pseudo()) continue;
    auto& best = by_device[mount.device];
    if (best == nullptr || rank(mount) < rank(*best)) best = &mount;
  }
  std::vector<Mount> found;
  for (auto const& mount : visible) {
    auto const at = by_device.find(mount.device);
    if (at != by_device.end() && at->second == &mount) found.push_back(mount);
  }
  return found;
}

std::optional<std::map<std::string, bool>> configured_mounts(Host const& host) {
  std::string content;
  if (!host.read("/etc/fstab", content)) return std::nullopt;
  std::map<std::string, bool> points;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto const source = text::next_word(*line);
    if (source.empty() || source.starts_with('#')) continue;
    auto const point = unescape(text::next_word(*line));
    text::next_word(*line);  // type
    auto const options = ',' + std::string(text::next_word(*line)) + ',';
    points[point] = options.find(",noauto,") == std::string::npos;
  }
  return points;
}

}  // namespace winrm::system
