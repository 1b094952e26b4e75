# gRPC and protobuf, linked statically (docs/adr/0005-locations-speak-grpc.md): a process that loads Debian's fifty shared
# libraries of them starts 6 ms later. OpenSSL, zlib and the C library stay shared.
find_package(PkgConfig REQUIRED)
pkg_check_modules(GRPC REQUIRED grpc++>=1.51 protobuf>=3.21)
find_package(OpenSSL REQUIRED COMPONENTS SSL)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

set(grpc_archives "")
foreach(library ${GRPC_STATIC_LIBRARIES})
  find_library(archive NAMES lib${library}.a NO_CACHE)
  if(archive AND NOT library MATCHES "^(ssl|crypto|z|dl|rt|pthread|atomic)$")
    list(APPEND grpc_archives "${archive}")
  endif()
  unset(archive)
endforeach()
list(REMOVE_DUPLICATES grpc_archives)

add_library(tidemill_grpc INTERFACE)
add_library(tidemill::grpc ALIAS tidemill_grpc)
target_link_libraries(tidemill_grpc INTERFACE "-Wl,--start-group" ${grpc_archives} "-Wl,--end-group"
                      OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
target_link_options(tidemill_grpc INTERFACE "-Wl,--gc-sections")
