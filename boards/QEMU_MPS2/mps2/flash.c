// mps2.Flash: a block device of NOR flash, in a RAM of the machine that the emulator keeps in a file.

#include <string.h>

#include "extmod/vfs.h"
#include "py/runtime.h"

#include "mps2.h"

#define BLOCK_SIZE (4096)
#define BLOCK_COUNT (2048)

static mp_obj_t flash_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    static const mp_obj_base_t flash = {&mps2_flash_type};
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    return MP_OBJ_FROM_PTR(&flash);
}

// Where a buffer of `size` bytes belongs, by the arguments (self, block, buffer, offset in the block).
static uint8_t *place(size_t n_args, const mp_obj_t *args, size_t size) {
    size_t block = mp_obj_get_int(args[1]);
    size_t offset = n_args > 3 ? mp_obj_get_int(args[3]) : 0;
    size_t end = BLOCK_COUNT * BLOCK_SIZE;
    if (block >= BLOCK_COUNT || offset >= BLOCK_SIZE || size > end - (block * BLOCK_SIZE + offset)) {
        mp_raise_ValueError(NULL);
    }
    return MPS2_PSRAM + block * BLOCK_SIZE + offset;
}

static mp_obj_t flash_readblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(args[2], &buffer, MP_BUFFER_WRITE);
    memcpy(buffer.buf, place(n_args, args, buffer.len), buffer.len);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_readblocks_obj, 3, 4, flash_readblocks);

// With an offset, what has been erased is programmed; without, whole blocks are erased first.
static mp_obj_t flash_writeblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(args[2], &buffer, MP_BUFFER_READ);
    uint8_t *to = place(n_args, args, buffer.len);
    if (n_args == 3) {
        memset(to, 0xFF, buffer.len);
    }
    for (size_t at = 0; at < buffer.len; at++) {
        to[at] &= ((const uint8_t *)buffer.buf)[at]; // programming clears bits, and sets none
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_writeblocks_obj, 3, 4, flash_writeblocks);

static mp_obj_t flash_ioctl(mp_obj_t self, mp_obj_t operation, mp_obj_t argument) {
    switch (mp_obj_get_int(operation)) {
        case MP_BLOCKDEV_IOCTL_INIT:
        case MP_BLOCKDEV_IOCTL_DEINIT:
        case MP_BLOCKDEV_IOCTL_SYNC:
            return MP_OBJ_NEW_SMALL_INT(0);
        case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
            return MP_OBJ_NEW_SMALL_INT(BLOCK_COUNT);
        case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
            return MP_OBJ_NEW_SMALL_INT(BLOCK_SIZE);
        case MP_BLOCKDEV_IOCTL_BLOCK_ERASE: {
            const mp_obj_t args[] = {self, argument};
            memset(place(MP_ARRAY_SIZE(args), args, BLOCK_SIZE), 0xFF, BLOCK_SIZE);
            return MP_OBJ_NEW_SMALL_INT(0);
        }
        default:
            return mp_const_none;
    }
}
static MP_DEFINE_CONST_FUN_OBJ_3(flash_ioctl_obj, flash_ioctl);

static const mp_rom_map_elem_t flash_members[] = {
    {MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&flash_readblocks_obj)},
    {MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&flash_writeblocks_obj)},
    {MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&flash_ioctl_obj)},
};
static MP_DEFINE_CONST_DICT(flash_dict, flash_members);

MP_DEFINE_CONST_OBJ_TYPE(
    mps2_flash_type, MP_QSTR_Flash, MP_TYPE_FLAG_NONE,
    make_new, flash_make_new,
    locals_dict, &flash_dict
    );
