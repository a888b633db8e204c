/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the Nectar contributors */
/* What the native and uBPF forms of the benchmark programs need around them: maps of the host, and uBPF behind a few functions. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct slot { uint32_t key, used; uint64_t value; };
static struct slot table[2048];
static uint64_t array[256];

static inline uint32_t hash32(uint32_t x)
{
	x ^= x >> 16; x *= 0x7feb352d; x ^= x >> 15; x *= 0x846ca68b;
	return x ^ (x >> 16);
}

uint64_t *host_map_lookup(const void *pointer)
{
	uint32_t key, i;
	memcpy(&key, pointer, 4);
	for (i = hash32(key) & 2047; table[i].used; i = (i + 1) & 2047)
		if (table[i].key == key) return &table[i].value;
	return 0;
}

uint64_t *host_array_lookup(const void *pointer)
{
	uint32_t key;
	memcpy(&key, pointer, 4);
	return key < 256 ? &array[key] : 0;
}

void peer_put(uint32_t key)
{
	uint32_t i = hash32(key) & 2047;
	while (table[i].used && table[i].key != key) i = (i + 1) & 2047;
	table[i].key = key;
	table[i].used = 1;
}

#ifdef WITH_UBPF
#include "ubpf.h"

static uint64_t hash_helper(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) { (void)b; (void)c; (void)d; (void)e; return (uint64_t)host_map_lookup((void *)a); }
static uint64_t array_helper(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) { (void)b; (void)c; (void)d; (void)e; return (uint64_t)host_array_lookup((void *)a); }

/* Returns the compiled program, 0 with a message on failure; *nanoseconds is the processor time that compiling took. */
void *peer_ubpf_compile(const void *object, size_t size, double *nanoseconds, void **machine)
{
	struct timespec a, b;
	char *error = 0;
	void *code;
	struct ubpf_vm *vm = ubpf_create();
	ubpf_register(vm, 1, "hash", hash_helper);
	ubpf_register(vm, 2, "array", array_helper);
	if (ubpf_load_elf(vm, object, size, &error)) { fprintf(stderr, "uBPF: %s\n", error); return 0; }
	ubpf_toggle_bounds_check(vm, 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	code = (void *)ubpf_compile(vm, &error);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	if (!code) { fprintf(stderr, "uBPF: %s\n", error); return 0; }
	*nanoseconds = (b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec);
	*machine = vm;
	return code;
}

uint64_t peer_ubpf_interpret(void *machine, void *memory, size_t size)
{
	uint64_t result = 0;
	ubpf_exec(machine, memory, size, &result);
	return result;
}
#else
void *peer_ubpf_compile(const void *object, size_t size, double *nanoseconds, void **machine) { (void)object; (void)size; (void)nanoseconds; (void)machine; return 0; }
uint64_t peer_ubpf_interpret(void *machine, void *memory, size_t size) { (void)machine; (void)memory; (void)size; return 0; }
#endif
