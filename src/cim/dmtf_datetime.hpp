#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cim/value.hpp"

namespace winrm::cim {

/// "20260102030405.123456+060" (DSP0004 5.2.4): a point in time with its offset in minutes. Text with
/// asterisks and intervals ("00000003040506.000000:000") fail here.
[[nodiscard]] Result<winrm::DateTime> parse_dmtf_datetime(std::string_view text);
[[nodiscard]] Result<Interval> parse_dmtf_interval(std::string_view text);
/// "P3DT4H5M6.7S": the xs:duration of an interval. Years and months fail, because their length is not known.
[[nodiscard]] Result<Interval> parse_xs_interval(std::string_view text);
[[nodiscard]] std::string format_dmtf_datetime(winrm::DateTime const& value);

}  // namespace winrm::cim
