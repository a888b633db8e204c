// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Lowering;

/// <summary>A namespace of process numbers: device and inode of <c>/proc/self/ns/pid</c>.</summary>
internal readonly record struct PidNamespace(ulong Device, ulong Inode);
