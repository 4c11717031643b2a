#include "engine/enumerations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <iterator>
#include <utility>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

/// What an answer holds besides its items: envelope, headers, context, end tags.
constexpr std::size_t bytes_around_items = 1536;

constexpr std::string_view uuid_scheme = "uuid:";

/// As the client sees a context.
std::string name_of(std::string_view id) { return fmt::format("{}{}", uuid_scheme, id); }

/// As the table knows a context: clients echo it in either case, some without the scheme.
std::string key_of(std::string_view name) {
  std::string key = unicode::to_lower_ascii(name);
  if (key.starts_with(uuid_scheme)) key.erase(0, uuid_scheme.size());
  return key;
}

/// An upper bound is good enough: bytes are never fewer than characters.
std::size_t byte_limit(std::optional<std::size_t> max_characters, std::size_t envelope_budget) {
  std::size_t const for_items =
      envelope_budget > bytes_around_items ? envelope_budget - bytes_around_items : 0;
  return std::min(for_items, max_characters.value_or(for_items));
}

/// When an answer is made of the items there are. It is made before OperationTimeout is over, so that the
/// client gets them instead of the fault: a tenth of the time is kept for that, at most a second.
Deadline time_for_items(Call const& call) {
  auto const left = std::max(call.deadline() - SteadyClock::now(), SteadyClock::duration::zero());
  return call.deadline() - std::min<SteadyClock::duration>(left / 10, std::chrono::seconds(1));
}

/// Total counts are not known before the end (DSP0226 R8.2.2-6 allows nil).
void write_count_header(wsman::ResponseWriter& response, wsman::Request const& request) {
  if (!request.total_items_requested) return;
  response.header(fmt::format("<w:TotalItemsCountEstimate xmlns:xsi=\"{}\" xsi:nil=\"true\"/>", ns::xsi));
}

}  // namespace

struct Enumerations::Context {
  std::string id;
  std::unique_ptr<ItemSource> source;
  EnumerationMode mode = EnumerationMode::object;
  Milliseconds idle_timeout{};
  std::deque<Item> pending;    ///< read from the source, not sent yet
  std::exception_ptr failure;  ///< what the source threw after the last item of `pending`
  bool at_end = false;         ///< the source has no more than `pending`

  // Guarded by Enumerations::mutex_.
  bool busy = false;
  Deadline expires_at{};
  Timer::Id timer = 0;

  /// Makes sure that `pending` has an item if there is one; false at the end.
  /// Throws TimeIsOver when it is not known in time.
  bool look_ahead(TimeLimit const& limit) {
    if (!pending.empty()) return true;
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    if (at_end) return false;
    Item item;
    if (!source->next_within(item, limit)) {
      at_end = true;
      return false;
    }
    pending.push_back(std::move(item));
    return true;
  }

  void put_back(Batch batch) {
    pending.insert(pending.begin(), std::make_move_iterator(batch.items.begin()),
                   std::make_move_iterator(batch.items.end()));
  }
};

/// A context in use by one Pull; a second Pull at the same time is refused.
class Enumerations::Use {
 public:
  Use(Enumerations& owner, std::string const& key) : owner_(owner) {
    std::lock_guard const lock(owner_.mutex_);
    auto const found = owner_.contexts_.find(key);
    if (found == owner_.contexts_.end()) throw wsman::faults::invalid_enumeration_context(key);
    if (found->second->busy) throw wsman::faults::pull_in_progress();
    context_ = found->second;
    context_->busy = true;
  }
  ~Use() {
    std::lock_guard const lock(owner_.mutex_);
    context_->busy = false;
    context_->expires_at = SteadyClock::now() + context_->idle_timeout;
  }
  Use(Use const&) = delete;
  Use& operator=(Use const&) = delete;

  Context& operator*() const { return *context_; }
  Context* operator->() const { return context_.get(); }

 private:
  Enumerations& owner_;
  std::shared_ptr<Context> context_;
};

Enumerations::Enumerations(Timer& timer, EnumerationSettings settings) : timer_(timer), settings_(settings) {}

Enumerations::~Enumerations() { clear(); }

void Enumerations::enumerate(Call& call, Open const& open) {
  EnumerateBody const body = read_enumerate(call.request().body());
  auto context = std::make_unique<Context>();
  context->mode = body.request.mode;
  auto const longest = settings_.get().idle_timeout;
  context->idle_timeout = std::min(body.expires.value_or(longest), longest);
  context->source = open(body.request);

  std::optional<Batch> batch;
  if (body.optimized) {
    batch = collect(call, *context, body.max_elements, byte_limit({}, call.envelope_budget()),
                    time_for_items(call));
  }
  std::optional<Milliseconds> const granted =
      body.expires ? std::optional(context->idle_timeout) : std::nullopt;
  EnumerationMode const mode = context->mode;
  std::string id;
  if (!batch || !batch->finished) id = keep(std::move(context));

  wsman::ResponseWriter response(call.request(), wsman::response_action(call.request().action));
  write_count_header(response, call.request());
  write_enumerate_response(response.body(), mode, batch ? &*batch : nullptr, id.empty() ? "" : name_of(id),
                           granted);
  std::string message = response.finish();
  bool claimed = false;
  try {
    call.require_fit(message);
    claimed = call.claim();
  } catch (wsman::Fault const&) {
    forget(key_of(id));
    throw;
  }
  if (claimed) {
    call.reply_claimed(std::move(message));
  } else {
    forget(key_of(id));  // nobody learns its name
  }
}

void Enumerations::pull(Call& call) {
  PullBody const body = read_pull(call.request().body());
  std::string const key = key_of(body.context);
  std::string message;
  bool claimed = false;
  bool finished = false;
  {
    Use const context(*this, key);
    Deadline until = time_for_items(call);
    if (body.max_time) until = std::min(until, SteadyClock::now() + *body.max_time);
    Batch batch;
    try {
      batch = collect(call, *context, body.max_elements,
                      byte_limit(body.max_characters, call.envelope_budget()), until);
    } catch (std::exception const&) {
      forget(key);  // a source that failed is not asked again
      throw;
    }
    // The context stays: the client's next Pull goes on where this one ended.
    if (batch.items.empty() && !batch.finished) throw wsman::faults::operation_timed_out();
    wsman::ResponseWriter response(call.request(), wsman::response_action(call.request().action));
    write_count_header(response, call.request());
    write_pull_response(response.body(), context->mode, batch, batch.finished ? "" : name_of(context->id));
    message = response.finish();
    finished = batch.finished;
    try {
      call.require_fit(message);
      claimed = call.claim();
    } catch (wsman::Fault const&) {
      context->put_back(std::move(batch));  // for a client that asks again with a larger envelope
      throw;
    }
    if (!claimed) context->put_back(std::move(batch));  // timed out or gone: the next Pull gets them
  }
  if (!claimed) return;
  if (finished) forget(key);
  // Last, when the context is free again: the client's next Pull may be here before this returns.
  call.reply_claimed(std::move(message));
}

void Enumerations::release(Call& call) {
  std::string const name = read_release(call.request().body());
  if (!forget(key_of(name))) throw wsman::faults::invalid_enumeration_context(name);
  wsman::ResponseWriter response(call.request(), wsman::response_action(call.request().action));
  static_cast<void>(response.body());
  call.reply(response.finish());
}

Batch Enumerations::collect(Call const& call, Context& context, std::uint32_t max_elements,
                            std::size_t max_bytes, Deadline until) const {
  std::size_t const max_items = std::min(max_elements, settings_.get().max_batch_items);
  Batch batch;
  std::size_t bytes = 0;
  TimeLimit const limit(call, until);
  while (batch.items.size() < max_items) {
    try {
      if (!context.look_ahead(limit)) break;
    } catch (TimeIsOver const&) {
      return batch;
    } catch (std::exception const&) {
      if (batch.items.empty()) throw;
      context.failure = std::current_exception();  // first what was found, then what went wrong
      return batch;
    }
    std::size_t const size = written_size(context.pending.front(), context.mode);
    // One item that is too large by itself goes on: the envelope decides (DSP0226 R8.4-4).
    if (!batch.items.empty() && bytes + size > max_bytes) return batch;
    bytes += size;
    batch.items.push_back(std::move(context.pending.front()));
    context.pending.pop_front();
    if (limit.is_over()) return batch;
  }
  // The end is announced with the last items, not by an empty batch after them.
  try {
    batch.finished = !context.look_ahead(limit);
  } catch (TimeIsOver const&) {
    return batch;
  } catch (std::exception const&) {
    if (batch.items.empty()) throw;
    context.failure = std::current_exception();
  }
  return batch;
}

std::string Enumerations::keep(std::unique_ptr<Context> context) {
  std::string const id = make_uuid();
  std::string const key = key_of(id);
  context->id = id;
  context->expires_at = SteadyClock::now() + context->idle_timeout;
  std::lock_guard const lock(mutex_);
  if (contexts_.size() >= limits::open_enumerations) {
    throw wsman::faults::quota_limit(fmt::format(
        "This account has {} enumerations open. Pull them to their end or release them.", contexts_.size()));
  }
  context->timer = timer_.add(context->expires_at, [this, key] { expire(key); });
  contexts_.emplace(key, std::move(context));
  return id;
}

void Enumerations::expire(std::string const& key) {
  std::shared_ptr<Context> expired;  // destroyed without the lock: its source is the plug-in's
  std::lock_guard const lock(mutex_);
  auto const found = contexts_.find(key);
  if (found == contexts_.end()) return;
  Context& context = *found->second;
  Deadline const now = SteadyClock::now();
  if (!context.busy && now >= context.expires_at) {
    expired = std::move(found->second);
    contexts_.erase(found);
    return;
  }
  Deadline const again = context.busy ? now + context.idle_timeout : context.expires_at;
  context.timer = timer_.add(again, [this, key] { expire(key); });
}

bool Enumerations::forget(std::string const& key) {
  std::shared_ptr<Context> forgotten;
  {
    std::lock_guard const lock(mutex_);
    auto const found = contexts_.find(key);
    if (found == contexts_.end()) return false;
    forgotten = std::move(found->second);
    contexts_.erase(found);
  }
  timer_.remove(forgotten->timer);
  return true;
}

bool Enumerations::empty() const {
  std::lock_guard const lock(mutex_);
  return contexts_.empty();
}

void Enumerations::clear() {
  std::unordered_map<std::string, std::shared_ptr<Context>> all;
  {
    std::lock_guard const lock(mutex_);
    all.swap(contexts_);
  }
  for (auto const& [key, context] : all) timer_.remove(context->timer);
}

}  // namespace winrm::engine
