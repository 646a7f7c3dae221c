// What the module `machine` needs. Included by extmod/modmachine.c.

#include "py/mphal.h"

#define SCB_AIRCR (*(volatile uint32_t *)0xE000ED0C)
#define SYSTEM_RESET (0x05FA0004) // the key, and SYSRESETREQ: Armv7-M, section B3.2.6

static void mp_machine_idle(void) {
    MICROPY_INTERNAL_WFE(1);
}

// The emulator starts the machine anew: RAM for the flash keeps its content, as flash does.
__attribute__((noreturn)) static void mp_machine_reset(void) {
    SCB_AIRCR = SYSTEM_RESET;
    for (;;) {
    }
}

static mp_int_t mp_machine_reset_cause(void) {
    return 0;
}
