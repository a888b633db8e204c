// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// libbpf beside us for events. events OBJECT: loads the benchmark's programs, then obeys lines of standard input, one measurement each, and
// answers with figures in one line. Producers run on processor 0, consumers on processor 1.
//   ring-drain SIZE COUNT            ns a record: prefilled ring, one ring_buffer__consume
//   ring-run SIZE COUNT RUNS FLAGS   records a second received, share lost, ns of the producer's processor time a record: producer and consumer at the same time
//   perf-open PERIOD                 opens the perf buffers, 16 MiB each
//   perf-drain SIZE COUNT            ns a sample
//   perf-run SIZE COUNT RUNS         the same for samples
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <bpf/libbpf_version.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct bpf_object *object;
static struct ring_buffer *ring;
static struct perf_buffer *perf;
static volatile int stop;
static volatile unsigned long long sum;
static long received;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double cpu_time(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

static int on_record(void *context, void *data, size_t size)
{
	sum += *(unsigned long long *)data;
	received++;
	return 0;
}

static void on_sample(void *context, int cpu, void *data, __u32 size)
{
	sum += *(unsigned long long *)data;
	received++;
}

static void on_lost(void *context, int cpu, __u64 count) { }

static void produce(const char *kind, int size, unsigned long long count, unsigned long long flags)
{
	char name[32];
	unsigned long long context[2] = { count, flags };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = context, .ctx_size_in = sizeof context);
	snprintf(name, sizeof name, "%s%d", kind, size);
	int error = bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(object, name)), &options);
	if (error) fprintf(stderr, "run %s: %d\n", name, error), exit(1);
}

static void *consume(void *unused)
{
	pin(1);
	while (!stop) ring ? ring_buffer__poll(ring, 10) : perf_buffer__poll(perf, 10);
	ring ? ring_buffer__consume(ring) : perf_buffer__consume(perf);
	return NULL;
}

static void drain(const char *kind, int size, long count)
{
	received = 0;
	produce(kind, size, count, BPF_RB_NO_WAKEUP);
	double start = now();
	ring ? ring_buffer__consume(ring) : perf_buffer__consume(perf);
	printf("%.4f %ld\n", (now() - start) / received, received);
}

static void run(const char *kind, int size, long count, int runs, unsigned long long flags)
{
	pthread_t thread;
	received = 0;
	stop = 0;
	pthread_create(&thread, NULL, consume, NULL);
	usleep(2000);
	double start = now(), producer = cpu_time();
	for (int i = 0; i < runs; i++) produce(kind, size, count, flags);
	producer = cpu_time() - producer;
	stop = 1;
	pthread_join(thread, NULL);
	double seconds = (now() - start) / 1e9;
	printf("%.1f %.5f %.3f\n", received / seconds, 1 - received / ((double)runs * count), producer / ((double)runs * count));
}

int main(int count, char **arguments)
{
	char line[256];
	setvbuf(stdout, NULL, _IOLBF, 0);
	pin(0);
	object = bpf_object__open_file(arguments[1], NULL);
	if (!object || bpf_object__load(object)) return 1;
	while (fgets(line, sizeof line, stdin)) {
		char verb[32];
		int size = 0, runs = 0;
		long number = 0;
		unsigned long long flags = 0;
		sscanf(line, "%31s %d %ld %d %llu", verb, &size, &number, &runs, &flags);
		if (!strncmp(verb, "ring", 4) && !ring) {
			ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), on_record, NULL, NULL);
			if (!ring) return 1;
		}
		if (!strcmp(verb, "ring-drain")) drain("ring", size, number);
		if (!strcmp(verb, "ring-run")) run("ring", size, number, runs, flags);
		if (!strcmp(verb, "perf-open")) {
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION > 1
			LIBBPF_OPTS(perf_buffer_opts, options, .sample_period = size);
#else
			LIBBPF_OPTS(perf_buffer_opts, options);
			if (size != 1) { // libbpf before 1.2 wakes for each sample
				puts("no");
				continue;
			}
#endif
			if (ring) ring_buffer__free(ring), ring = NULL;
			if (perf) perf_buffer__free(perf);
			perf = perf_buffer__new(bpf_object__find_map_fd_by_name(object, "perf"), 4096, on_sample, on_lost, NULL, &options);
			if (!perf) return 1;
			puts("ok");
		}
		if (!strcmp(verb, "perf-drain")) drain("perf", size, number);
		if (!strcmp(verb, "perf-run")) run("perf", size, number, runs, 0);
	}
	return 0;
}
