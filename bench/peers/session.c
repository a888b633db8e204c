// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// session TEXT MATCH PAUSE COMMAND... [-- WORK...]: one run of a tracer. Starts COMMAND, waits until TEXT stands in its output, then PAUSE
// milliseconds, runs WORK if there is one, interrupts COMMAND and waits for its end, reading its output all the time. Prints the milliseconds
// from start to TEXT, from the interrupt to the end, and from the begin of WORK to the end; lines of the output that have MATCH in them; the
// processor time (µs) and largest resident size (MiB) of COMMAND. The other lines go to the standard error stream. What takes more than a
// minute is killed; its time is -1.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST 60000.0

static char buffer[1 << 20];
static size_t held;
static long matches;
static int seen, output;
static const char *text, *match;

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static pid_t start(char **arguments, int to)
{
	pid_t child = fork();
	if (child != 0) return child;
	if (to < 0) to = open("/dev/null", O_WRONLY);
	dup2(to, 1);
	dup2(to, 2);
	execvp(arguments[0], arguments);
	_exit(127);
}

// Takes what there is; 0 at the end.
static int take(void)
{
	ssize_t got = read(output, buffer + held, sizeof(buffer) - 1 - held);
	if (got <= 0) return 0;
	held += got;
	buffer[held] = 0;
	if (!seen && strcasestr(buffer, text)) seen = 1;
	char *line = buffer, *end;
	while ((end = memchr(line, '\n', held - (line - buffer)))) {
		if (*match && memmem(line, end - line, match, strlen(match))) matches++;
		else fprintf(stderr, "%.*s\n", (int)(end - line), line);
		line = end + 1;
	}
	held -= line - buffer;
	memmove(buffer, line, held);
	if (held == sizeof(buffer) - 1) held = 0;
	return 1;
}

// Takes what comes until a process has ended, TEXT is seen if that is waited for, or time is up; 0 for that.
static int follow(pid_t process, int for_text, double until)
{
	int end = process > 0 ? syscall(SYS_pidfd_open, process, 0) : -1, done = 0;
	struct pollfd waits[2] = { { .fd = output, .events = POLLIN }, { .fd = end, .events = POLLIN } };
	while (!done) {
		double left = until - now();
		if (left <= 0) break;
		poll(waits, 2, (int)left + 1);
		if (waits[0].revents && !take()) waits[0].fd = -1;
		done = waits[1].revents || (for_text && seen);
	}
	if (end >= 0) close(end);
	return done;
}

int main(int count, char **arguments)
{
	if (count < 5) return 2;
	text = arguments[1];
	match = arguments[2];
	int pause = atoi(arguments[3]), pair[2], status;
	char **work = NULL;
	for (int i = 4; i < count; i++) {
		if (strcmp(arguments[i], "--") != 0) continue;
		arguments[i] = NULL;
		work = arguments + i + 1;
	}
	if (pipe2(pair, O_CLOEXEC) != 0) return 1;
	fcntl(pair[0], F_SETPIPE_SZ, 1 << 20);
	output = pair[0];
	double begin = now();
	pid_t tracer = start(arguments + 4, pair[1]);
	close(pair[1]);
	follow(tracer, 1, begin + LONGEST);
	double first = now();
	follow(0, 0, first + pause);
	double working = now();
	if (work) {
		pid_t worker = start(work, -1);
		follow(worker, 0, working + LONGEST);
		waitpid(worker, &status, 0);
	}
	double interrupted = now();
	kill(tracer, SIGINT);
	int ends = follow(tracer, 0, interrupted + LONGEST);
	if (!ends) kill(tracer, SIGKILL);
	struct rusage usage;
	if (wait4(tracer, &status, 0, &usage) < 0) return 1;
	double ended = now();
	while (take()) ;
	double processor = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	printf("%.1f %.1f %.1f %ld %.0f %.2f\n", seen ? first - begin : -1, ends ? ended - interrupted : -1, ended - working, matches, processor, usage.ru_maxrss / 1024.0);
	return 0;
}
