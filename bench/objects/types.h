// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// What the measured objects need of the kernel, no more: CO-RE finds the rest.
#include "../../tests/fixtures/words.h"
#include <bpf/bpf_core_read.h>

#define CORE __attribute__((preserve_access_index))
