# gRPC and protobuf, linked statically (docs/adr/0005-locations-speak-grpc.md): a process that loads Debian's fifty shared
# libraries of them starts 6 ms later. zlib and the C library stay shared.
#   tidemill::grpc        for clients, with TLS by the shared OpenSSL
#   tidemill::grpc_plain  for code locations, which serve without TLS as Dagster's do: no OpenSSL in their processes
# One executable links one of the two.
find_package(PkgConfig REQUIRED)
pkg_check_modules(GRPC REQUIRED grpc++>=1.51 protobuf>=3.21)
find_package(OpenSSL REQUIRED COMPONENTS SSL)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

function(tidemill_grpc name libraries)
  set(archives "")
  foreach(library ${libraries})
    find_library(archive NAMES lib${library}.a NO_CACHE)
    if(archive AND NOT library MATCHES "^(ssl|crypto|z|dl|rt|pthread|atomic)$")
      list(APPEND archives "${archive}")
    endif()
    unset(archive)
  endforeach()
  list(REMOVE_DUPLICATES archives)
  add_library(tidemill_${name} INTERFACE)
  add_library(tidemill::${name} ALIAS tidemill_${name})
  target_link_libraries(tidemill_${name} INTERFACE "-Wl,--start-group" ${archives} "-Wl,--end-group" ${ARGN}
                        ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
  target_link_options(tidemill_${name} INTERFACE "-Wl,--gc-sections")
endfunction()

tidemill_grpc(grpc "${GRPC_STATIC_LIBRARIES}" OpenSSL::SSL OpenSSL::Crypto)
# The list of the plain kind in Debian lacks c-ares and others.
list(TRANSFORM GRPC_STATIC_LIBRARIES REPLACE "^(grpc|grpc\\+\\+)$" "\\1_unsecure" OUTPUT_VARIABLE plain_libraries)
tidemill_grpc(grpc_plain "${plain_libraries}")
