# How a folder becomes a target, and the flags that all our targets share.

# acrbiter_options(<target>): language, warnings and instrumentation. Private, so that nothing reaches whoever links us;
# the sanitizer's link flag is the exception, as it must reach the final executable.
function(acrbiter_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(NOT MSVC)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
      -Wold-style-cast)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12
     AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12.3)
    # It takes the smaller of two values for one of them (most likely its bug 108166): a token whose records contradict
    # each other was disabled for certain.
    target_compile_options(${target} PRIVATE -fno-tree-vrp)
  endif()
  if(ACRBITER_DEVELOPER)
    target_compile_options(${target} PRIVATE $<IF:$<CXX_COMPILER_ID:MSVC>,/WX,-Werror>)
  endif()
  if(ACRBITER_QUICK_BUILD AND NOT MSVC)
    # They stand behind the flags of the build type and so take their place. g++ compiles no sooner with -O0, and sooner
    # where it collects its garbage less often. In a unity build it takes every source file for a header, in which a
    # class with members of types of its own would be a mistake.
    target_compile_options(${target} PRIVATE -Og -g0)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE "SHELL:--param ggc-min-expand=200"
        "SHELL:--param ggc-min-heapsize=1000000" -Wno-subobject-linkage)
    endif()
  endif()
  if(ACRBITER_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${ACRBITER_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${ACRBITER_SANITIZE})
  endif()
  if(ACRBITER_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
  if(ACRBITER_COVERAGE)
    target_compile_definitions(${target} PRIVATE ACRBITER_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()

# acrbiter_library(<folder> [PRIVATE_HEADERS <header>…] [DEPENDS <target>…] [PRIVATE_DEPENDS <target>…]
#                  [HEADER_ONLY <target>…] [LATER <regex>…])
# All .cc files below the current folder (those of executables excepted) as the static library acrbiter_<folder>, alias
# acrbiter::<folder>. Its headers are public except PRIVATE_HEADERS, which may include what HEADER_ONLY names.
# HEADER_ONLY libraries are needed to build the folder and by nobody who links it. What `can-i` does not need is LATER: a
# quick build makes a library of its own of it, acrbiter_<folder>_later, so that the first answer does not wait for it.
function(acrbiter_library folder)
  cmake_parse_arguments(arg "" "" "PRIVATE_HEADERS;DEPENDS;PRIVATE_DEPENDS;HEADER_ONLY;LATER" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(ACRBITER_QUICK_BUILD)
    list(FILTER sources EXCLUDE REGEX "/commands\\.cc$")
  endif()
  foreach(header IN LISTS arg_PRIVATE_HEADERS)
    list(REMOVE_ITEM headers "${CMAKE_CURRENT_SOURCE_DIR}/${header}")
    set_property(GLOBAL APPEND PROPERTY ACRBITER_PRIVATE_HEADERS "${folder}/${header}")
  endforeach()

  set(target acrbiter_${folder})
  if(ACRBITER_QUICK_BUILD AND arg_LATER)
    set(later ${sources})
    list(JOIN arg_LATER "|" is_later)
    list(FILTER later INCLUDE REGEX "${CMAKE_CURRENT_SOURCE_DIR}/(${is_later})")
    list(REMOVE_ITEM sources ${later})
    add_library(${target}_later STATIC ${later})
    acrbiter_options(${target}_later)
    # Smaller than the others, so that no processor waits for the last one.
    set_target_properties(${target}_later PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    target_link_libraries(${target}_later PUBLIC ${target} PRIVATE ${arg_PRIVATE_DEPENDS} ${arg_HEADER_ONLY})
  endif()
  add_library(${target} STATIC ${sources})
  add_library(acrbiter::${folder} ALIAS ${target})
  acrbiter_options(${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder} POSITION_INDEPENDENT_CODE ON)
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.23)
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ${ACRBITER_DEVELOPER})
  else()
    target_sources(${target} PRIVATE ${headers})
  endif()
  if(ACRBITER_QUICK_BUILD)
    # Larger batches take little less time on two processors, more on many, and twice the memory (1.5 GB with these).
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 25)
  endif()
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/acrbiter>")
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  foreach(dependency IN LISTS arg_HEADER_ONLY)
    target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:${dependency}>")
  endforeach()
endfunction()
