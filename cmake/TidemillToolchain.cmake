# Compiler, warnings, sanitizers and the dependencies that every module shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

# No debug paths of one machine in a binary that is shipped to another.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror
                    "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these inside std::variant, std::optional and std::string.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-dangling-pointer)
endif()

set(TIDEMILL_SANITIZE "" CACHE STRING "Value of -fsanitize=, e.g. address,undefined")
if(TIDEMILL_SANITIZE)
  add_compile_options("-fsanitize=${TIDEMILL_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${TIDEMILL_SANITIZE}")
endif()

# What is shipped is linked by GNU's linker: it lays start-up and cold code together, away from the rest, and packs relative
# relocations, which halves what a process touches of its executable. mold links faster.
find_program(MOLD mold)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_link_options(-fuse-ld=bfd -Wl,-z,pack-relative-relocs)
elseif(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
if(BUILD_TESTING)
  find_package(GTest CONFIG REQUIRED)
endif()
