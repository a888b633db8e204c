// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Stands in for the kernel around the table of lib/test_bpf.c, so that a user-space compiler can read it.
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define __user
#include <linux/types.h>
#include <linux/filter.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>

#undef __BIG_ENDIAN // C libraries define it everywhere, the kernel only on big-endian machines

typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64;
typedef int8_t s8; typedef int16_t s16; typedef int32_t s32; typedef int64_t s64;
#define BIT(n) (1u << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define GFP_KERNEL 0
#define kmalloc_array(n, size, flags) calloc(n, size)
#define kcalloc(n, size, flags) calloc(n, size)
#define kmalloc(size, flags) calloc(1, size)
#define kzalloc(size, flags) calloc(1, size)
#define kfree free
#define kvfree free
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define BUILD_BUG_ON(x)
#define BUG_ON(x) do { if (x) abort(); } while (0)
#define WARN_ON(x) (x)
#define unlikely(x) (x)
#define likely(x) (x)
#define __init
#define __initconst
#define fallthrough
#define pr_info(...)
#define pr_err(...)
#define SZ_4K 4096
#define MAX_BPF_STACK 512
#define MAX_TAIL_CALL_CNT 33
#define BPF_MAXINSNS 4096
#define __stringify_1(x) #x
#define __stringify(x) __stringify_1(x)
#define cpu_to_be16 __builtin_bswap16
#define cpu_to_be32 __builtin_bswap32
#define cpu_to_be64 __builtin_bswap64
#define cpu_to_le16(x) ((u16)(x))
#define cpu_to_le32(x) ((u32)(x))
#define cpu_to_le64(x) ((u64)(x))
static u64 __bpf_call_base(u64 a, u64 b, u64 c, u64 d, u64 e) { return 0; }
#define __BPF_STMT(code, k) ((struct sock_filter) BPF_STMT(code, k))
#define __BPF_JUMP(code, k, jt, jf) ((struct sock_filter) BPF_JUMP(code, k, jt, jf))
// The random numbers decide about an expected result: the combined Tausworthe generator of L'Ecuyer (taus113), seeded as in the kernel.
struct rnd_state { u32 s[4]; };
static void prandom_seed_state(struct rnd_state *r, u64 seed)
{
	static const u32 least[4] = { 2, 8, 16, 128 };
	u32 mixed = (u32)((seed >> 32) ^ (seed << 10) ^ seed);
	for (int i = 0; i < 4; i++) r->s[i] = mixed < least[i] ? mixed + least[i] : mixed;
}
static u32 prandom_u32_state(struct rnd_state *r)
{
	static const int a[4] = { 6, 2, 13, 3 }, b[4] = { 13, 27, 21, 12 }, d[4] = { 18, 2, 7, 13 };
	static const u32 c[4] = { 0xfffffffe, 0xfffffff8, 0xfffffff0, 0xffffff80 };
	u32 result = 0;
	for (int i = 0; i < 4; i++) {
		r->s[i] = ((r->s[i] & c[i]) << d[i]) ^ (((r->s[i] << a[i]) ^ r->s[i]) >> b[i]);
		result ^= r->s[i];
	}
	return result;
}
#define U8_MAX UINT8_MAX
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define S16_MAX INT16_MAX
#define S16_MIN INT16_MIN
#define S32_MAX INT32_MAX
#define S32_MIN INT32_MIN
#define S64_MAX INT64_MAX
#define S64_MIN INT64_MIN
static u64 div64_u64(u64 a, u64 b) { return a / b; }
static u64 div64_u64_rem(u64 a, u64 b, u64 *rest) { *rest = a % b; return a / b; }
