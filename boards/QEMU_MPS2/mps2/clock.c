// Time, from timer 0, which counts down at 25 MHz: 40 ns, and every 171 s it begins anew.

#include "py/mphal.h"
#include "py/runtime.h"

#include "mps2.h"

#define TIMER_CTRL (*(volatile uint32_t *)0x40000000)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008)
#define TIMER_ENABLE (1)

#define SYSTICK_CTRL (*(volatile uint32_t *)0xE000E010)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014)
#define SYSTICK_ENABLE (7) // with its interrupt, by the processor's clock

#define PER_US (MPS2_CLOCK_HZ / 1000000)

static uint32_t last, us, ms;
static uint32_t rest, rest_us; // counts below one microsecond, microseconds below one millisecond

void clock_init(void) {
    last = TIMER_RELOAD = TIMER_VALUE = 0xFFFFFFFF;
    TIMER_CTRL = TIMER_ENABLE;
    SYSTICK_RELOAD = MPS2_CLOCK_HZ / 1000 - 1;
    SYSTICK_CTRL = SYSTICK_ENABLE;
}

void clock_tick(void) {
    uint32_t state = MICROPY_BEGIN_ATOMIC_SECTION();
    uint32_t value = TIMER_VALUE;
    rest += last - value;
    last = value;
    uint32_t more = rest / PER_US;
    rest %= PER_US;
    us += more;
    rest_us += more;
    ms += rest_us / 1000;
    rest_us %= 1000;
    MICROPY_END_ATOMIC_SECTION(state);
}

mp_uint_t mp_hal_ticks_us(void) {
    clock_tick();
    return us;
}

mp_uint_t mp_hal_ticks_ms(void) {
    clock_tick();
    return ms;
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return -TIMER_VALUE; // 25 in each microsecond
}

uint64_t mp_hal_time_ns(void) {
    return (uint64_t)mp_hal_ticks_ms() * 1000000; // since power on: the RTC is not the port's
}

void mp_hal_delay_us(mp_uint_t delay) {
    mp_uint_t start = mp_hal_ticks_us();
    while (mp_hal_ticks_us() - start < delay) {
    }
}

void mp_hal_delay_ms(mp_uint_t delay) {
    mp_uint_t start = mp_hal_ticks_ms();
    while (mp_hal_ticks_ms() - start < delay) {
        mp_event_wait_ms(1);
    }
}
