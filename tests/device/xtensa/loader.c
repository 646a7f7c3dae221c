// A program for qemu-xtensa: borne_p256.mpy, loaded by MicroPython's own loader (py/persistentcode.c) as on a board.
// mulsh.h is for the one instruction that QEMU lacks.
//
// Standard input: the size of the file (4 bytes, least significant first), the file, and cases of 160 bytes: key,
// digest, signature. Standard output: a digit for each, what `verify` says. Exit status: 0, or 1 if the module did
// something that this program does not know.

#include <string.h>

#include "py/nativeglue.h"
#include "py/objfun.h"
#include "py/persistentcode.h"
#include "py/reader.h"

#define FILE_MAX (32768)
#define HEAP (65536)
#define WORK (4096)

enum { READ = 12, WRITE = 13, EXIT = 118, SIGACTION = 226 }; // of Linux on Xtensa

__asm (".text\n\t.align 4\n\t.global _start\n_start:\n\tmovi\ta0, 0\n\tcall8\trun\n");

static int system_call(int number, int a, int b, int c, int d) {
    register int a2 __asm__ ("a2") = number;
    register int a6 __asm__ ("a6") = a;
    register int a3 __asm__ ("a3") = b;
    register int a4 __asm__ ("a4") = c;
    register int a5 __asm__ ("a5") = d;
    __asm__ volatile ("syscall" : "+r" (a2) : "r" (a6), "r" (a3), "r" (a4), "r" (a5) : "memory");
    return a2;
}

static MP_NORETURN void stop(int status) {
    for (;;) {
        system_call(EXIT, status, 0, 0, 0);
    }
}

// Whether all `size` bytes came.
static bool take(void *to, size_t size) {
    for (size_t at = 0; at < size;) {
        int got = system_call(READ, 0, (int)to + at, size - at, 0);
        if (got <= 0) {
            return false;
        }
        at += got;
    }
    return true;
}

void *memcpy(void *to, const void *from, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    }
    return to;
}

void *memset(void *to, int byte, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        ((volatile uint8_t *)to)[i] = byte;
    }
    return to;
}

#include "mulsh.h"

// What the loader asks of MicroPython. What is missing here is at address 0: whoever calls it crashes.

// QEMU is slow where code and what is written lie in one page.
static uint8_t heap[HEAP] __attribute__ ((aligned(4096)));
static size_t in_use;

void *m_malloc(size_t size) {
    void *given = heap + in_use;
    in_use += (size + 15) & ~15;
    if (in_use > HEAP) {
        stop(1);
    }
    return given;
}

void *m_malloc0(size_t size) {
    return memset(m_malloc(size), 0, size);
}

void m_free(void *block) {
}

void nlr_push_jump_callback(nlr_jump_callback_node_t *node, nlr_jump_callback_fun_t fun) {
}

void nlr_pop_jump_callback(bool run_callback) {
}

qstr qstr_from_strn(const char *text, size_t length) {
    return MP_QSTR_zip + 1;
}

mp_raw_code_t *mp_emit_glue_new_raw_code(void) {
    return m_malloc0(sizeof(mp_raw_code_t));
}

void mp_emit_glue_assign_native(mp_raw_code_t *rc, mp_raw_code_kind_t kind, const void *code, mp_uint_t size,
    mp_raw_code_t **children, uint16_t scope_flags, uint32_t n_pos_args, uint32_t type_sig) {
    rc->kind = kind;
    rc->fun_data = code;
}

// What the module asks of MicroPython. Objects are addresses that mean something here alone.

static const mp_obj_type_t type_of_three;
static const mp_obj_fun_builtin_fixed_t *verify;
static uint32_t work[WORK / 4] __attribute__ ((aligned(4096)));
static bool lent;

static mp_obj_dict_t *swap_globals(mp_obj_dict_t *dict) {
    return dict;
}

static void store_global(qstr name, mp_obj_t object) {
    verify = object;
}

static bool get_buffer(mp_obj_t object, mp_buffer_info_t *buffer, mp_uint_t flags) {
    *buffer = *(mp_buffer_info_t *)object;
    return true;
}

static void *reallocate(void *block, size_t size, bool allow_move) {
    if (lent != (block == work) || !lent != !block || size > WORK) {
        stop(1);
    }
    lent = size != 0;
    return lent ? memset(work, 0xA5, WORK) : NULL;
}

const mp_fun_table_t mp_fun_table = {
    .const_false = (mp_obj_t)&"0",
    .const_true = (mp_obj_t)&"1",
    .swap_globals = swap_globals,
    .store_global = store_global,
    .realloc_ = reallocate,
    .get_buffer = get_buffer,
    .type_fun_builtin_3 = &type_of_three,
};

void run(void) {
    static uint8_t file[FILE_MAX], numbers[160];
    static mp_module_context_t context;
    static mp_obj_fun_bc_t self = { .context = &context };
    mp_compiled_module_t module = { .context = &context };
    uint32_t size;
    mulsh_prepare();
    if (!take(&size, sizeof(size)) || size > FILE_MAX || !take(file, size)) {
        stop(1);
    }
    mp_raw_code_load_mem(file, size, &module);
    ((mp_obj_t (*)(mp_obj_fun_bc_t *, size_t, size_t, mp_obj_t *))module.rc->fun_data)(&self, 0, 0, NULL);
    if (!verify || verify->base.type != &type_of_three) {
        stop(1);
    }
    while (take(numbers, sizeof(numbers))) {
        mp_buffer_info_t key = { numbers, 64 }, digest = { numbers + 64, 32 }, signature = { numbers + 96, 64 };
        mp_obj_t said = verify->fun._3(&key, &digest, &signature);
        if (lent) {
            stop(1);
        }
        system_call(WRITE, 1, (int)said, 1, 0);
    }
    stop(0);
}
