#include "tools/common/allocator.hpp"

#include <malloc.h>

namespace winrm::tools {

void keep_freed_memory() {
  constexpr int kept_bytes = 16 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  mallopt(M_MMAP_THRESHOLD, kept_bytes);
}

}  // namespace winrm::tools
