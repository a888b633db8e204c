// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// libbpf beside us: uprobes OBJECT LIBRARY attaches 50 uprobes, one link each, and detaches them.
#include <bpf/libbpf.h>
#include <stdio.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int count, char **arguments)
{
	enum { places = 50 };
	struct bpf_link *links[places];
	if (count != 3) return 2;
	struct bpf_object *object = bpf_object__open(arguments[1]);
	if (!object || bpf_object__load(object)) return 1;
	struct bpf_program *program = bpf_object__find_program_by_name(object, "probe");
	double start = now();
	for (int i = 0; i < places; i++) {
		char name[32];
		snprintf(name, sizeof name, "place%d", i);
		LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = name);
		links[i] = bpf_program__attach_uprobe_opts(program, -1, arguments[2], 0, &options);
		if (!links[i]) return 1;
	}
	printf("figure uprobes/%d/single/attach/libbpf %.3f ms\n", places, now() - start);
	start = now();
	for (int i = 0; i < places; i++) bpf_link__destroy(links[i]);
	printf("figure uprobes/%d/single/removed/libbpf %.3f ms\n", places, now() - start);
	bpf_object__close(object);
	return 0;
}
