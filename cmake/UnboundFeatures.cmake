# SPDX-License-Identifier: BSD-3-Clause
# What the module has to know of the Unbound in USH_UNBOUND_TREE: generated/module/unbound/features.h.

# The newest version whose sources were looked at: of later ones the module uses nothing but the interface.
set(USH_UNBOUND_KNOWN_MAX 26)

file(STRINGS ${USH_UNBOUND_TREE}/build/config.h USH_UNBOUND_VERSION REGEX "^#define PACKAGE_VERSION ")
string(REGEX MATCH "1\\.([0-9]+)" USH_UNBOUND_VERSION "${USH_UNBOUND_VERSION}")
set(USH_UNBOUND_MINOR ${CMAKE_MATCH_1})

# ush_probe(NAME HEADER REGEX): whether a line of the header matches.
function(ush_probe name header regex)
  file(STRINGS ${USH_UNBOUND_TREE}/src/${header} found REGEX "${regex}" LIMIT_COUNT 1)
  if(found)
    set(${name} 1 PARENT_SCOPE)
  else()
    set(${name} 0 PARENT_SCOPE)
  endif()
endfunction()

ush_probe(USH_SOCKET_HAS_ADDRINFO services/listen_dnsport.h "^[ \t]+struct addrinfo\\* addr;")
ush_probe(USH_HAS_WAIT_LIMIT services/cache/infra.h "^void infra_wait_limit_dec")
ush_probe(USH_HAS_QUIC util/netevent.h "^[ \t]+comm_doq,")
ush_probe(USH_HAS_SPARE_WORD util/data/msgreply.h "^[ \t]+uint32_t padding;")

set(USH_COUNTS_DROPPED 0)
if(USH_UNBOUND_MINOR GREATER_EQUAL 25)
  set(USH_COUNTS_DROPPED 1)
endif()
set(USH_IS_KNOWN 1)
if(USH_UNBOUND_MINOR GREATER USH_UNBOUND_KNOWN_MAX)
  set(USH_IS_KNOWN 0)
  message(STATUS "Unbound ${USH_UNBOUND_VERSION} is newer than 1.${USH_UNBOUND_KNOWN_MAX}: answers are looked through each "
    "time that they come from the cache, and dns64 is not told what to keep out of it")
endif()

configure_file(${PROJECT_SOURCE_DIR}/module/unbound/features.h.in
  ${CMAKE_BINARY_DIR}/generated/module/unbound/features.h)
