// Numbers of 256 bits, and division modulo the order N of P-256: 8 words, least significant first.

#define WORDS (8)

typedef uint32_t scalar[WORDS];

static const scalar N = {
    0xFC632551, 0xF3B9CAC2, 0xA7179E84, 0xBCE6FAAD, 0xFFFFFFFF, 0xFFFFFFFF, 0x00000000, 0xFFFFFFFF,
};
static const scalar P = {
    0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x00000000, 0x00000000, 0x00000000, 0x00000001, 0xFFFFFFFF,
};

static void copy(uint32_t *r, const uint32_t *a) {
    for (int i = 0; i < WORDS; ++i) {
        r[i] = a[i];
    }
}

// r = a + b. Returns the carry.
static uint32_t add(uint32_t *r, const uint32_t *a, const uint32_t *b) {
    uint64_t sum = 0;
#pragma GCC unroll 8
    for (int i = 0; i < WORDS; ++i) {
        sum += (uint64_t)a[i] + b[i];
        r[i] = (uint32_t)sum;
        sum >>= 32;
    }
    return (uint32_t)sum;
}

// r = a - b. Returns whether that is negative, and 2^256 too large.
static bool subtract(uint32_t *r, const uint32_t *a, const uint32_t *b) {
    int64_t sum = 0;
#pragma GCC unroll 8
    for (int i = 0; i < WORDS; ++i) {
        sum += (int64_t)a[i] - b[i];
        r[i] = (uint32_t)sum;
        sum >>= 32;
    }
    return sum < 0;
}

static bool is_zero(const uint32_t *a) {
    uint32_t any = 0;
    for (int i = 0; i < WORDS; ++i) {
        any |= a[i];
    }
    return any == 0;
}

static bool less(const uint32_t *a, const uint32_t *b) {
    for (int i = WORDS - 1; i >= 0; --i) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false;
}

// `count` bits of a (below 32) from bit `from` on; 0 beyond its end.
static uint32_t bits(const uint32_t *a, int from, int count) {
    int at = from >> 5, shift = from & 31;
    uint32_t found = at < WORDS ? a[at] >> shift : 0;
    if (shift + count > 32 && at + 1 < WORDS) {
        found |= a[at + 1] << (32 - shift);
    }
    return found & ((1u << count) - 1);
}

// a >>= 1, with `carry` on top.
static void shift(uint32_t *a, uint32_t carry) {
#pragma GCC unroll 8
    for (int i = 0; i < WORDS - 1; ++i) {
        a[i] = a[i] >> 1 | a[i + 1] << 31;
    }
    a[WORDS - 1] = a[WORDS - 1] >> 1 | carry << 31;
}

// a /= 2 modulo N.
static void halve(uint32_t *a) {
    shift(a, a[0] & 1 ? add(a, a, N) : 0);
}

// a -= b modulo N.
static void subtract_modulo(uint32_t *a, const uint32_t *b) {
    if (subtract(a, a, b)) {
        add(a, a, N);
    }
}

// a /= s and b /= s modulo N (a and b below N, 0 < s < N), by the binary Euclidean algorithm.
static void divide(uint32_t *a, uint32_t *b, const uint32_t *s) {
    struct {
        scalar value, a, b; // s * a = value * (the first a), and so for b
    } one, other, *u = &one, *v = &other;
    for (int i = 0; i < WORDS; ++i) {
        u->value[i] = N[i];
        u->a[i] = u->b[i] = 0;
        v->value[i] = s[i];
        v->a[i] = a[i];
        v->b[i] = b[i];
    }
    while (!is_zero(v->value)) {
        while (!(v->value[0] & 1)) {
            shift(v->value, 0);
            halve(v->a);
            halve(v->b);
        }
        if (less(v->value, u->value)) {
            void *swap = u;
            u = v;
            v = swap;
        }
        subtract(v->value, v->value, u->value);
        subtract_modulo(v->a, u->a);
        subtract_modulo(v->b, u->b);
    }
    copy(a, u->a);
    copy(b, u->b);
}
