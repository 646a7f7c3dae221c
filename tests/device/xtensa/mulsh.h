// MULSH for QEMU, none of whose little-endian cores has it: QEMU stops there, and the signal's handler puts a jump in
// its place, to the same product by 16 bits (Hacker's Delight, section 8-2). All other instructions stay the module's.
//
// The jump's target is a copy of a template, with its operands. Templates differ in the register that is free at
// first. Registers are kept at 1 MiB, an address that two instructions make (loader.ld).

#define TEMPLATES (4)
#define LENGTH_MAX (128)
#define PLACES (256)

enum { SIGILL = 4, SA_SIGINFO = 4 };
enum { CONTEXT_PC = 5 }; // the word of ucontext_t
enum { OP_J = 0x06, OP_L32I_S32I = 0x02, OP_MULSH = 0xB20000, MULSH_MASK = 0xFF000F };

__asm (
    "\t.text\n"
    "\t.begin no-transform\n"
    "mulsh_templates:\n"
    "\t.irp free, 7, 13, 14, 15\n"
    "\t.byte \\free << 4, 0xE7, 0xF3\n" // wur.threadptr
    "\tmovi a\\free, 1\n"
    "\tslli a\\free, a\\free, 20\n"
    "\ts32i a0, a\\free, 0\n" // at 9: s
    "\ts32i a0, a\\free, 4\n" // at 12: t
    "\ts32i a8, a\\free, 8\n"
    "\ts32i a9, a\\free, 12\n"
    "\ts32i a10, a\\free, 16\n"
    "\ts32i a11, a\\free, 20\n"
    "\ts32i a12, a\\free, 24\n"
    "\tl32i a8, a\\free, 0\n"
    "\tl32i a9, a\\free, 4\n"
    "\textui a10, a8, 0, 16\n"
    "\tsrai a8, a8, 16\n"
    "\textui a11, a9, 0, 16\n"
    "\tsrai a9, a9, 16\n"
    "\tmull a12, a10, a11\n"
    "\tmull a11, a8, a11\n"
    "\textui a12, a12, 16, 16\n"
    "\tadd a12, a11, a12\n"
    "\tmull a10, a10, a9\n"
    "\textui a11, a12, 0, 16\n"
    "\tsrai a12, a12, 16\n"
    "\tadd a10, a10, a11\n"
    "\tsrai a10, a10, 16\n"
    "\tmull a8, a8, a9\n"
    "\tadd a8, a8, a12\n"
    "\tadd a8, a8, a10\n"
    "\ts32i a8, a\\free, 28\n"
    "\tl32i a8, a\\free, 8\n"
    "\tl32i a9, a\\free, 12\n"
    "\tl32i a10, a\\free, 16\n"
    "\tl32i a11, a\\free, 20\n"
    "\tl32i a12, a\\free, 24\n"
    "\tl32i a0, a\\free, 28\n" // 9 from the end: r
    "\t.byte 0x70, \\free << 4 | 0x0E, 0xE3\n" // rur.threadptr
    "\t.byte 0, 0, 0\n" // the jump back
    "\t.endr\n"
    "mulsh_end:\n"
    "\t.end no-transform\n");

extern const uint8_t mulsh_templates[], mulsh_end[];
static uint8_t places[PLACES][LENGTH_MAX] __attribute__ ((aligned(4096)));

static void put(uint8_t *at, uint32_t word) {
    for (int i = 0; i < 3; ++i) {
        at[i] = word >> 8 * i;
    }
}

static void put_jump(uint8_t *at, const uint8_t *target) {
    put(at, (uint32_t)(target - at - 4) << 6 | OP_J);
}

static void mulsh_met(int signal, void *info, uint32_t *context) {
    static const uint8_t free[TEMPLATES] = { 7, 13, 14, 15 };
    static int used;
    uint8_t *at = (uint8_t *)context[CONTEXT_PC], *place = places[used];
    uint32_t word = at[0] | at[1] << 8 | at[2] << 16;
    uint32_t r = word >> 12 & 15, s = word >> 8 & 15, t = word >> 4 & 15;
    size_t size = (mulsh_end - mulsh_templates) / TEMPLATES;
    if ((word & MULSH_MASK) != OP_MULSH || used == PLACES || size > LENGTH_MAX) {
        stop(1);
    }
    ++used;
    int choice = 0;
    while (free[choice] == r || free[choice] == s || free[choice] == t) {
        ++choice;
    }
    memcpy(place, mulsh_templates + choice * size, size);
    place[9] = s << 4 | OP_L32I_S32I;
    place[12] = t << 4 | OP_L32I_S32I;
    place[size - 9] = r << 4 | OP_L32I_S32I;
    put_jump(place + size - 3, at + 3);
    put_jump(at, place);
}

static void mulsh_prepare(void) {
    static const uint32_t action[8] = { (uint32_t)mulsh_met, SA_SIGINFO };
    system_call(SIGACTION, SIGILL, (int)action, 0, 8);
}
