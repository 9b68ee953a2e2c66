# acrbiter_embed_folder(<target> <folder> <header> <namespace> <function>): compiles every *.json of a folder into <target>
# as `std::span<const acrbiter::parser::NamedText> <namespace>::<function>()`, which <header> declares.
# The source file is made again when a file changes. Run with `cmake -P` (FOLDER_* set) this script writes it.
if(DEFINED FOLDER_INPUT)
  file(GLOB files "${FOLDER_INPUT}/*.json")
  list(SORT files)
  set(arrays)
  set(entries)
  set(number 0)
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(...................................................................................................,)"
      "\\1\n    " bytes "${bytes}")
    # The closing zero keeps an empty file from becoming an empty array.
    string(APPEND arrays "constexpr unsigned char kFile${number}[] = {\n    ${bytes}0x00};\n")
    string(APPEND entries "      {\"${name}\", {reinterpret_cast<const char*>(kFile${number}), sizeof(kFile${number}) - 1}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE "${FOLDER_OUTPUT}" "// Made from a folder of documents by cmake/embed_folder.cmake.
#include \"${FOLDER_HEADER}\"

#include <vector>

namespace ${FOLDER_NAMESPACE} {

namespace {
${arrays}}  // namespace

std::span<const acrbiter::parser::NamedText> ${FOLDER_FUNCTION}() {
  static const std::vector<acrbiter::parser::NamedText> documents = {
${entries}  };
  return documents;
}

}  // namespace ${FOLDER_NAMESPACE}
")
  return()
endif()

set(ACRBITER_EMBED_FOLDER_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(acrbiter_embed_folder target folder header namespace function)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded_${function}.cc")
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.json")
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER_INPUT=${folder}" "-DFOLDER_OUTPUT=${output}" "-DFOLDER_HEADER=${header}"
      "-DFOLDER_NAMESPACE=${namespace}" "-DFOLDER_FUNCTION=${function}" -P "${ACRBITER_EMBED_FOLDER_SCRIPT}"
    DEPENDS ${files} "${ACRBITER_EMBED_FOLDER_SCRIPT}"
    COMMENT "Embedding ${folder}" VERBATIM)
  target_sources(${target} PRIVATE "${output}")
  # A target of its own, which links nothing: else no object of the target is compiled before the libraries that it uses.
  add_custom_target(acrbiter_embed_${function} DEPENDS "${output}")
  add_dependencies(${target} acrbiter_embed_${function})
endfunction()
