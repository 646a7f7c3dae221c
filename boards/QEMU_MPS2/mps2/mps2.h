// The parts of QEMU's mps2-an385 that the terminal uses. Registers: Arm, Cortex-M System Design Kit
// technical reference manual (DDI 0479), sections 4.3 (APB timer) and 4.5 (APB UART); memory and
// interrupts: Arm, application note AN385 (DAI 0385), sections 3.1 and 3.8.

#ifndef BORNE_MPS2_H
#define BORNE_MPS2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "py/obj.h"

#define MPS2_CLOCK_HZ (25000000)
#define MPS2_PSRAM ((uint8_t *)0x21000000)

// clock.c: time since power on. The system timer's interrupt keeps it from wrapping, and wakes `wfi`.
void clock_init(void);
void clock_tick(void);

// serial.c: UART 0 is the link, with the REPL when it is asked for; 1 and 2 are machine.UART's alike.
// Reading and writing never wait. A full receive buffer holds the line back.
#define SERIAL_COUNT (3)
void serial_init(void);
void serial_set_baud(unsigned uart, uint32_t baud);
void serial_received(unsigned uart);
size_t serial_any(unsigned uart);
size_t serial_read(unsigned uart, uint8_t *data, size_t size);
size_t serial_write(unsigned uart, const uint8_t *data, size_t size);
bool serial_writable(unsigned uart);

// host.c: the emulator's own services, by semihosting.
bool host_random(void *data, size_t size);
void host_arguments(char *text, size_t size); // what QEMU was given for the machine

// flash.c
extern const mp_obj_type_t mps2_flash_type;

// heap.c
extern const mp_obj_fun_builtin_fixed_t mps2_heap_obj;
extern const mp_obj_fun_builtin_fixed_t mps2_collections_obj;

#endif
