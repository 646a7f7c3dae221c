// The module borne_image of an image for RP2 chips: what the application frozen into it has in C.
//
// verify() is P-256 (borne.crypto.native), flash() the image itself (borne.image).

#include "borne_p256.c"

#include "py/objarray.h"

#define PAGE (256) // bytes that flash is written in

extern const uint8_t __flash_binary_start, __flash_binary_end; // by MicroPython's linker script

// The image as it lies in the flash: whole pages, and the one after them, on which `borne image` puts the label.
static mp_obj_t flash(void) {
    size_t size = &__flash_binary_end - &__flash_binary_start;
    size_t pages = (size + PAGE - 1) / PAGE + 1;
    return mp_obj_new_memoryview('B', pages * PAGE, (void *)&__flash_binary_start);
}
static MP_DEFINE_CONST_FUN_OBJ_0(flash_obj, flash);

static const mp_rom_map_elem_t globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_borne_image) },
    { MP_ROM_QSTR(MP_QSTR_flash), MP_ROM_PTR(&flash_obj) },
    { MP_ROM_QSTR(MP_QSTR_verify), MP_ROM_PTR(&verify_obj) },
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t borne_image = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_borne_image, borne_image);
