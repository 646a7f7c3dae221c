# MicroPython's own rules for C modules of an image; `borne image` gives this file as USER_C_MODULES.
add_library(usermod_borne INTERFACE)
target_sources(usermod_borne INTERFACE ${CMAKE_CURRENT_LIST_DIR}/image.c)
# Speed: its own loops are unrolled by hand, and the whole stays below 10 kB.
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/image.c PROPERTIES COMPILE_OPTIONS -O2)
# pico-sdk since 2.2 puts the stack of 8 kB, which MicroPython 1.26 has in two regions, into one of 4 kB.
target_compile_definitions(usermod_borne INTERFACE PICO_CRT0_ALLOCATE_SPACERS=0)
target_link_libraries(usermod INTERFACE usermod_borne)
