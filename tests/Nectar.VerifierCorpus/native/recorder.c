// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

/*
 * Writes every BPF_PROG_LOAD of any process, with all that the verifier may look at and what it says: one JSON object a line.
 *   gcc -O2 -shared -fPIC -o recorder.so recorder.c -ldl
 *   NECTAR_RECORD=FILE LD_PRELOAD=./recorder.so COMMAND...
 * Lines: "btf" (types, once an id), "map" (once an id), "load". Numbers of types and maps are the kernel's.
 * Each program is loaded by the recorder itself, twice with statistics only (whose time holds no printing of steps) and, if it is
 * refused, once with the steps; then the caller's own load goes on as it was.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#define LOG_SIZE (16 << 20)
#define KEPT_LOG 4096
#define MOST_IDS (1 << 20)
#define MOST_CONTENTS (1 << 16)

static long (*next_syscall)(long, ...);
static char label[256];
static unsigned char seen_btf[MOST_IDS / 8], seen_map[MOST_IDS / 8];
static unsigned inner_of[MOST_IDS];
static char *log_buffer;

static long bpf(int command, void *attr, unsigned size) { return next_syscall(__NR_bpf, (long)command, attr, (long)size, 0L, 0L, 0L); }

static int first_time(unsigned char *seen, unsigned id)
{
    id %= MOST_IDS;
    if (seen[id / 8] & (1 << id % 8)) return 0;
    seen[id / 8] |= 1 << id % 8;
    return 1;
}

static void put_hex(FILE *out, const char *name, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    fprintf(out, ",\"%s\":\"", name);
    for (size_t i = 0; i < size; i++)
    {
        unsigned char byte = ((const unsigned char *)data)[i];
        fputc(digits[byte >> 4], out);
        fputc(digits[byte & 15], out);
    }
    fputc('"', out);
}

static void put_text(FILE *out, const char *name, const char *text, size_t size)
{
    fprintf(out, ",\"%s\":\"", name);
    for (size_t i = 0; i < size && text[i]; i++)
    {
        unsigned char c = text[i];
        if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if (c < 32 || c > 126) fprintf(out, "\\u%04x", c);
        else fputc(c, out);
    }
    fputc('"', out);
}

/* A whole line at once, so that processes and threads that record into one file do not mix. */
static void write_line(char *text, size_t size)
{
    int fd = open(getenv("NECTAR_RECORD"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && write(fd, text, size) != (ssize_t)size) fprintf(stderr, "recorder: a line is cut\n");
    if (fd >= 0) close(fd);
    free(text);
}

static int info_of(int fd, void *info, unsigned size)
{
    union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = size, .info = (unsigned long)info } };
    memset(info, 0, size);
    return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr);
}

static unsigned record_btf_fd(int fd)
{
    struct bpf_btf_info info;
    char name[64] = "";
    if (info_of(fd, &info, sizeof info) < 0) return 0;
    unsigned id = info.id, size = info.btf_size;
    if (!first_time(seen_btf, id)) return id;
    union bpf_attr attr = { 0 };
    void *data = malloc(size);
    memset(&info, 0, sizeof info);
    info.btf = (unsigned long)data;
    info.btf_size = size;
    info.name = (unsigned long)name;
    info.name_len = sizeof name;
    attr.info.bpf_fd = fd;
    attr.info.info_len = sizeof info;
    attr.info.info = (unsigned long)&info;
    if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr) >= 0)
    {
        char *text;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        fprintf(out, "{\"kind\":\"btf\",\"id\":%u,\"kernel\":%u", id, info.kernel_btf);
        put_text(out, "name", name, sizeof name);
        if (!info.kernel_btf) put_hex(out, "data", data, size); /* the kernel's own is in /sys/kernel/btf under its name */
        fputs("}\n", out);
        fclose(out);
        write_line(text, length);
    }
    free(data);
    return id;
}

static unsigned record_btf_id(unsigned id)
{
    if (id == 0) return 0;
    union bpf_attr attr = { .btf_id = id };
    int fd = bpf(BPF_BTF_GET_FD_BY_ID, &attr, sizeof attr);
    if (fd < 0) return id;
    record_btf_fd(fd);
    close(fd);
    return id;
}

static int is_frozen(int fd)
{
    char path[64], text[1024] = "";
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    return size > 0 && strstr(text, "frozen:\t1") != 0;
}

static void put_contents(FILE *out, int fd, const struct bpf_map_info *info)
{
    size_t stride = (info->value_size + 7) & ~7u;
    if (info->type != BPF_MAP_TYPE_ARRAY || stride * info->max_entries > MOST_CONTENTS) return;
    unsigned char *data = calloc(info->max_entries + 1, stride);
    for (unsigned key = 0; key < info->max_entries; key++)
    {
        union bpf_attr attr = { .map_fd = fd, .key = (unsigned long)&key, .value = (unsigned long)(data + key * stride) };
        bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof attr);
    }
    put_hex(out, "contents", data, stride * info->max_entries);
    free(data);
}

/* Returns the map's id; 0 if the descriptor is no map. */
static unsigned record_map(int fd)
{
    struct bpf_map_info info;
    char link[64], path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length < 0 || (link[length] = 0, strcmp(link, "anon_inode:bpf-map") != 0) || info_of(fd, &info, sizeof info) < 0) return 0;
    if (!first_time(seen_map, info.id)) return info.id;
    record_btf_id(info.btf_id);
    int frozen = is_frozen(fd);
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "{\"kind\":\"map\",\"id\":%u,\"type\":%u,\"key\":%u,\"value\":%u,\"max\":%u,\"flags\":%u,\"extra\":%llu,\"btf\":%u,\"keyType\":%u,\"valueType\":%u,\"kernelValueType\":%u,\"inner\":%u,\"frozen\":%d",
        info.id, info.type, info.key_size, info.value_size, info.max_entries, info.map_flags, (unsigned long long)info.map_extra, info.btf_id, info.btf_key_type_id,
        info.btf_value_type_id, info.btf_vmlinux_value_type_id, inner_of[info.id % MOST_IDS], frozen);
    put_text(out, "name", info.name, sizeof info.name);
    if (frozen) put_contents(out, fd, &info);
    fputs("}\n", out);
    fclose(out);
    write_line(text, size);
    return info.id;
}

/* What a descriptor in the code or in the caller's table is: a map's id or a type set's. */
static void put_descriptor(FILE *out, const char *lead, int key, int fd)
{
    unsigned map = record_map(fd), types = map ? 0 : record_btf_fd(fd);
    fprintf(out, "%s\"%d\":{\"map\":%u,\"btf\":%u}", lead, key, map, types);
}

static void put_descriptors(FILE *out, const union bpf_attr *attr, const struct bpf_insn *code)
{
    const char *lead = "";
    fputs(",\"descriptors\":{", out);
    for (unsigned i = 0; i + 1 < attr->insn_cnt; i++)
    {
        if (code[i].code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
        if (code[i].src_reg == BPF_PSEUDO_MAP_FD || code[i].src_reg == BPF_PSEUDO_MAP_VALUE) { put_descriptor(out, lead, code[i].imm, code[i].imm); lead = ","; }
        if (code[i].src_reg == BPF_PSEUDO_BTF_ID && code[i + 1].imm > 0) { put_descriptor(out, lead, code[i + 1].imm, code[i + 1].imm); lead = ","; }
        i++;
    }
    fputs("},\"table\":{", out);
    lead = "";
    const int *table = (const int *)(unsigned long)attr->fd_array;
    unsigned char used[512 / 8] = { 0 };
    for (unsigned i = 0; table && i < attr->insn_cnt; i++)
    {
        int at = -1;
        if (code[i].code == (BPF_LD | BPF_IMM | BPF_DW) && (code[i].src_reg == BPF_PSEUDO_MAP_IDX || code[i].src_reg == BPF_PSEUDO_MAP_IDX_VALUE)) at = code[i].imm;
        if (code[i].code == (BPF_JMP | BPF_CALL) && code[i].src_reg == BPF_PSEUDO_KFUNC_CALL && code[i].off > 0) at = code[i].off;
        if (code[i].code == (BPF_LD | BPF_IMM | BPF_DW)) i++;
        if (at < 0 || at >= 512 || used[at / 8] & (1 << at % 8)) continue;
        used[at / 8] |= 1 << at % 8;
        put_descriptor(out, lead, at, table[at]);
        lead = ",";
    }
    fputs("}", out);
}

static void put_target(FILE *out, const union bpf_attr *attr)
{
    struct bpf_prog_info info;
    if (!attr->attach_prog_fd) return;
    char link[64] = "", path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", attr->attach_prog_fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length > 0 && !strcmp(link, "anon_inode:bpf-prog") && info_of(attr->attach_prog_fd, &info, sizeof info) >= 0)
        fprintf(out, ",\"targetProgram\":{\"type\":%u,\"btf\":%u}", info.type, record_btf_id(info.btf_id));
    else fprintf(out, ",\"targetBtf\":%u", record_btf_fd(attr->attach_prog_fd));
}

/* One load of the recorder's own; returns 0 or the errno. The text is in log_buffer. */
static int try_load(const union bpf_attr *given, unsigned level)
{
    union bpf_attr attr = *given;
    int fd, tries = 0;
    attr.log_level = level;
    attr.log_buf = (unsigned long)log_buffer;
    attr.log_size = LOG_SIZE;
    do
    {
        log_buffer[0] = 0;
        fd = bpf(BPF_PROG_LOAD, &attr, sizeof attr);
    } while (fd < 0 && errno == EAGAIN && ++tries < 5);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static long number_after(const char *text)
{
    const char *found = strstr(log_buffer, text);
    return found ? atol(found + strlen(text)) : 0;
}

static void put_verdict(FILE *out, const union bpf_attr *attr)
{
    int error = try_load(attr, 4);
    long time = number_after("verification time "), again;
    fprintf(out, ",\"errno\":%d,\"instructions\":%ld,\"states\":%ld,\"peakStates\":%ld", error, number_after("processed "), number_after("total_states "), number_after("peak_states "));
    size_t length = strlen(log_buffer);
    put_text(out, "message", length > KEPT_LOG ? log_buffer + length - KEPT_LOG : log_buffer, KEPT_LOG);
    try_load(attr, 4);
    again = number_after("verification time ");
    fprintf(out, ",\"microseconds\":%ld", again && again < time ? again : time);
    if (error == 0) return;
    int steps = try_load(attr, 1);
    if (steps == ENOSPC) return;
    length = strlen(log_buffer);
    put_text(out, "log", length > KEPT_LOG ? log_buffer + length - KEPT_LOG : log_buffer, KEPT_LOG);
}

static void record_load(const union bpf_attr *attr)
{
    const struct bpf_insn *code = (const struct bpf_insn *)(unsigned long)attr->insns;
    char *text;
    size_t size;
    if (!log_buffer) log_buffer = malloc(LOG_SIZE);
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "{\"kind\":\"load\",\"process\":\"%s\",\"type\":%u,\"attach\":%u,\"flags\":%u,\"attachId\":%u,\"interface\":%u,\"btf\":%u", program_invocation_short_name,
        attr->prog_type, attr->expected_attach_type, attr->prog_flags, attr->attach_btf_id, attr->prog_ifindex, attr->prog_btf_fd ? record_btf_fd(attr->prog_btf_fd) : 0);
    put_text(out, "label", label, sizeof label);
    put_text(out, "name", attr->prog_name, sizeof attr->prog_name);
    put_text(out, "license", attr->license ? (const char *)(unsigned long)attr->license : "", 128);
    put_target(out, attr);
    put_descriptors(out, attr, code);
    put_hex(out, "code", code, attr->insn_cnt * sizeof *code);
    fprintf(out, ",\"functionSize\":%u,\"lineSize\":%u,\"coreSize\":%u", attr->func_info_rec_size, attr->line_info_rec_size, attr->core_relo_rec_size);
    put_hex(out, "functions", (void *)(unsigned long)attr->func_info, (size_t)attr->func_info_cnt * attr->func_info_rec_size);
    put_hex(out, "lines", (void *)(unsigned long)attr->line_info, (size_t)attr->line_info_cnt * attr->line_info_rec_size);
    put_hex(out, "core", (void *)(unsigned long)attr->core_relos, (size_t)attr->core_relo_cnt * attr->core_relo_rec_size);
    put_verdict(out, attr);
    fputs("}\n", out);
    fclose(out);
    write_line(text, size);
}

static void after_map_create(const union bpf_attr *attr, int fd)
{
    struct bpf_map_info info;
    unsigned inner = record_map(attr->inner_map_fd);
    if (inner && info_of(fd, &info, sizeof info) >= 0) inner_of[info.id % MOST_IDS] = inner;
}

long syscall(long number, ...)
{
    long x[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) x[i] = va_arg(list, long);
    va_end(list);
    if (!next_syscall) next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    int records = number == __NR_bpf && getenv("NECTAR_RECORD") != 0;
    union bpf_attr attr;
    if (records)
    {
        memset(&attr, 0, sizeof attr);
        memcpy(&attr, (void *)x[1], (size_t)x[2] < sizeof attr ? (size_t)x[2] : sizeof attr);
    }
    if (records && x[0] == BPF_PROG_LOAD && attr.insns && attr.insn_cnt && attr.insn_cnt < 4000000) record_load(&attr);
    long result = next_syscall(number, x[0], x[1], x[2], x[3], x[4], x[5]);
    int error = errno;
    if (records && x[0] == BPF_MAP_CREATE && result >= 0 && attr.inner_map_fd) after_map_create(&attr, (int)result);
    /* now, because a process without CAP_SYS_ADMIN cannot open types by their number later */
    if (records && x[0] == BPF_BTF_LOAD && result >= 0) record_btf_fd((int)result);
    errno = error;
    return result;
}

/* The kernel's test program prints the name of a case before it loads it. */
int printf(const char *format, ...)
{
    va_list list, copy;
    va_start(list, format);
    va_copy(copy, list);
    if (format[0] == '#') vsnprintf(label, sizeof label, format, copy);
    int result = vprintf(format, list);
    va_end(copy);
    va_end(list);
    return result;
}
