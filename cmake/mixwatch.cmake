# The three kinds of target there are. Warnings travel with the kind, never by global flags.

# -ffp-contract=off and strict C17 are part of reproducibility: no fused multiply-add may creep in.
# -fno-math-errno and -fno-trapping-math change no value; they let branch-free kernels become vector code.
add_library(mw_flags INTERFACE)
target_compile_options(mw_flags INTERFACE -ffp-contract=off -fno-math-errno -fno-trapping-math)
target_include_directories(mw_flags INTERFACE ${PROJECT_SOURCE_DIR}/common/base)

add_library(mw_warnings INTERFACE)
target_compile_options(mw_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wdouble-promotion $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>)

add_library(mw_warnings_strict INTERFACE)
target_link_libraries(mw_warnings_strict INTERFACE mw_warnings)
target_compile_options(mw_warnings_strict INTERFACE -Wconversion)

# mw_core(name SOURCES ... LINKS ...): a pure library: strict C17 without POSIX, so no clock is even declared.
function(mw_core name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC mw_flags ${arg_LINKS} PRIVATE mw_warnings_strict)
  set_property(GLOBAL APPEND PROPERTY MW_CORES ${name})
endfunction()

# mw_shell(name SOURCES ... LINKS ...): a library that may talk to the world through POSIX.
function(mw_shell name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE _POSIX_C_SOURCE=200809L)
  target_link_libraries(${name} PUBLIC mw_flags ${arg_LINKS} PRIVATE mw_warnings_strict)
endfunction()

# mw_test(name LABELS unit SOURCES ... LINKS ...): a Criterion program, one ctest entry. A sanitizer report does
# not change Criterion's exit code, so the output is read for it.
function(mw_test name)
  cmake_parse_arguments(arg "PLAIN" "TIMEOUT" "SOURCES;LINKS;LABELS;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
  target_compile_definitions(${name} PRIVATE _POSIX_C_SOURCE=200809L
    MW_SOURCE_DIR="${PROJECT_SOURCE_DIR}" MW_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LINKS} mw_flags mw_warnings)
  if(NOT arg_PLAIN)
    target_link_libraries(${name} PRIVATE PkgConfig::CRITERION)
  endif()
  target_link_libraries(${name} PRIVATE m)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 180)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "${arg_ENVIRONMENT}" FAIL_REGULAR_EXPRESSION "Sanitizer:;runtime error:")
endfunction()
