# The standard library, fmt and expected compiled once for every room. A source still includes what it uses.
function(winrm_rooms_precompiled)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(winrm_rooms_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(winrm_rooms_precompiled PRIVATE fmt::fmt)
  target_precompile_headers(winrm_rooms_precompiled PRIVATE ${WINRM_PRECOMPILED})
endfunction()
set(WINRM_PRECOMPILED
  <algorithm> <array> <cerrno> <charconv> <chrono> <cstdint> <cstring> <filesystem> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <string> <string_view> <system_error> <unordered_map> <utility> <variant> <vector>
  <fmt/format.h> <tl/expected.hpp>)

# A room is a folder of src/ with one job. winrm_room() makes its static library and refuses an upward link:
# a room may link only rooms with a lower level (docs/architecture.md).
#
#   winrm_room(<name> LEVEL <n> [LINKS <room>...] [EXT <library>...] [PRECOMPILE <header>...] [SEPARATE])
#
# PRECOMPILE adds to the precompiled headers those that nearly every source of the room includes.
# Eight files are compiled as one: names in anonymous namespaces must differ within a room, unless it is SEPARATE.
#
# Every .cpp of the folder (and below) belongs to the room. Include paths are rooted at src/.
function(winrm_room name)
  cmake_parse_arguments(ROOM "SEPARATE" "LEVEL" "LINKS;EXT;PRECOMPILE" ${ARGN})
  string(REPLACE "/" "_" target "winrm_${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(${target} STATIC ${sources})
    if(ROOM_PRECOMPILE)
      target_precompile_headers(${target} PRIVATE ${WINRM_PRECOMPILED} ${ROOM_PRECOMPILE})
    else()
      target_precompile_headers(${target} REUSE_FROM winrm_rooms_precompiled)
    endif()
    if(NOT ROOM_SEPARATE)
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
      # A source of a batch looks like a header that uses its anonymous namespace.
      target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
    set(visibility PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(${target} ${visibility} ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  foreach(room IN LISTS ROOM_LINKS)
    string(REPLACE "/" "_" room_target "winrm_${room}")
    get_property(room_level GLOBAL PROPERTY WINRM_LEVEL_${room_target})
    if(room_level STREQUAL "")
      message(FATAL_ERROR "room ${name} links unknown room ${room} (rooms are added in order of level)")
    endif()
    if(NOT room_level LESS ROOM_LEVEL)
      message(FATAL_ERROR "room ${name} (level ${ROOM_LEVEL}) may not link ${room} (level ${room_level}): arrows point down only")
    endif()
    target_link_libraries(${target} ${visibility} ${room_target})
  endforeach()
  target_link_libraries(${target} ${visibility} ${ROOM_EXT})
  set_property(GLOBAL PROPERTY WINRM_LEVEL_${target} ${ROOM_LEVEL})
endfunction()

# GoogleTest compiled once, for every test executable. Tests are built without optimisation: they are compiled far
# more often than they run long.
function(winrm_tests_precompiled)
  add_library(winrm_tests_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_compile_options(winrm_tests_precompiled PRIVATE ${WINRM_TEST_OPTIONS})
  target_compile_definitions(winrm_tests_precompiled PRIVATE WINRM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(winrm_tests_precompiled PRIVATE winrm_base GTest::gmock_main)
  # A precompiled header counts only for the same kind of code: tests are not position independent.
  set_target_properties(winrm_tests_precompiled PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_precompile_headers(winrm_tests_precompiled PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <chrono> <filesystem> <fstream> <functional> <memory> <optional> <sstream> <string>
    <thread> <vector> <fmt/format.h> <tl/expected.hpp>)
endfunction()
set(WINRM_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)

# One test executable per room, from tests/<room>/*_test.cpp (other .cpp files there are helpers of those tests).
# Eight files are compiled as one, which more than halves the time: names in anonymous namespaces must differ within a room.
#
#   winrm_room_test(<room> [LINKS <library>...])
function(winrm_room_test name)
  cmake_parse_arguments(TEST "" "" "LINKS" ${ARGN})
  string(REPLACE "/" "_" room "${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${room}_tests ${sources})
  target_compile_options(${room}_tests PRIVATE ${WINRM_TEST_OPTIONS})
  target_precompile_headers(${room}_tests REUSE_FROM winrm_tests_precompiled)
  set_target_properties(${room}_tests PROPERTIES POSITION_INDEPENDENT_CODE OFF
    UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  target_include_directories(${room}_tests PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${room}_tests PRIVATE WINRM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${room}_tests PRIVATE winrm_${room} ${TEST_LINKS} GTest::gmock_main)
  add_test(NAME ${room} COMMAND ${room}_tests)
  set_tests_properties(${room} PROPERTIES LABELS unit)
endfunction()
