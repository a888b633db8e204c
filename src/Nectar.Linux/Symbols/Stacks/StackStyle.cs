// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Stacks;

/// <summary>How a stack is written.</summary>
public enum StackStyle
{
    /// <summary>One <c>function+offset</c> a line, as bpftrace does.</summary>
    Symbols,

    /// <summary>Address, <c>function+0xoffset</c> and file a line, as <c>perf script</c> does.</summary>
    Perf,

    /// <summary>One address in hexadecimal a line.</summary>
    Raw,
}
