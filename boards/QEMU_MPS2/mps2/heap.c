// How full the heap was: looked at after each garbage collection, when only what is in use is left.

#include <stdint.h>

#include "py/gc.h"
#include "py/runtime.h"

#include "mps2.h"

static size_t least_free, least_piece, count;

static void look(size_t *free, size_t *piece) {
    gc_info_t info;
    gc_info(&info);
    *free = info.free;
    *piece = info.max_free * MICROPY_BYTES_PER_GC_BLOCK;
}

void __real_gc_collect_end(void);

void __wrap_gc_collect_end(void) {
    size_t free, piece;
    __real_gc_collect_end();
    look(&free, &piece);
    least_free = MIN(least_free, free);
    least_piece = MIN(least_piece, piece);
    count++;
}

static mp_obj_t collections(void) {
    return mp_obj_new_int_from_uint(count);
}
MP_DEFINE_CONST_FUN_OBJ_0(mps2_collections_obj, collections);

static mp_obj_t heap(void) {
    size_t free, piece;
    gc_collect();
    look(&free, &piece);
    mp_obj_t found[] = {
        mp_obj_new_int_from_uint(free),
        mp_obj_new_int_from_uint(piece),
        mp_obj_new_int_from_uint(least_free),
        mp_obj_new_int_from_uint(least_piece),
    };
    least_free = free;
    least_piece = piece;
    return mp_obj_new_tuple(MP_ARRAY_SIZE(found), found);
}
MP_DEFINE_CONST_FUN_OBJ_0(mps2_heap_obj, heap);
