// Numbers of 256 bits, and arithmetic modulo the prime P of P-256 (SP 800-186 section 3.2.1.3).
//
// An element stands for a number modulo P times 2^256 (Montgomery's form), not reduced to the end: any number
// below 2^256. Limbs stand least significant first. Results may be where operands are.

#define LIMBS (8)

typedef uint32_t limb;
typedef limb element[LIMBS];

static const element P = {
    0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0, 1, 0xFFFFFFFF,
};
static const element N = {
    0xFC632551, 0xF3B9CAC2, 0xA7179E84, 0xBCE6FAAD, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0xFFFFFFFF,
};
static const element ZERO = { 0 };
static const element ONE = { // 2^256 mod P
    1, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFE, 0,
};
static const element SQUARE = { // 2^512 mod P
    3, 0, 0xFFFFFFFF, 0xFFFFFFFB, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 4,
};

static inline void copy(limb *r, const limb *a) {
    for (int i = 0; i < LIMBS; ++i) {
        r[i] = a[i];
    }
}

#include "p256_words.h"

static bool is_null(const limb *a) {
    limb any = 0;
    for (int i = 0; i < LIMBS; ++i) {
        any |= a[i];
    }
    return any == 0;
}

static bool less(const limb *a, const limb *b) {
    for (int i = LIMBS - 1; i >= 0; --i) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false;
}

// `count` bits of a (at most 8) from bit `from` on; 0 beyond its end.
static limb bits(const limb *a, int from, int count) {
    int at = from >> 5, shift = from & 31;
    limb found = at < LIMBS ? a[at] >> shift : 0;
    if (shift + count > 32 && at + 1 < LIMBS) {
        found |= a[at + 1] << (32 - shift);
    }
    return found & ((1u << count) - 1);
}

static void field_add(limb *r, const limb *a, const limb *b) {
    limb carry = add(r, a, b);
    while (carry) {
        carry -= subtract(r, r, P);
    }
}

static void field_sub(limb *r, const limb *a, const limb *b) {
    limb borrow = subtract(r, a, b);
    while (borrow) {
        borrow -= add(r, r, P);
    }
}

// Whether an element is 0 modulo P.
static bool is_zero(const limb *a) {
    return is_null(a) || (a[0] == P[0] && !less(a, P) && !less(P, a));
}

static void reduce(limb *r, limb *t) {
    limb carry = reduce_words(t);
    if (carry) {
        subtract(r, t + LIMBS, P);
    } else {
        copy(r, t + LIMBS);
    }
}

static void field_mul(limb *r, const limb *a, const limb *b) {
    limb t[2 * LIMBS];
    multiply_words(t, a, b);
    reduce(r, t);
}

static void field_sqr(limb *r, const limb *a) {
    limb t[2 * LIMBS];
    square_words(t, a);
    reduce(r, t);
}

// a >>= 1, with `carry` on top.
static void halve(limb *a, limb carry) {
    for (int i = 0; i < LIMBS - 1; ++i) {
        a[i] = a[i] >> 1 | a[i + 1] << 31;
    }
    a[LIMBS - 1] = a[LIMBS - 1] >> 1 | carry << 31;
}

// a /= 2 modulo N.
static void halve_scalar(limb *a) {
    halve(a, a[0] & 1 ? add(a, a, N) : 0);
}

static void subtract_scalar(limb *a, const limb *b) {
    if (subtract(a, a, b)) {
        add(a, a, N);
    }
}

// a /= s and b /= s modulo N (a and b below N, 0 < s < N), by the binary Euclidean algorithm.
static void divide(limb *a, limb *b, const limb *s) {
    struct {
        element value, a, b; // value/s = a/(the first a) = b/(the first b)
    } one, other, *u = &one, *v = &other;
    copy(u->value, N);
    copy(u->a, ZERO);
    copy(u->b, ZERO);
    copy(v->value, s);
    copy(v->a, a);
    copy(v->b, b);
    while (!is_null(v->value)) {
        while (!(v->value[0] & 1)) {
            halve(v->value, 0);
            halve_scalar(v->a);
            halve_scalar(v->b);
        }
        if (less(v->value, u->value)) {
            void *swap = u;
            u = v;
            v = swap;
        }
        subtract(v->value, v->value, u->value);
        subtract_scalar(v->a, u->a);
        subtract_scalar(v->b, u->b);
    }
    copy(a, u->a);
    copy(b, u->b);
}
