# SPDX-License-Identifier: BSD-3-Clause
# What the module has to know of an Unbound: module/unbound/features.h.

# The newest version whose sources were looked at: of later ones the module uses nothing but the interface, and says
# so in the log (ush_unknown_version).
set(USH_UNBOUND_KNOWN_MAX 26)

# ush_probe(NAME HEADER REGEX): whether a line of the header in ${tree} matches.
function(ush_probe name header regex)
  file(STRINGS ${tree}/src/${header} found REGEX "${regex}" LIMIT_COUNT 1)
  if(found)
    set(${name} 1 PARENT_SCOPE)
  else()
    set(${name} 0 PARENT_SCOPE)
  endif()
endfunction()

# ush_unbound_features(TREE DIRECTORY): DIRECTORY/module/unbound/features.h for the Unbound in TREE.
function(ush_unbound_features tree directory)
  file(STRINGS ${tree}/build/config.h version REGEX "^#define PACKAGE_VERSION ")
  string(REGEX MATCH "1\\.([0-9]+)" version "${version}")
  set(minor ${CMAKE_MATCH_1})

  ush_probe(USH_SOCKET_HAS_ADDRINFO services/listen_dnsport.h "^[ \t]+struct addrinfo\\* addr;")
  ush_probe(USH_HAS_WAIT_LIMIT services/cache/infra.h "^void infra_wait_limit_dec")
  ush_probe(USH_HAS_QUIC util/netevent.h "^[ \t]+comm_doq,")
  ush_probe(USH_HAS_SPARE_WORD util/data/msgreply.h "^[ \t]+uint32_t padding;")
  ush_probe(USH_STORE_WANTS_VALREC services/cache/dns.h "^[ \t]+int is_valrec\\)")
  ush_probe(USH_ADD_REPLY_RETURNS_IT services/mesh.h "struct query_info\\* qinfo, struct mesh_reply\\*\\* result\\)")

  set(USH_COUNTS_DROPPED 0)
  if(minor GREATER_EQUAL 25)
    set(USH_COUNTS_DROPPED 1)
  endif()
  set(USH_IS_KNOWN 1)
  if(minor GREATER USH_UNBOUND_KNOWN_MAX)
    set(USH_IS_KNOWN 0)
    message(WARNING "${tree} is newer than 1.${USH_UNBOUND_KNOWN_MAX}, the newest Unbound that the module knows: "
      "it will be slower (docs/extending.md, An Unbound version)")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/module/unbound/features.h.in ${directory}/module/unbound/features.h)
endfunction()
