#include "plugins/eventlog/xpath.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/unicode.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::eventlog {

namespace {

struct Expression;

struct Step {
  bool attribute = false;
  std::string name;  ///< "*" for any
  std::vector<Expression> predicates;
};

}  // namespace

struct XPath::Path {
  std::vector<Step> steps;
};

namespace {

enum class Operator { none, equal, unequal, less, at_most, greater, at_least };
enum class Function { band, timediff, position };

struct Call {
  Function function = Function::position;
  std::vector<Expression> arguments;
};
struct Comparison {
  Operator op = Operator::none;
  std::vector<Expression> sides;  ///< two
};
struct Junction {
  bool all = false;  ///< and; else or
  std::vector<Expression> terms;
};

struct Expression {
  std::variant<XPath::Path, std::string, double, Call, Comparison, Junction> value;
};

// ---- reading ----------------------------------------------------------------------------------------------

/// What is wrong, and where.
struct Malformed {
  std::size_t at;
  std::string why;
};

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  XPath::Path whole() {
    auto path = read_path();
    auto const& first = path.steps.front();
    if (first.attribute || (first.name != "*" && first.name != "Event"))
      fail("the path must begin with * or Event");
    skip_blanks();
    if (at_ != text_.size()) fail("there is more than one path");
    return path;
  }

 private:
  [[noreturn]] void fail(std::string why) const { throw Malformed{at_, std::move(why)}; }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) ++at_;
  }
  [[nodiscard]] char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  /// "and" is a word only where a word ends behind it.
  bool take_word(std::string_view word) {
    auto const before = at_;
    if (take(word) && (at_ == text_.size() || !is_name(text_[at_]))) return true;
    at_ = before;
    return false;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(fmt::format("'{}' is missing", token));
  }

  std::string read_name() {
    skip_blanks();
    if (at_ == text_.size() || !is_name_start(text_[at_])) fail("a name is missing");
    auto const begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    auto const name = text_.substr(begin, at_ - begin);
    if (name.find(':') != std::string_view::npos) fail("names have no prefixes here");
    return std::string(name);
  }

  XPath::Path read_path() {
    XPath::Path path;
    do {
      Step step;
      step.attribute = take("@");
      if (take("*"))
        step.name = "*";
      else
        step.name = read_name();
      read_predicates(step);
      path.steps.push_back(std::move(step));
    } while (!path.steps.back().attribute && take("/"));
    return path;
  }

  void read_predicates(Step& step) {
    while (take("[")) {
      step.predicates.push_back(read_or());
      expect("]");
    }
  }

  Expression read_or() {
    enter();
    Junction either;
    either.terms.push_back(read_and());
    while (take_word("or")) either.terms.push_back(read_and());
    --depth_;
    return either.terms.size() == 1 ? std::move(either.terms.front()) : Expression{std::move(either)};
  }

  Expression read_and() {
    Junction both;
    both.all = true;
    both.terms.push_back(read_comparison());
    while (take_word("and")) both.terms.push_back(read_comparison());
    return both.terms.size() == 1 ? std::move(both.terms.front()) : Expression{std::move(both)};
  }

  Expression read_comparison() {
    auto left = read_operand();
    auto const op = read_operator();
    if (op == Operator::none) return left;
    count();
    Comparison comparison;
    comparison.op = op;
    comparison.sides.push_back(std::move(left));
    comparison.sides.push_back(read_operand());
    return {std::move(comparison)};
  }

  Operator read_operator() {
    if (take("!=")) return Operator::unequal;
    if (take("<=")) return Operator::at_most;
    if (take(">=")) return Operator::at_least;
    if (take("=")) return Operator::equal;
    if (take("<")) return Operator::less;
    if (take(">")) return Operator::greater;
    return Operator::none;
  }

  Expression read_operand() {
    char const next = peek();
    if (next == '(') {
      take("(");
      auto inner = read_or();
      expect(")");
      return inner;
    }
    if (next == '\'' || next == '"') return {read_literal(next)};
    if ((next >= '0' && next <= '9') || next == '-') return {read_number()};
    if (auto call = read_call()) return {std::move(*call)};
    return {read_path()};
  }

  std::string read_literal(char quote) {
    ++at_;
    auto const end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a text has no end");
    std::string literal(text_.substr(at_, end - at_));
    at_ = end + 1;
    return literal;
  }

  double read_number() {
    bool const negative = take("-");
    double number = 0;
    if (take("0x")) {
      std::uint64_t bits = 0;
      auto const [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), bits, 16);
      if (error != std::errc()) fail("a number is malformed");
      at_ = static_cast<std::size_t>(end - text_.data());
      number = static_cast<double>(bits);
    } else {
      auto const [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
      if (error != std::errc()) fail("a number is malformed");
      at_ = static_cast<std::size_t>(end - text_.data());
    }
    return negative ? -number : number;
  }

  std::optional<Call> read_call() {
    auto const before = at_;
    if (!is_name_start(peek())) return std::nullopt;
    auto const name = read_name();
    if (!take("(")) {
      at_ = before;
      return std::nullopt;
    }
    Call call;
    if (!take(")")) {
      do call.arguments.push_back(read_or());
      while (take(","));
      expect(")");
    }
    auto const takes = [&](std::size_t least, std::size_t most) {
      if (call.arguments.size() < least || call.arguments.size() > most)
        fail(fmt::format("{}() has {} arguments", name, call.arguments.size()));
    };
    if (unicode::equals_ignoring_case(name, "band")) {
      call.function = Function::band;
      takes(2, 2);
    } else if (unicode::equals_ignoring_case(name, "timediff")) {
      call.function = Function::timediff;
      takes(1, 2);
    } else if (name == "position") {
      call.function = Function::position;
      takes(0, 0);
    } else {
      fail(fmt::format("the function {}() is not known; there are Band(), timediff() and position()", name));
    }
    return call;
  }

  void enter() {
    if (++depth_ > limits::event_query_depth)
      fail(fmt::format("it is nested deeper than {} levels", limits::event_query_depth));
  }
  void count() {
    if (++expressions_ > limits::event_query_expressions)
      fail(fmt::format("it has more than {} comparisons", limits::event_query_expressions));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t expressions_ = 0;
};

// ---- evaluating -------------------------------------------------------------------------------------------

using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// An element, or the value of an attribute.
struct Node {
  xml::Element element;
  std::optional<std::string> attribute;
  [[nodiscard]] std::string text() const { return attribute ? *attribute : element.trimmed_text(); }
};
using Nodes = std::vector<Node>;
using Value = std::variant<Nodes, std::string, double, bool>;

/// What is the same for every path over one event.
struct Circumstances {
  Time now;
  Effort& effort;
};

struct Context {
  Node node;
  std::size_t position = 1;
  Circumstances const& over;
};

std::size_t effort_of_text(std::size_t bytes) { return 1 + bytes / 64; }

Value evaluate(Expression const& expression, Context const& context);

bool is_true(Value const& value) {
  if (auto const* nodes = std::get_if<Nodes>(&value)) return !nodes->empty();
  if (auto const* text = std::get_if<std::string>(&value)) return !text->empty();
  if (auto const* number = std::get_if<double>(&value)) return *number != 0;
  return std::get<bool>(value);
}

bool holds(Expression const& predicate, Context const& context) {
  auto const value = evaluate(predicate, context);
  // XPath 1.0 2.4: a number alone is a position.
  if (std::holds_alternative<double>(predicate.value))
    return std::get<double>(value) == static_cast<double>(context.position);
  return is_true(value);
}

void add_step(Nodes& out, Step const& step, Node const& from, Circumstances const& over) {
  over.effort.spend(1);
  if (from.attribute) return;
  if (step.attribute) {
    if (auto value = from.element.attribute("", step.name)) out.push_back({from.element, std::move(value)});
    return;
  }
  for (xml::Element const child : from.element.children()) {
    over.effort.spend(1);
    if (step.name == "*" || child.local_name() == step.name) out.push_back({child, std::nullopt});
  }
}

Nodes filtered(Nodes nodes, Step const& step, Circumstances const& over) {
  for (auto const& predicate : step.predicates) {
    Nodes kept;
    std::size_t position = 0;
    for (auto& node : nodes) {
      Context const context{node, ++position, over};
      if (holds(predicate, context)) kept.push_back(std::move(node));
    }
    nodes = std::move(kept);
  }
  return nodes;
}

/// From the step with index `first` on.
Nodes walk(XPath::Path const& path, Nodes nodes, std::size_t first, Circumstances const& over) {
  for (std::size_t i = first; i < path.steps.size(); ++i) {
    Nodes found;
    for (auto const& node : nodes) {
      Nodes below;
      add_step(below, path.steps[i], node, over);
      below = filtered(std::move(below), path.steps[i], over);
      std::move(below.begin(), below.end(), std::back_inserter(found));
    }
    nodes = std::move(found);
  }
  return nodes;
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::uint64_t bits = 0;
    auto const [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return static_cast<double>(bits);
  }
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

using Scalar = std::variant<std::string, double>;

/// Each value an operand stands for: a path may have several.
std::vector<Scalar> values_of(Value const& value, Effort& effort) {
  std::vector<Scalar> values;
  if (auto const* nodes = std::get_if<Nodes>(&value)) {
    for (auto const& node : *nodes) {
      auto text = node.text();
      effort.spend(effort_of_text(text.size()));
      values.emplace_back(std::move(text));
    }
  } else if (auto const* text = std::get_if<std::string>(&value)) {
    values.emplace_back(*text);
  } else if (auto const* number = std::get_if<double>(&value)) {
    values.emplace_back(*number);
  } else {
    values.emplace_back(std::get<bool>(value) ? 1.0 : 0.0);
  }
  return values;
}

template <class T>
bool compare(Operator op, T const& a, T const& b) {
  switch (op) {
    case Operator::equal:
      return a == b;
    case Operator::unequal:
      return a != b;
    case Operator::less:
      return a < b;
    case Operator::at_most:
      return a <= b;
    case Operator::greater:
      return a > b;
    case Operator::at_least:
      return a >= b;
    case Operator::none:
      break;
  }
  return false;
}

std::optional<double> as_number(Scalar const& value) {
  if (auto const* number = std::get_if<double>(&value)) return *number;
  return number_in(std::get<std::string>(value));
}
std::string as_text(Scalar const& value) {
  if (auto const* text = std::get_if<std::string>(&value)) return *text;
  return fmt::format("{}", std::get<double>(value));
}

/// Windows compares by the node's type: as numbers or times where both sides are such, else as text.
bool compare_values(Operator op, Scalar const& a, Scalar const& b) {
  auto const left = as_number(a);
  auto const right = as_number(b);
  if (left && right) return compare(op, *left, *right);
  auto const left_text = as_text(a);
  auto const right_text = as_text(b);
  auto const left_time = parse_xs_date_time(left_text);
  auto const right_time = parse_xs_date_time(right_text);
  if (left_time && right_time) return compare(op, left_time->utc, right_time->utc);
  return compare(op, left_text, right_text);
}

std::size_t effort_of(Scalar const& value) {
  auto const* text = std::get_if<std::string>(&value);
  return text != nullptr ? effort_of_text(text->size()) : 1;
}

bool evaluate_comparison(Comparison const& comparison, Context const& context) {
  auto& effort = context.over.effort;
  auto const left = values_of(evaluate(comparison.sides[0], context), effort);
  auto const right = values_of(evaluate(comparison.sides[1], context), effort);
  return std::ranges::any_of(left, [&](Scalar const& a) {
    return std::ranges::any_of(right, [&](Scalar const& b) {
      effort.spend(limits::event_comparison_effort + effort_of(a) + effort_of(b));
      return compare_values(comparison.op, a, b);
    });
  });
}

/// The first value of an argument, as bits; keywords have 64 of them.
std::uint64_t bits_of(Expression const& argument, Context const& context) {
  auto const values = values_of(evaluate(argument, context), context.over.effort);
  if (values.empty()) return 0;
  if (auto const* text = std::get_if<std::string>(&values.front())) {
    bool const hex = text->starts_with("0x") || text->starts_with("0X");
    std::uint64_t bits = 0;
    auto const* begin = text->data() + (hex ? 2 : 0);
    std::from_chars(begin, text->data() + text->size(), bits, hex ? 16 : 10);
    return bits;
  }
  auto const number = std::get<double>(values.front());
  return number >= 0 && number < 18446744073709551616.0 ? static_cast<std::uint64_t>(number) : 0;
}

std::optional<Time> time_of(Expression const& argument, Context const& context) {
  auto const values = values_of(evaluate(argument, context), context.over.effort);
  if (values.empty()) return std::nullopt;
  auto const time = parse_xs_date_time(as_text(values.front()));
  return time ? std::optional(time->utc) : std::nullopt;
}

Value evaluate_call(Call const& call, Context const& context) {
  switch (call.function) {
    case Function::position:
      return static_cast<double>(context.position);
    case Function::band:
      return static_cast<double>(bits_of(call.arguments[0], context) & bits_of(call.arguments[1], context));
    case Function::timediff: {
      auto const time = time_of(call.arguments[0], context);
      auto const until =
          call.arguments.size() == 2 ? time_of(call.arguments[1], context) : std::optional(context.over.now);
      if (!time || !until) return Nodes{};  // compares with nothing
      return static_cast<double>(std::chrono::duration_cast<Milliseconds>(*until - *time).count());
    }
  }
  return false;
}

Value evaluate(Expression const& expression, Context const& context) {
  if (auto const* path = std::get_if<XPath::Path>(&expression.value))
    return walk(*path, {context.node}, 0, context.over);
  if (auto const* text = std::get_if<std::string>(&expression.value)) return *text;
  if (auto const* number = std::get_if<double>(&expression.value)) return *number;
  if (auto const* call = std::get_if<Call>(&expression.value)) return evaluate_call(*call, context);
  if (auto const* comparison = std::get_if<Comparison>(&expression.value))
    return evaluate_comparison(*comparison, context);
  auto const& junction = std::get<Junction>(expression.value);
  auto const test = [&](Expression const& term) { return is_true(evaluate(term, context)); };
  return junction.all ? std::ranges::all_of(junction.terms, test) : std::ranges::any_of(junction.terms, test);
}

}  // namespace

void Effort::spend(std::size_t amount) {
  if (amount > left_)
    throw wsman::faults::cannot_process_filter(
        "The event query takes too long for an event of the log: it compares too many fields with each "
        "other. Name the fields that are meant, as in EventData[Data[@Name='PRIORITY']='3'].");
  left_ -= amount;
}

Result<XPath> XPath::parse(std::string_view text) {
  try {
    return XPath(std::make_shared<Path const>(Parser(text).whole()));
  } catch (Malformed const& malformed) {
    return fail(
        fmt::format("at character {} of '{}': {}", malformed.at + 1, text.substr(0, 200), malformed.why));
  }
}

bool XPath::matches(xml::Element const& event, Time now, Effort& effort) const {
  auto const& root = path_->steps.front();
  if (root.name != "*" && event.local_name() != root.name) return false;
  Circumstances const over{now, effort};
  return !walk(*path_, filtered({{event, std::nullopt}}, root, over), 1, over).empty();
}

bool XPath::matches_everything() const {
  return path_->steps.size() == 1 && path_->steps.front().predicates.empty();
}

}  // namespace winrm::plugins::eventlog
