# Language level, warnings and hardening, for every target of the project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

include(CheckPIESupported)
check_pie_supported()

set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_SOURCE_DIR}/cmake/launch)

add_compile_options(-Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms for ordinary code: std::string (GCC PR 105651), members of std::optional and std::variant that are
  # not in use, and Boost's coroutine frames, whose operators new and delete belong together although only one of
  # them is inlined. clang-tidy and the sanitizers look for the real thing.
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Lets ccache see through precompiled headers.
  add_compile_options(-fpch-preprocess)
endif()
add_compile_options(-fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|i.86")
  add_compile_options(-fcf-protection)
endif()
# Not -O3: it made the full build slower and no benchmark faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
# Every shared library is the system's own: no program looks for one anywhere else.
set(CMAKE_SKIP_RPATH ON)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

set(WINRM_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
if(WINRM_SANITIZE)
  add_compile_options(-fsanitize=${WINRM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WINRM_SANITIZE})
  if(WINRM_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Boost.Asio's fences, which this sanitizer does not know; mutexes order the same things.
    add_compile_options(-Wno-tsan)
  endif()
  if(WINRM_SANITIZE MATCHES undefined)
    # Its check of dynamic types needs a pipe, and fails where a test has taken every descriptor.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

if(WINRM_FUZZ)
  # Clang 14 cannot write what the check of functions needs in front of a coroutine.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
