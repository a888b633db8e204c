// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Links.Tracing;

/// <summary>A program that counts its runs in this process (slot 0 of its map) and keeps one number (slot 1).</summary>
internal sealed class CountingProgram : IDisposable
{
    private readonly KernelObject _loaded;
    private readonly ArrayView<ulong> _slots;

    private CountingProgram(KernelObject loaded)
    {
        _loaded = loaded;
        _slots = new ArrayView<ulong>(loaded.Maps["slots"]);
        Program = loaded.Programs["counter"];
    }

    internal KernelProgram Program { get; }

    internal KernelObject Object => _loaded;

    internal ulong Runs => _slots[0];

    internal ulong Value => _slots[1];

    /// <summary>Loads one.</summary>
    /// <param name="section">Its section.</param>
    /// <param name="value">Code that puts the number into r7; r6 is the context.</param>
    /// <param name="process">Whose runs count; null for all.</param>
    /// <param name="more">Further directives.</param>
    internal static CountingProgram Load(string section, string value = "r7 = 0", int? process = -1, string more = "") =>
        new(KernelObject.Load(Assembler.Assemble(Text(section, value, process == -1 ? Environment.ProcessId : process, more))));

    /// <summary>Code that puts the cookie into r7.</summary>
    internal const string Cookie = """
            r1 = r6
            call bpf_get_attach_cookie
            r7 = r0
        """;

    internal void Reset()
    {
        _slots[0] = 0;
        _slots[1] = 0;
    }

    public void Dispose() => _loaded.Dispose();

    private static string Text(string section, string value, int? process, string more) => $"""
        .license "GPL"
        .map slots type=array key=4 value=8 max=2
        {more}
        .section "{section}"
        .global counter
        counter:
            r6 = r1
            {(process is null ? "" : $"""
            call bpf_get_current_pid_tgid
            r0 >>= 32
            if r0 != {process} goto out
            """)}
            {value}
            {AssemblyText.FindSlot("slots ll", 0, "out")}
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
            {AssemblyText.FindSlot("slots ll", 1, "out")}
            *(u64 *)(r0 + 0) = r7
        out:
            r0 = 0
            exit
        """;
}
