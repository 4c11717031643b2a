# Every outside library, from the distribution's packages. A room names what it uses as EXT in winrm_room().
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Protobuf REQUIRED)
find_package(Boost 1.81 REQUIRED)
pkg_check_modules(GSSAPI REQUIRED IMPORTED_TARGET krb5-gssapi krb5)
# pkg_check_modules takes "-isystem" for a folder the first time and for an option from then on, and changed options
# would compile everything again.
pkg_get_variable(GSSAPI_INCLUDE_FOLDER mit-krb5-gssapi includedir)
set_target_properties(PkgConfig::GSSAPI PROPERTIES INTERFACE_COMPILE_OPTIONS ""
  INTERFACE_INCLUDE_DIRECTORIES "${GSSAPI_INCLUDE_FOLDER}")
pkg_check_modules(SDBUSCPP REQUIRED IMPORTED_TARGET sdbus-c++)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
find_library(PAM_LIBRARY pam REQUIRED)
find_library(CRYPT_LIBRARY crypt REQUIRED)
