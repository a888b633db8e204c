// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Classic;
using Xunit;

namespace Nectar.Tests.Classic;

/// <summary>Compares every line that can be printed with the installed libpcap's own printer.</summary>
public sealed unsafe class ClassicListingTests
{
    [LibpcapFact]
    public void FormatLine_EveryCodeAndManyConstants_IsWhatLibpcapPrints()
    {
        nint library = NativeLibrary.Load(LibpcapFactAttribute.Library);
        delegate* unmanaged<ClassicInstruction*, int, byte*> image = (delegate* unmanaged<ClassicInstruction*, int, byte*>)NativeLibrary.GetExport(library, "bpf_image");
        uint[] constants = [0, 1, 9, 15, 255, 65535, 0x7fffffff, 0x80000000, 0xffe00000, 0xfff00000, 0xffffffff, .. Enumerable.Range(-4100, 80).Select(k => (uint)k)];
        for (int code = 0; code < 0x200; code++)
        {
            if (code == 0x81) continue; // 'ldx #pktlen': libpcap prints it since 1.11, "unimp" before
            foreach (uint k in constants)
            {
                ClassicInstruction instruction = new((ushort)code, 7, 255, k);
                string expected = Marshal.PtrToStringUTF8((nint)image(&instruction, 1000))!;
                Assert.Equal(expected, ClassicListing.FormatLine(instruction, 1000));
            }
        }

        NativeLibrary.Free(library);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class LibpcapFactAttribute : FactAttribute
    {
        public const string Library = "libpcap.so.0.8";

        public LibpcapFactAttribute()
        {
            if (NativeLibrary.TryLoad(Library, out nint handle)) NativeLibrary.Free(handle);
            else Skip = $"'{Library}' is not installed";
        }
    }
}
