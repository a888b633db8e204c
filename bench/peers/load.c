// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// libbpf beside bench/load. load FILE: opens, loads, attaches once and prints the CPU time of each step; btf: reads the kernel's types.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double cpu(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments) { return 0; }

int main(int count, char **arguments)
{
	libbpf_set_print(quiet);
	if (count == 2 && !strcmp(arguments[1], "btf")) {
		double start = cpu();
		struct btf *types = btf__parse("/sys/kernel/btf/vmlinux", NULL);
		printf("btf %.3f\n", cpu() - start);
		return !types;
	}
	if (count != 3 || strcmp(arguments[1], "load")) return 2;
	double began = cpu();
	struct bpf_object *object = bpf_object__open_file(arguments[2], NULL);
	if (!object) return 1;
	double opened = cpu();
	if (bpf_object__load(object)) return 1;
	double ready = cpu();
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program)) return 1;
	double done = cpu();
	printf("open %.3f\nload %.3f\nattach %.3f\ntotal %.3f\n", opened - began, ready - opened, done - ready, done - began);
	bpf_object__close(object);
	return 0;
}
