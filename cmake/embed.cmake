# acrbiter_embed(<target> <file> <namespace> <name>): compiles a data file into <target> as
# `namespace <namespace> { extern const std::string_view <name>; }`. The byte array is made again when the file changes.
# Run with `cmake -P` (EMBED_* set) this script writes that source file.
if(DEFINED EMBED_INPUT)
  file(READ "${EMBED_INPUT}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(...................................................................................................,)"
    "\\1\n    " bytes "${bytes}")
  file(WRITE "${EMBED_OUTPUT}" "// Made from ${EMBED_NAME} by cmake/embed.cmake.
#include <string_view>

namespace ${EMBED_NAMESPACE} {

namespace {
constexpr unsigned char ${EMBED_NAME}Bytes[] = {
    ${bytes}0x00};
}  // namespace

extern const std::string_view ${EMBED_NAME};
const std::string_view ${EMBED_NAME}(reinterpret_cast<const char*>(${EMBED_NAME}Bytes), sizeof(${EMBED_NAME}Bytes) - 1);

}  // namespace ${EMBED_NAMESPACE}
")
  return()
endif()

set(ACRBITER_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(acrbiter_embed target file namespace name)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cc")
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DEMBED_INPUT=${file}" "-DEMBED_OUTPUT=${output}" "-DEMBED_NAMESPACE=${namespace}"
      "-DEMBED_NAME=${name}" -P "${ACRBITER_EMBED_SCRIPT}"
    DEPENDS "${file}" "${ACRBITER_EMBED_SCRIPT}"
    COMMENT "Embedding ${name}" VERBATIM)
  target_sources(${target} PRIVATE "${output}")
  # A target of its own, which links nothing: else no object of the target is compiled before the libraries that it uses.
  add_custom_target(acrbiter_embed_${name} DEPENDS "${output}")
  add_dependencies(${target} acrbiter_embed_${name})
endfunction()
