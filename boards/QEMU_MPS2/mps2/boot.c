// From the port's start to the terminal's main program, instead of the port's own main().

#include <string.h>

#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stackctrl.h"
#include "shared/runtime/pyexec.h"

#include "mps2.h"

#define SCB_VTOR (*(volatile uint32_t *)0xE000ED08)
#define NVIC_ISER (*(volatile uint32_t *)0xE000E100)

// ARM DDI 0403 (Armv7-M), section B1.5: 16 exceptions, then interrupts. A table of up to 64 words has to
// lie at a multiple of 256 bytes.
#define EXCEPTIONS (16)
#define INTERRUPTS (32)
#define SYSTICK (15)
#define UART_RX(uart) (2 * (uart)) // AN385, section 3.8

#define STACK_SIZE (10 * 1024)

extern const uint32_t isr_vector[];
static uint32_t vectors[EXCEPTIONS + INTERRUPTS] __attribute__((aligned(256)));
#define HEAP_MAX (1 << 20)
static uint32_t heap[HEAP_MAX / sizeof(uint32_t)];

// What a second argument says, and without one what the terminal gets.
static size_t heap_size(void) {
    char text[64];
    host_arguments(text, sizeof(text));
    const char *second = strchr(text, ' ');
    if (second == NULL) {
        return MICROPY_HEAP_SIZE;
    }
    size_t size = 0;
    while (*++second >= '0' && *second <= '9' && size < HEAP_MAX) {
        size = 10 * size + *second - '0';
    }
    return MIN(size, HEAP_MAX);
}

static void uart0_handler(void) {
    serial_received(0);
}

static void uart1_handler(void) {
    serial_received(1);
}

static void uart2_handler(void) {
    serial_received(2);
}

// The port's table has no interrupts, and its system timer's handler is a fault.
static void interrupts_init(void) {
    static void (*const handlers[SERIAL_COUNT])(void) = {uart0_handler, uart1_handler, uart2_handler};
    memcpy(vectors, isr_vector, EXCEPTIONS * sizeof(uint32_t));
    vectors[SYSTICK] = (uint32_t)clock_tick;
    for (unsigned uart = 0; uart < SERIAL_COUNT; uart++) {
        vectors[EXCEPTIONS + UART_RX(uart)] = (uint32_t)handlers[uart];
    }
    SCB_VTOR = (uint32_t)vectors;
    for (unsigned uart = 0; uart < SERIAL_COUNT; uart++) {
        NVIC_ISER = 1 << UART_RX(uart);
    }
}

int __wrap_main(void) {
    interrupts_init();
    clock_init();
    serial_init();
    mp_stack_ctrl_init();
    mp_stack_set_limit(STACK_SIZE);
    size_t size = heap_size();
    for (;;) {
        gc_init(heap, (char *)heap + size);
        mp_init();
        pyexec_frozen_module("_boot.py", false);
        // No Ctrl-C: any byte may come over the link. It returns when the button is held at start.
        pyexec_frozen_module("main.py", false);
        while ((pyexec_mode_kind == PYEXEC_MODE_RAW_REPL ? pyexec_raw_repl() : pyexec_friendly_repl()) == 0) {
        }
        mp_printf(&mp_plat_print, "MPY: soft reboot\n");
        gc_sweep_all();
        mp_deinit();
    }
}
