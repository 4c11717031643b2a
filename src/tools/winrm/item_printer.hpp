#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "tools/winrm/format.hpp"
#include "tools/winrm/rows.hpp"

namespace winrm::tools::winrm_tool {

/// Prints items as they arrive: an empty line between text blocks, one header over rows that have the same
/// columns. A table waits for the end of a batch, to know how wide its columns are.
class ItemPrinter {
 public:
  using Print = std::function<void(std::string_view)>;
  ItemPrinter(Format format, TextStyle style, Print print)
      : format_(format), style_(style), print_(std::move(print)) {}

  void add(xml::Element item);
  /// Nothing more comes for a while, or at all.
  void end_batch();

 private:
  void add_row(Row row);
  void print_block(std::string_view block);

  Format format_;
  TextStyle style_;
  Print print_;
  bool first_ = true;
  std::vector<Row> rows_;  ///< of a table, not printed yet; of CSV, the last one
};

}  // namespace winrm::tools::winrm_tool
