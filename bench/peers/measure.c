// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// measure NAME RUNS COMMAND [ARGUMENT...]: runs a command RUNS times with its output thrown away and prints the medians of
// wall time, processor time and largest resident size as figures.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(double), compare);
	return values[count / 2];
}

int main(int count, char **arguments)
{
	if (count < 4) return 2;
	int runs = atoi(arguments[2]);
	double *wall = calloc(runs, sizeof(double)), *cpu = calloc(runs, sizeof(double)), *size = calloc(runs, sizeof(double));
	for (int i = 0; i < runs; i++) {
		struct timespec start, end;
		struct rusage usage;
		int status;
		clock_gettime(CLOCK_MONOTONIC, &start);
		pid_t child = fork();
		if (child == 0) {
			int nowhere = open("/dev/null", O_WRONLY);
			dup2(nowhere, 1);
			dup2(nowhere, 2);
			execvp(arguments[3], arguments + 3);
			_exit(127);
		}
		if (wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			fprintf(stderr, "%s: '%s' failed with status %d\n", arguments[1], arguments[3], status);
			return 1;
		}
		clock_gettime(CLOCK_MONOTONIC, &end);
		wall[i] = (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6;
		cpu[i] = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
		size[i] = usage.ru_maxrss / 1024.0;
	}
	printf("figure %s/wall %.2f ms\n", arguments[1], median(wall, runs));
	printf("figure %s/cpu %.2f ms\n", arguments[1], median(cpu, runs));
	printf("figure %s/memory %.2f MiB\n", arguments[1], median(size, runs));
	return 0;
}
