# `cmake --install BUILD`: the program, its libraries, their headers, and a package for find_package(towtank).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(TOWTANK_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/towtank)

set_target_properties(towtank_options PROPERTIES EXPORT_NAME options)
set_target_properties(towtank_sim PROPERTIES EXPORT_NAME sim)
set_target_properties(towtank_models PROPERTIES EXPORT_NAME models)
set_target_properties(towtank_cli PROPERTIES EXPORT_NAME cli)
install(TARGETS towtank)
install(TARGETS towtank_options towtank_sim towtank_models towtank_cli EXPORT towtankTargets)
install(EXPORT towtankTargets NAMESPACE towtank:: DESTINATION ${TOWTANK_PACKAGE_DIR})

# The paths below include/towtank are those of the repository, so that `#include "sim/core/time.hpp"` means the same.
install(DIRECTORY sim models DESTINATION include/towtank
  FILES_MATCHING PATTERN "*.hpp" PATTERN "registry.def")
install(DIRECTORY tools/towtank DESTINATION include/towtank/tools FILES_MATCHING PATTERN "*.hpp")

configure_package_config_file(cmake/towtankConfig.cmake.in ${PROJECT_BINARY_DIR}/towtankConfig.cmake
  INSTALL_DESTINATION ${TOWTANK_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/towtankConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/towtankConfig.cmake ${PROJECT_BINARY_DIR}/towtankConfigVersion.cmake
  DESTINATION ${TOWTANK_PACKAGE_DIR})
install(FILES LICENSE models/SOURCES.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
