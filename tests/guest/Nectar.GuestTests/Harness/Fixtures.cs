// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;

namespace Nectar.GuestTests.Harness;

/// <summary>The objects that clang made from tests/guest/fixtures.</summary>
internal static class Fixtures
{
    /// <summary>Where one is; null if it was not compiled.</summary>
    internal static string? Find(string name)
    {
        string folder = Guest.IsGuest ? "/fixtures" : Environment.GetEnvironmentVariable("NECTAR_GUEST_FIXTURES") ?? Path.Combine(AppContext.BaseDirectory, "fixtures");
        string path = Path.Combine(folder, name + ".bpf.o");
        return File.Exists(path) ? path : null;
    }

    /// <summary>Reads one; nothing touches the kernel.</summary>
    internal static BpfObject Read(string name) =>
        ObjectReader.Read(File.ReadAllBytes(Find(name) ?? throw new SkipException($"{name}.bpf.o was not compiled")), name);

    /// <summary>Reads a global variable of a loaded object.</summary>
    internal static T Get<T>(this KernelObject loaded, string name)
        where T : unmanaged
    {
        GlobalVariable variable = loaded.Source.Globals[name];
        return MemoryMarshal.Read<T>(Section(loaded, variable).AsSpan(variable.Offset, variable.Size));
    }

    /// <summary>Reads a global string.</summary>
    internal static string GetText(this KernelObject loaded, string name)
    {
        GlobalVariable variable = loaded.Source.Globals[name];
        ReadOnlySpan<byte> bytes = Section(loaded, variable).AsSpan(variable.Offset, variable.Size);
        int end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static byte[] Section(KernelObject loaded, GlobalVariable variable)
    {
        KernelMap map = loaded.Maps[variable.Map.Name];
        byte[] bytes = new byte[map.UserValueSize];
        Check.Equal(Errno.None, map.Lookup(new byte[4], bytes));
        return bytes;
    }
}
