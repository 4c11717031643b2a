#include "tools/winrm/item_printer.hpp"

#include <utility>

namespace winrm::tools::winrm_tool {

void ItemPrinter::add(xml::Element item) {
  switch (format_) {
    case Format::csv:
    case Format::table:
      add_row(row_of(item));
      break;
    case Format::json:
    case Format::xml:
      print_(format_element(item, format_, style_));
      break;
    case Format::text:
    case Format::pretty:
      print_block(format_element(item, format_, style_));
      break;
  }
}

void ItemPrinter::add_row(Row row) {
  bool const continues = !rows_.empty() && share_header(rows_.front(), row);
  if (format_ == Format::table) {
    if (!continues) end_batch();
    rows_.push_back(std::move(row));
    return;
  }
  if (!continues) print_block(csv_header(row));
  print_(csv_line(row));
  rows_.assign(1, std::move(row));
}

void ItemPrinter::end_batch() {
  if (format_ != Format::table || rows_.empty()) return;
  print_block(format_table(rows_));
  rows_.clear();
}

void ItemPrinter::print_block(std::string_view block) {
  if (!std::exchange(first_, false)) print_("\n");
  print_(block);
}

}  // namespace winrm::tools::winrm_tool
