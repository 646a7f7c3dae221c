# MicroPython's own rules for C modules of an image; `borne image` gives this file as USER_C_MODULES.
add_library(usermod_borne INTERFACE)
target_sources(usermod_borne INTERFACE ${CMAKE_CURRENT_LIST_DIR}/image.c)
target_link_libraries(usermod INTERFACE usermod_borne)
