# How every target of the project is compiled: link `project-flags` privately.
add_library(project-flags INTERFACE)
target_compile_definitions(project-flags INTERFACE _GNU_SOURCE)
target_compile_options(project-flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
  -Wundef -Wwrite-strings -fno-common)
target_include_directories(project-flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)

if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(project-flags INTERFACE
    -fstack-protector-strong -fcf-protection -D_FORTIFY_SOURCE=2)
  target_link_options(project-flags INTERFACE -Wl,-z,relro,-z,now)
endif()

if(USH_SANITIZE)
  target_compile_options(project-flags INTERFACE
    -fsanitize=${USH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(project-flags INTERFACE -fsanitize=${USH_SANITIZE})
endif()
