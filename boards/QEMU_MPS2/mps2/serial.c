// The UARTs: bytes that arrive are kept by the interrupt, since the UART itself keeps one.

#include <string.h>

#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "shared/runtime/interrupt_char.h"

#include "mps2.h"

typedef struct {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t ctrl;
    volatile uint32_t interrupts;
    volatile uint32_t divisor;
} uart_t;

#define TX_FULL (1 << 0)
#define RX_FULL (1 << 1)
#define TX_ENABLE (1 << 0)
#define RX_ENABLE (1 << 1)
#define RX_INTERRUPT_ENABLE (1 << 3)
#define RX_INTERRUPT (1 << 1)

#define BAUD (115200)
#define RECEIVE_MAX (1024) // a power of two
#define WRITE_TIMEOUT (1000) // ms for which the standard output waits for a line that takes nothing

static uart_t *const uarts[SERIAL_COUNT] = {(uart_t *)0x40004000, (uart_t *)0x40005000, (uart_t *)0x40006000};

static struct {
    uint8_t data[RECEIVE_MAX];
    volatile uint32_t received; // counts of bytes, which wrap
    volatile uint32_t taken;
} buffers[SERIAL_COUNT];

void serial_init(void) {
    for (unsigned uart = 0; uart < SERIAL_COUNT; uart++) {
        serial_set_baud(uart, BAUD);
        uint32_t state = MICROPY_BEGIN_ATOMIC_SECTION();
        uarts[uart]->ctrl = TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE;
        serial_received(uart); // the port has enabled UART 0 before, without an interrupt
        MICROPY_END_ATOMIC_SECTION(state);
    }
}

void serial_set_baud(unsigned uart, uint32_t baud) {
    uarts[uart]->divisor = MPS2_CLOCK_HZ / baud;
}

// With interrupts off, or from the interrupt. The emulator passes on the next byte when one has been
// taken, so that a byte which is left where it is holds up the line.
void serial_received(unsigned uart) {
    uarts[uart]->interrupts = RX_INTERRUPT;
    while (uarts[uart]->state & RX_FULL && serial_any(uart) < RECEIVE_MAX) {
        uint8_t byte = uarts[uart]->data;
        if (uart == 0 && byte == mp_interrupt_char) {
            mp_sched_keyboard_interrupt();
            continue;
        }
        buffers[uart].data[buffers[uart].received++ % RECEIVE_MAX] = byte;
    }
}

size_t serial_any(unsigned uart) {
    return buffers[uart].received - buffers[uart].taken;
}

size_t serial_read(unsigned uart, uint8_t *data, size_t size) {
    size_t count = 0;
    while (count < size && serial_any(uart)) {
        data[count++] = buffers[uart].data[buffers[uart].taken % RECEIVE_MAX];
        buffers[uart].taken++;
    }
    if (count) {
        uint32_t state = MICROPY_BEGIN_ATOMIC_SECTION();
        serial_received(uart); // what was left when the buffer was full
        MICROPY_END_ATOMIC_SECTION(state);
    }
    return count;
}

size_t serial_write(unsigned uart, const uint8_t *data, size_t size) {
    size_t count = 0;
    while (count < size && serial_writable(uart)) {
        uarts[uart]->data = data[count++];
    }
    return count;
}

bool serial_writable(unsigned uart) {
    return !(uarts[uart]->state & TX_FULL);
}

uintptr_t __wrap_mp_hal_stdio_poll(uintptr_t flags) {
    uintptr_t ready = 0;
    if (flags & MP_STREAM_POLL_RD && serial_any(0)) {
        ready |= MP_STREAM_POLL_RD;
    }
    if (flags & MP_STREAM_POLL_WR && serial_writable(0)) {
        ready |= MP_STREAM_POLL_WR;
    }
    return ready;
}

int __wrap_mp_hal_stdin_rx_chr(void) {
    uint8_t byte;
    while (!serial_read(0, &byte, 1)) {
        mp_event_wait_ms(1);
    }
    return byte;
}

// Returns how much a line took that then took nothing for long.
mp_uint_t __wrap_mp_hal_stdout_tx_strn(const char *text, size_t size) {
    size_t sent = 0;
    mp_uint_t since = mp_hal_ticks_ms();
    while (sent < size) {
        size_t more = serial_write(0, (const uint8_t *)text + sent, size - sent);
        sent += more;
        if (more) {
            since = mp_hal_ticks_ms();
        } else if (mp_hal_ticks_ms() - since > WRITE_TIMEOUT) {
            break;
        }
    }
    return sent;
}
