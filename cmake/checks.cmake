# Targets that look at the sources. `tidy` takes seconds and is part of tests/run; `analyze` follows the paths through each
# file, too, and takes minutes.
find_program(CLANG_FORMAT NAMES clang-format-14) # another version breaks other lines
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14) # another version knows other patterns
file(GLOB_RECURSE USH_SOURCES CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/common/*.[ch] ${CMAKE_SOURCE_DIR}/zones/*.[ch]
  ${CMAKE_SOURCE_DIR}/module/*.[ch] ${CMAKE_SOURCE_DIR}/sinkhole/*.[ch]
  ${CMAKE_SOURCE_DIR}/tests/*.[ch])

if(CLANG_FORMAT)
  add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run --Werror ${USH_SOURCES} VERBATIM)
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${USH_SOURCES} VERBATIM)
endif()
if(RUN_CLANG_TIDY)
  set(tidy ${RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR})
  set(product "^${CMAKE_SOURCE_DIR}/(common|zones|module|sinkhole)/.*\\.c$")
  add_custom_target(tidy COMMAND ${tidy} -checks=-clang-analyzer-* ${product} VERBATIM)
  add_custom_target(analyze COMMAND ${tidy} ${product} VERBATIM)
endif()
