#pragma once

#include <string_view>

#include "cim/value.hpp"

namespace winrm::cim::wql {

/// A datetime as a query writes it: a point in time, an interval, or the range of points that a text with
/// asterisks stands for.
struct DatetimeLiteral {
  Value first;
  Value last;  ///< null unless it is a range
};

/// Reads CIM datetimes and intervals ("20260102030405.000000+060", with asterisks from some field on),
/// xs:dateTime, and the dates that WQL documents: "mm/dd/yyyy", "mm/dd/yyyy hh:mm:ss", with AM or PM, which
/// are local times.
[[nodiscard]] Result<DatetimeLiteral> parse_datetime_literal(std::string_view text);

}  // namespace winrm::cim::wql
