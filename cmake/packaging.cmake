# `cmake --install`, find_package(acrbiter) and the Debian package.
# Two components: "runtime" (the program, its manual page and completions) and "development" (library and headers).
include(CMakePackageConfigHelpers)

install(TARGETS acrbiter RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)

set(libraries acrbiter_model acrbiter_parser acrbiter_evaluator)
if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.23)
  install(TARGETS ${libraries} EXPORT acrbiterTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/acrbiter" COMPONENT development)
else()
  install(TARGETS ${libraries} EXPORT acrbiterTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
  get_property(private_headers GLOBAL PROPERTY ACRBITER_PRIVATE_HEADERS)
  set(excluded)
  foreach(header IN LISTS private_headers)
    list(APPEND excluded PATTERN "${header}" EXCLUDE)
  endforeach()
  install(DIRECTORY model parser evaluator DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/acrbiter" COMPONENT development
    FILES_MATCHING PATTERN "*.h" ${excluded})
endif()

set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/acrbiter")
install(EXPORT acrbiterTargets NAMESPACE acrbiter:: DESTINATION "${config_folder}" COMPONENT development)
configure_package_config_file(cmake/acrbiterConfig.cmake.in acrbiterConfig.cmake INSTALL_DESTINATION "${config_folder}")
write_basic_package_version_file(acrbiterConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/acrbiterConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/acrbiterConfigVersion.cmake"
  DESTINATION "${config_folder}" COMPONENT development)

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright COMPONENT runtime)
install(FILES CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT runtime)
install(FILES fixtures/schemas/access-test.schema.json DESTINATION "${CMAKE_INSTALL_DATADIR}/acrbiter"
  COMPONENT runtime)
install(FILES man/acrbiter.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT runtime)

# The program writes its own completions, so they can only be made where it can be run.
if(NOT CMAKE_CROSSCOMPILING)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/completions")
  set(completions)
  foreach(shell IN ITEMS bash zsh fish)
    add_custom_command(OUTPUT "${folder}/acrbiter.${shell}"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
      COMMAND acrbiter completion ${shell} > "${folder}/acrbiter.${shell}"
      DEPENDS acrbiter VERBATIM)
    list(APPEND completions "${folder}/acrbiter.${shell}")
  endforeach()
  add_custom_target(acrbiter_completions ALL DEPENDS ${completions})
  install(FILES "${folder}/acrbiter.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
    RENAME acrbiter COMPONENT runtime)
  if(EXISTS /etc/debian_version)
    set(zsh_folder vendor-completions)
  else()
    set(zsh_folder site-functions)
  endif()
  install(FILES "${folder}/acrbiter.zsh" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/${zsh_folder}"
    RENAME _acrbiter COMPONENT runtime)
  install(FILES "${folder}/acrbiter.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d"
    COMPONENT runtime)
endif()

# `cpack -G DEB` in the build folder. Needs dpkg-dev and file, which find the package's dependencies.
set(CPACK_PACKAGE_NAME acrbiter)
set(CPACK_PACKAGE_VENDOR "acrbiter authors")
set(CPACK_PACKAGE_CONTACT "acrbiter authors <authors@acrbiter.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION "acrbiter answers, from exported files alone, whether an identity may do an operation on a
repository of an Azure Container Registry, and why: both permission modes,
conditions, groups, deny assignments, tokens and the other ways in.")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/package")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_CURRENT_BINARY_DIR};acrbiter;runtime;/")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
