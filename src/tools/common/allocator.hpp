#pragma once

namespace winrm::tools {

/// For a program that receives much: each answer takes and frees a few hundred kilobytes several times over.
/// By default the allocator gives them back to the kernel each time, and a third of the time goes into page
/// faults.
void keep_freed_memory();

}  // namespace winrm::tools
