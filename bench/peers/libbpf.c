// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// libbpf beside us. libbpf btf FILE: parses raw BTF from memory; btf-file: reads the file, too. libbpf object FILE: opens a BPF object from memory.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double cpu(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments) { return 0; }

int main(int count, char **arguments)
{
	enum { rounds = 15 };
	static double times[rounds];
	static char bytes[64 << 20];
	if (count != 3) return 2;
	libbpf_set_print(quiet);
	FILE *file = fopen(arguments[2], "rb");
	if (!file) return 1;
	size_t size = fread(bytes, 1, sizeof bytes, file);
	int is_btf = !strcmp(arguments[1], "btf"), is_file = !strcmp(arguments[1], "btf-file");
	for (int i = 0; i < rounds; i++) {
		double start = cpu();
		if (is_btf || is_file) {
			struct btf *types = is_file ? btf__parse(arguments[2], NULL) : btf__new(bytes, size);
			if (!types) return 1;
			times[i] = cpu() - start;
			btf__free(types);
		} else {
			struct bpf_object *object = bpf_object__open_mem(bytes, size, NULL);
			if (!object) return 1;
			times[i] = cpu() - start;
			bpf_object__close(object);
		}
	}
	qsort(times, rounds, sizeof(double), compare);
	printf("figure %s/libbpf %.3f ms\n", arguments[1], times[rounds / 2]);
	return 0;
}
