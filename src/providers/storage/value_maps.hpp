#pragma once

#include "cim/method.hpp"
#include "cim/schema.hpp"

/// Value maps that several storage classes share (windows reference, annex A.2).
namespace winrm::providers {

enum Access : std::uint16_t { readable = 1, read_write = 3 };
inline constexpr cim::ValueName accesses[] = {
    {0, "Unknown"}, {1, "Readable"}, {2, "Writeable"}, {3, "Read/Write Supported"}, {4, "Write Once"}};

enum DriveType : std::uint32_t { removable = 2, local = 3, network = 4, compact_disc = 5, ram_disk = 6 };
inline constexpr cim::ValueName drive_types[] = {
    {0, "Unknown"},       {1, "No Root Directory"}, {2, "Removable Disk"}, {3, "Local Disk"},
    {4, "Network Drive"}, {5, "Compact Disc"},      {6, "RAM Disk"}};

enum Availability : std::uint16_t { running_full_power = 3, off_line = 8 };
inline constexpr cim::ValueName availabilities[] = {{1, "Other"},
                                                    {2, "Unknown"},
                                                    {3, "Running/Full Power"},
                                                    {4, "Warning"},
                                                    {5, "In Test"},
                                                    {6, "Not Applicable"},
                                                    {7, "Power Off"},
                                                    {8, "Off Line"},
                                                    {9, "Off Duty"},
                                                    {10, "Degraded"},
                                                    {11, "Not Installed"},
                                                    {12, "Install Error"},
                                                    {13, "Power Save - Unknown"},
                                                    {14, "Power Save - Low Power Mode"},
                                                    {15, "Power Save - Standby"},
                                                    {16, "Power Cycle"},
                                                    {17, "Power Save - Warning"},
                                                    {18, "Paused"},
                                                    {19, "Not Ready"},
                                                    {20, "Not Configured"},
                                                    {21, "Quiesced"}};

inline constexpr cim::ValueName chkdsk_results[] = {{0, "Success - Chkdsk Completed"},
                                                    {1, "Success - Locked and Chkdsk Scheduled on Reboot"},
                                                    {2, "Failure - Unknown File System"},
                                                    {3, "Failure - Unknown Error"},
                                                    {4, "Failure - Unsupported File System"}};
inline constexpr cim::Parameter chkdsk_parameters[] = {
    cim::in<bool>("FixErrors").optional(),         cim::in<bool>("VigorousIndexCheck").optional(),
    cim::in<bool>("SkipFolderCycle").optional(),   cim::in<bool>("ForceDismount").optional(),
    cim::in<bool>("RecoverBadSectors").optional(), cim::in<bool>("OkToRunAtBootUp").optional()};

}  // namespace winrm::providers
