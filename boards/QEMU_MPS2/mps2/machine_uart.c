// machine.UART for UARTs 0 to 2: 8N1, and neither reading nor writing waits. Included by extmod/machine_uart.c.

#include "py/mphal.h"

#include "mps2.h"

#define MICROPY_PY_MACHINE_UART_CLASS_CONSTANTS

typedef struct _machine_uart_obj_t {
    mp_obj_base_t base;
    uint8_t id;
} machine_uart_obj_t;

static const machine_uart_obj_t uart_objects[SERIAL_COUNT] = {
    {{&machine_uart_type}, 0}, {{&machine_uart_type}, 1}, {{&machine_uart_type}, 2}
};

static void mp_machine_uart_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_printf(print, "UART(%u)", self->id);
}

static void mp_machine_uart_init_helper(machine_uart_obj_t *self, size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args) {
    static const mp_arg_t allowed[] = {{MP_QSTR_baudrate, MP_ARG_INT, {.u_int = 115200}}};
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, pos_args, kw_args, MP_ARRAY_SIZE(allowed), allowed, args);
    if (args[0].u_int <= 0) {
        mp_raise_ValueError(NULL);
    }
    serial_set_baud(self->id, args[0].u_int);
}

static mp_obj_t mp_machine_uart_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 2, true);
    mp_int_t id = mp_obj_get_int(args[0]);
    if (id < 0 || id >= SERIAL_COUNT) {
        mp_raise_ValueError(NULL);
    }
    machine_uart_obj_t *self = (machine_uart_obj_t *)&uart_objects[id];
    mp_map_t kw_args;
    mp_map_init_fixed_table(&kw_args, n_kw, args + n_args);
    mp_machine_uart_init_helper(self, n_args - 1, args + 1, &kw_args);
    return MP_OBJ_FROM_PTR(self);
}

static void mp_machine_uart_deinit(machine_uart_obj_t *self) {
    (void)self;
}

static mp_int_t mp_machine_uart_any(machine_uart_obj_t *self) {
    return serial_any(self->id);
}

static bool mp_machine_uart_txdone(machine_uart_obj_t *self) {
    return serial_writable(self->id);
}

static mp_uint_t mp_machine_uart_read(mp_obj_t self_in, void *data, mp_uint_t size, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    size_t count = serial_read(self->id, data, size);
    if (count == 0) {
        *errcode = MP_EAGAIN;
        return MP_STREAM_ERROR;
    }
    return count;
}

static mp_uint_t mp_machine_uart_write(mp_obj_t self_in, const void *data, mp_uint_t size, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    size_t count = serial_write(self->id, data, size);
    if (count == 0) {
        *errcode = MP_EAGAIN;
        return MP_STREAM_ERROR;
    }
    return count;
}

static mp_uint_t mp_machine_uart_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t flags, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (request == MP_STREAM_POLL) {
        return (flags & MP_STREAM_POLL_RD && serial_any(self->id) ? MP_STREAM_POLL_RD : 0)
               | (flags & MP_STREAM_POLL_WR && serial_writable(self->id) ? MP_STREAM_POLL_WR : 0);
    }
    if (request == MP_STREAM_FLUSH) {
        return 0;
    }
    *errcode = MP_EINVAL;
    return MP_STREAM_ERROR;
}
