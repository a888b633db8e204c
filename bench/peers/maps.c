// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// libbpf's side of `Nectar.Bench kernel-maps`: the same maps, keys and loops; prints the same figures under libbpf's name.
// Once as a program of one thread (libbpf-alone) and once with a second, idle one (libbpf): the kernel counts the users of a descriptor
// in each system call of a program with threads, as every .NET program is one, and spares that with one thread alone.
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { entries = 16384, operations = 100000, rounds = 5 };
static unsigned long long values[entries * 1024], keys64[entries];
static unsigned keys32[entries];
static volatile unsigned long long sink;

static double cpu(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static const char *peer = "libbpf-alone";

static void *idle(void *unused)
{
	pause();
	return unused;
}

static void report(const char *map, const char *what, double *times)
{
	qsort(times, rounds, sizeof *times, compare);
	printf("figure kernel-maps/%s/%s/%s %.3f ns\n", map, what, peer, times[rounds / 2]);
}

static void *key(int key_size, unsigned long long *wide, unsigned *narrow, int i)
{
	*wide = *narrow = i & (entries - 1);
	return key_size == 4 ? (void *)narrow : (void *)wide;
}

int main(void)
{
	static const struct { const char *name; int type, key_size, is_array; } maps[] = {
		{ "hash", BPF_MAP_TYPE_HASH, 8, 0 }, { "array", BPF_MAP_TYPE_ARRAY, 4, 1 }, { "lru_hash", BPF_MAP_TYPE_LRU_HASH, 8, 0 },
		{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 8, 0 }, { "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 1 },
	};
	double times[rounds];
	unsigned long long wide;
	unsigned narrow;
	for (int i = 0; i < entries; i++) keys64[i] = keys32[i] = i;
	const unsigned count_of_maps = sizeof maps / sizeof *maps;
	for (unsigned run = 0; run < 2 * count_of_maps; run++) {
		unsigned m = run % count_of_maps, is_alone = run < count_of_maps;
		pthread_t thread;
		if (run == count_of_maps) {
			if (pthread_create(&thread, NULL, idle, NULL)) return 1;
			peer = "libbpf";
		}
		int size = maps[m].key_size, fd = bpf_map_create(maps[m].type, "bench", size, 8, maps[m].type == BPF_MAP_TYPE_LRU_HASH ? entries * 2 : entries, NULL);
		if (fd < 0) return 1;
		for (int i = 0; i < entries; i++) bpf_map_update_elem(fd, key(size, &wide, &narrow, i), values, 0);
		for (int r = 0; r < rounds; r++) {
			double start = cpu();
			for (int i = 0; i < operations; i++) bpf_map_lookup_elem(fd, key(size, &wide, &narrow, i), values);
			times[r] = (cpu() - start) / operations;
		}
		report(maps[m].name, "lookup", times);
		for (int r = 0; r < rounds; r++) {
			double start = cpu();
			for (int i = 0; i < operations; i++) bpf_map_update_elem(fd, key(size, &wide, &narrow, i), values, 0);
			times[r] = (cpu() - start) / operations;
		}
		report(maps[m].name, "update", times);
		if (is_alone) {
			close(fd);
			continue;
		}
		for (int r = 0; r < rounds; r++) {
			char at[8], *previous = NULL;
			int count = 0;
			double start = cpu();
			while (!bpf_map_get_next_key(fd, previous, at)) {
				previous = at;
				bpf_map_lookup_elem(fd, at, values);
				count++;
			}
			times[r] = (cpu() - start) / count;
		}
		report(maps[m].name, "walk-by-keys", times);
		for (int r = 0; r < rounds; r++) {
			LIBBPF_OPTS(bpf_map_batch_opts, options);
			double start = cpu();
			unsigned seen = 0;
			for (int i = 0; i < 10; i++) {
				unsigned position, count = entries;
				bpf_map_lookup_batch(fd, NULL, &position, size == 4 ? (void *)keys32 : keys64, values, &count, &options);
				seen += count;
			}
			times[r] = (cpu() - start) / seen;
		}
		report(maps[m].name, "read-all", times);
		for (int r = 0; r < rounds; r++) {
			LIBBPF_OPTS(bpf_map_batch_opts, options);
			double start = cpu();
			for (int i = 0; i < 10; i++) {
				unsigned count = entries;
				bpf_map_update_batch(fd, size == 4 ? (void *)keys32 : keys64, values, &count, &options);
			}
			times[r] = (cpu() - start) / (10.0 * entries);
		}
		report(maps[m].name, "write-all", times);
		close(fd);
	}

	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bench", 4, 8, entries, &options);
	unsigned long long *memory = mmap(NULL, entries * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) return 1;
	for (int r = 0; r < rounds; r++) {
		double start = cpu();
		unsigned long long sum = 0;
		for (int k = 0; k < 500; k++)
			for (int i = 0; i < entries; i++) sum += ((volatile unsigned long long *)memory)[i];
		sink += sum;
		times[r] = (cpu() - start) / (500.0 * entries);
	}
	report("mapped_array", "read", times);
	return 0;
}
