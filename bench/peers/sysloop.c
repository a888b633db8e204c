// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// sysloop CALLS CPU [open]: calls getppid(), or openat() of a file that is not there, that often on one processor and prints nanoseconds for each, in
// processor time.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	if (count < 3) return 2;
	long calls = atol(arguments[1]);
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(atoi(arguments[2]), &one);
	sched_setaffinity(0, sizeof(one), &one);
	struct timespec start, end;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	if (count > 3) for (long i = 0; i < calls; i++) syscall(SYS_openat, AT_FDCWD, "/nowhere/to/be/found", O_RDONLY);
	else for (long i = 0; i < calls; i++) syscall(SYS_getppid);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("%.1f\n", ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / calls);
	return 0;
}
