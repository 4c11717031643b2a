#include "tools/winrcp/copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <map>
#include <thread>

#include "tools/winrcp/local.hpp"
#include "tools/winrcp/location.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

constexpr std::uint64_t small_file = 1024 * 1024;
constexpr std::uint64_t batch_bytes = 8 * 1024 * 1024;
constexpr std::size_t batch_files = 500;
/// The list of a batch's names fits into a pipe, so that it never waits for the archive to be read.
constexpr std::size_t batch_name_bytes = 48 * 1024;

/// Lists have a name a line, and sha256sum writes names with these differently.
bool fits_lists(std::string const& path) { return path.find_first_of("\n\r\\") == std::string::npos; }

}  // namespace

void Copy::check_cancelled() const {
  if (cancelled_)
    throw client::Failure(client::Failure::Kind::interrupted, client::code::operation_aborted,
                          "The copy was interrupted. The same command goes on where it stopped.");
}

void Copy::record(std::string text) {
  std::lock_guard const lock(mutex_);
  failures_.push_back(std::move(text));
}

void Copy::count(std::string const& source, Tree const& tree) {
  for (auto const& path : tree.skipped) skipped_.push_back(join(source, path));
  for (auto const& entry : tree.entries) {
    if (entry.directory) continue;
    progress_.total_bytes += entry.size;
    ++progress_.total_files;
  }
}

void Copy::upload(std::string const& source, std::string const& target) {
  auto const tree = local::tree(source);
  if (tree.kind == Kind::absent) throw CopyError(fmt::format("There is no file {}.", source));
  if (tree.kind == Kind::other) throw CopyError(fmt::format("{} is neither a file nor a folder.", source));
  count(source, tree);
  if (tree.kind == Kind::file) return run({[&] { send_file(source, target, tree.entries.front()); }});

  auto const there = remote_.tree(target);
  if (there.kind == Kind::file)
    throw CopyError(fmt::format("{} is a file, and {} a folder.", target, source));
  std::vector<std::string> folders;
  for (auto const& entry : tree.entries)
    if (entry.directory && !entry.path.empty()) folders.push_back(entry.path);
  remote_.make_directories(target, folders);
  Ways ways;
  ways.single = [&](Entry const& file) { send_file(join(source, file.path), join(target, file.path), file); };
  ways.batch = [&](Files const& files) { send_batch(source, target, files); };
  ways.compare = [&](Files const& files) {
    for (auto const& file : differing(source, target, files)) ways.single(file);
  };
  carry_out(plan(tree, there), ways);
}

void Copy::download(std::string const& source, std::string const& target) {
  auto const tree = remote_.tree(source);
  if (tree.kind == Kind::absent) throw CopyError(fmt::format("There is no file {} on the far side.", source));
  if (tree.kind == Kind::other) throw CopyError(fmt::format("{} is neither a file nor a folder.", source));
  count(source, tree);
  if (tree.kind == Kind::file) return run({[&] { fetch_file(source, target, tree.entries.front()); }});

  auto const here = local::tree(target);
  if (here.kind == Kind::file) throw CopyError(fmt::format("{} is a file, and {} a folder.", target, source));
  for (auto const& entry : tree.entries)
    if (entry.directory) local::make_directory(join(target, entry.path));
  Ways ways;
  ways.single = [&](Entry const& file) {
    fetch_file(join(source, file.path), join(target, file.path), file);
  };
  ways.batch = [&](Files const& files) { fetch_batch(source, target, files); };
  ways.compare = [&](Files const& files) {
    for (auto const& file : differing(target, source, files)) ways.single(file);
  };
  carry_out(plan(tree, here), ways);
}

Copy::Plan Copy::plan(Tree const& source, Tree const& target) const {
  std::map<std::string_view, Entry const*> there;
  for (auto const& entry : target.entries) there.emplace(entry.path, &entry);
  Plan plan;
  std::uint64_t bytes = 0;
  std::size_t name_bytes = 0;
  for (auto const& entry : source.entries) {
    if (entry.directory) continue;
    auto const found = there.find(entry.path);
    bool const listable = remote_.dialect().packs() && fits_lists(entry.path);
    if (listable && found != there.end() && found->second->looks_like(entry)) {
      plan.compared.push_back(entry);
    } else if (!listable || entry.size > small_file) {
      plan.single.push_back(entry);
    } else {
      bool const full = plan.batches.empty() || plan.batches.back().size() == batch_files ||
                        bytes + entry.size > batch_bytes || name_bytes + entry.path.size() > batch_name_bytes;
      if (full) {
        plan.batches.emplace_back();
        bytes = name_bytes = 0;
      }
      bytes += entry.size;
      name_bytes += entry.path.size() + std::string_view("./\n").size();
      plan.batches.back().push_back(entry);
    }
  }
  return plan;
}

void Copy::carry_out(Plan plan, Ways const& ways) {
  std::vector<Job> jobs;
  for (auto& file : plan.single) jobs.emplace_back([&ways, file] { ways.single(file); });
  for (auto& files : plan.batches) jobs.emplace_back([&ways, files] { ways.batch(files); });
  for (std::size_t at = 0; at < plan.compared.size(); at += batch_files) {
    auto const begin = plan.compared.begin() + static_cast<std::ptrdiff_t>(at);
    auto const count = std::min(batch_files, plan.compared.size() - at);
    jobs.emplace_back(
        [&ways, files = Files(begin, begin + static_cast<std::ptrdiff_t>(count))] { ways.compare(files); });
  }
  run(std::move(jobs));
}

/// One file that cannot be copied keeps none of the others back; a service that cannot be reached ends all.
void Copy::run(std::vector<Job> jobs) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stopped{false};
  std::exception_ptr first;
  auto const work = [&] {
    for (std::size_t at = next++; at < jobs.size() && !stopped; at = next++) {
      try {
        check_cancelled();
        jobs[at]();
      } catch (CopyError const& error) {
        record(error.what());
      } catch (...) {
        std::lock_guard const lock(mutex_);
        if (!stopped.exchange(true)) first = std::current_exception();
      }
    }
  };
  std::vector<std::thread> workers;
  auto const count = std::min<std::size_t>(parallel_, jobs.size());
  for (std::size_t i = 1; i < count; ++i) workers.emplace_back(work);
  work();
  for (auto& worker : workers) worker.join();
  if (first) std::rethrow_exception(first);
}

Copy::Files Copy::differing(std::string const& here, std::string const& there, Files const& files) {
  std::vector<std::string> names;
  for (auto const& file : files) names.push_back(file.path);
  auto const hashes = remote_.hashes(there, names);
  Files different;
  for (auto const& file : files) {
    check_cancelled();
    auto const found = hashes.find(file.path);
    if (found == hashes.end() || local::hash(join(here, file.path)) != found->second) {
      different.push_back(file);
    } else {
      progress_.done_bytes += file.size;
      ++progress_.done_files;
    }
  }
  return different;
}

}  // namespace winrm::tools::winrcp_tool
