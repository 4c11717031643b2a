"""Performance classes of a running service, beside what the kernel's own files say."""

import time
from pathlib import Path

from support.cim import instance, instances, query


def processor_ticks() -> list[int]:
    first = Path("/proc/stat").read_text().splitlines()[0]
    return [int(word) for word in first.split()[1:]]


def test_D1_raw_samples_give_the_load_that_proc_stat_gives(caller):
    def sample() -> tuple[int, int]:
        row = instance(caller, "Win32_PerfRawData_PerfOS_Processor", Name="_Total").get()
        return int(row["PercentProcessorTime"]), int(row["Timestamp_Sys100NS"])

    before_ticks, before = processor_ticks(), sample()
    time.sleep(2)
    after_ticks, after = processor_ticks(), sample()
    ours = 100 * (1 - (after[0] - before[0]) / (after[1] - before[1]))
    ticks = [b - a for a, b in zip(before_ticks, after_ticks)]
    theirs = 100 * (1 - (ticks[3] + ticks[4]) / sum(ticks[:8]))
    assert abs(ours - theirs) < 15


def test_D1_formatted_values_are_percentages(caller):
    rows = instances(caller, "Win32_PerfFormattedData_PerfOS_Processor")
    assert {"0", "_Total"} <= {row["Name"] for row in rows}
    assert all(0 <= int(row["PercentProcessorTime"]) <= 100 for row in rows)


def test_D1_interfaces_agree_with_proc_net_dev(caller):
    text = Path("/proc/net/dev").read_text().splitlines()[2:]
    theirs = {line.split(":")[0].strip() for line in text}
    ours = {row["Name"] for row in query(caller, "SELECT Name FROM Win32_PerfFormattedData_Tcpip_NetworkInterface")}
    assert ours == theirs


def test_D1_available_memory_is_that_of_meminfo(caller):
    available = instances(caller, "Win32_PerfFormattedData_PerfOS_Memory")[0]["AvailableKBytes"]
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    assert abs(int(available) - int(line.split()[1])) < 0.1 * int(line.split()[1])
