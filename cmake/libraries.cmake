# The libraries the project stands on, each an imported target; all are Debian packages
# (docs/libraries.md says why each was chosen and who may link it).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns)
pkg_check_modules(LIBPSL REQUIRED IMPORTED_TARGET libpsl)
pkg_check_modules(LIBIDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(LIBZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBEVENT REQUIRED IMPORTED_TARGET libevent_core libevent_extra)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(LIBSSL REQUIRED IMPORTED_TARGET libssl)
pkg_check_modules(LIBSECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)

# libyaml goes into the resolver with the module, so it is linked statically (Debian's is PIC):
# the module must need nothing that a chroot may lack.
find_library(YAML_STATIC_LIBRARY NAMES libyaml.a REQUIRED)
add_library(yaml-static STATIC IMPORTED)
set_target_properties(yaml-static PROPERTIES IMPORTED_LOCATION ${YAML_STATIC_LIBRARY})
