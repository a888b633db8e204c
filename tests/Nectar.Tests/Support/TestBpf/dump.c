// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Prints the table of lib/test_bpf.c, one case a line: name, flags, expected error, code, packet, fragment (all hex), and
// size:result of three runs. macros.h and table.h are cut out of the kernel's sources by KernelTestCases.cs.
#include "kernel.h"
#include "macros.h"
#include "table.h"

static void hex(const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
	printf("\t");
}

int main(int argc, char **argv)
{
	int wanted = argc > 1 && !strcmp(argv[1], "classic") ? CLASSIC : INTERNAL;
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		struct bpf_test *test = &tests[i];
		const void *code = test->u.insns;
		size_t count = MAX_INSNS;
		if ((test->aux & TEST_TYPE_MASK) != wanted) continue;
		if (test->fill_helper) {
			if (test->fill_helper(test) < 0) return 1;
			code = test->u.ptr.insns;
			count = test->u.ptr.len;
		} else {
			while (count > 1 && test->u.insns[count - 1].code == 0 && test->u.insns[count - 1].k == 0) count--;
		}

		printf("%s\t%d\t%d\t", test->descr, test->aux, test->expected_errcode);
		hex(code, count * 8);
		hex(test->data, MAX_DATA);
		hex(test->frag_data, MAX_DATA);
		for (int s = 0; s < MAX_SUBTESTS; s++) printf("%d:%u%s", test->test[s].data_size, test->test[s].result, s == MAX_SUBTESTS - 1 ? "\n" : "\t");
	}

	return 0;
}
