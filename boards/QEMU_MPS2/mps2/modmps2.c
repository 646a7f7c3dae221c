// The module `mps2`: what the emulator gives to boards/QEMU_MPS2/board.py.

#include <string.h>

#include "py/runtime.h"

#include "mps2.h"

static mp_obj_t arguments(void) {
    char text[256];
    host_arguments(text, sizeof(text));
    return mp_obj_new_str(text, strlen(text));
}
static MP_DEFINE_CONST_FUN_OBJ_0(arguments_obj, arguments);

static const mp_rom_map_elem_t members[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_mps2)},
    {MP_ROM_QSTR(MP_QSTR_Flash), MP_ROM_PTR(&mps2_flash_type)},
    // (free, largest piece, least free, least of the largest pieces), bytes: now, and since the last call
    {MP_ROM_QSTR(MP_QSTR_heap), MP_ROM_PTR(&mps2_heap_obj)},
    {MP_ROM_QSTR(MP_QSTR_collections), MP_ROM_PTR(&mps2_collections_obj)},
    {MP_ROM_QSTR(MP_QSTR_arguments), MP_ROM_PTR(&arguments_obj)}, // str: the settings of this start
};
static MP_DEFINE_CONST_DICT(members_dict, members);

const mp_obj_module_t mps2_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&members_dict,
};
MP_REGISTER_MODULE(MP_QSTR_mps2, mps2_module);
