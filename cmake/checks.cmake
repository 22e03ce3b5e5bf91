# Targets that look at the sources: `tidy` and `format-check`.
find_program(CLANG_FORMAT NAMES clang-format-14) # another version breaks other lines
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
file(GLOB_RECURSE USH_SOURCES CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/common/*.[ch] ${CMAKE_SOURCE_DIR}/zones/*.[ch]
  ${CMAKE_SOURCE_DIR}/module/*.[ch] ${CMAKE_SOURCE_DIR}/sinkhole/*.[ch]
  ${CMAKE_SOURCE_DIR}/tests/*.[ch])

if(CLANG_FORMAT)
  add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run --Werror ${USH_SOURCES} VERBATIM)
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${USH_SOURCES} VERBATIM)
endif()
if(RUN_CLANG_TIDY)
  add_custom_target(tidy COMMAND ${RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR}
    "(common|zones|module|sinkhole)/.*\\.c$" VERBATIM)
endif()
