// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Native memory of maps. Large blocks come from the system as zero pages that cost nothing until they are touched, so a map
/// takes what its elements use, not what its limit would need.
/// </summary>
internal static unsafe class MapMemory
{
    /// <summary>Allocates zeroed memory, aligned to 16 bytes.</summary>
    /// <exception cref="Diagnostics.LoadException">The system has not as much.</exception>
    internal static byte* Allocate(MapDefinition map, UInt128 size)
    {
        if (size <= (ulong)nint.MaxValue)
        {
            try
            {
                return (byte*)NativeBlocks.Allocate((nuint)size);
            }
            catch (OutOfMemoryException)
            {
                // reported below: to a user a too large map is a mistake in a definition, not a crash
            }
        }

        throw MapCodes.Refuse(MapCodes.Memory, map, Errno.ENOMEM, $"its elements need {size:N0} bytes, more than the system gives", "help: lower max_entries or the value size");
    }

    /// <summary>Rounds up to a multiple of 8, as the kernel does with keys and values.</summary>
    internal static uint Round8(uint size) => (size + 7) & ~7u;
}
