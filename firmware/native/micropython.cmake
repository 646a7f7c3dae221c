# MicroPython's own rules for C modules of an image; `borne image` gives this file as USER_C_MODULES.
add_library(usermod_borne INTERFACE)
target_sources(usermod_borne INTERFACE ${CMAKE_CURRENT_LIST_DIR}/image.c)
# pico-sdk since 2.2 puts the stack of 8 kB, which MicroPython 1.26 has in two regions, into one of 4 kB.
target_compile_definitions(usermod_borne INTERFACE PICO_CRT0_ALLOCATE_SPACERS=0)
target_link_libraries(usermod INTERFACE usermod_borne)
