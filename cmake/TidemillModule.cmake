# One call a module:
#
#   tidemill_module(NAME plan
#     SOURCES src/run_plan.cc …        explicit list, relative to the module
#     DEPS tidemill::model …           visible to users of the module
#     PRIVATE_DEPS SQLite::SQLite3 …   used by its sources only
#     TESTS src/run_plan_test.cc …     linked into one executable tidemill_<name>_test
#     TEST_DEPS …                      what only the tests need
#     FUZZERS src/parse_fuzz.cc …)     one libFuzzer executable each, corpus in corpus/<fuzzer name>/
include(GoogleTest)

function(tidemill_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS;FUZZERS" ${ARGN})
  set(target tidemill_${M_NAME})
  if(M_SOURCES)
    add_library(${target} STATIC ${M_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${M_PRIVATE_DEPS})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(tidemill::${M_NAME} ALIAS ${target})
  target_include_directories(${target} ${scope} include)
  target_link_libraries(${target} ${scope} ${M_DEPS})

  if(BUILD_TESTING AND M_TESTS)
    add_executable(${target}_test ${M_TESTS})
    target_link_libraries(${target}_test PRIVATE ${target} ${M_TEST_DEPS} GTest::gmock GTest::gtest_main)
    target_include_directories(${target}_test PRIVATE src .)
    target_compile_definitions(${target}_test PRIVATE TIDEMILL_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    gtest_discover_tests(${target}_test TEST_PREFIX ${M_NAME}. DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES)
  endif()

  if(TIDEMILL_FUZZERS)
    foreach(source ${M_FUZZERS})
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      target_link_libraries(${name} PRIVATE ${target})
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY TIDEMILL_FUZZ_TARGETS ${name})
    endforeach()
  endif()
endfunction()
