// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.GuestTests.Harness;

/// <summary>
/// A program that counts its runs on behalf of this process and notes one value: <c>hits</c>, <c>value</c> and <c>cookie</c> are what it saw.
/// </summary>
internal sealed class Probe : IDisposable
{
    // r6 is the context; the body leaves what is worth noting in r7.
    private const string Head = "r6 = r1\nr7 = 0\n";
    private const string OnlyThisProcess = "call bpf_get_current_pid_tgid\nr0 >>= 32\nif r0 != PID goto out\n";
    private const string Cookie = "r1 = r6\ncall bpf_get_attach_cookie\nr1 = cookie ll\n*(u64 *)(r1 + 0) = r0\n";
    private const string Tail = "r1 = hits ll\nr2 = 1\nlock *(u64 *)(r1 + 0) += r2\nr1 = value ll\n*(u64 *)(r1 + 0) = r7\n";
    private const string Variables = "\n.bss\nhits:\n.quad 0\nvalue:\n.quad 0\ncookie:\n.quad 0\n";
    private readonly KernelMap _variables;

    private Probe(KernelObject loaded)
    {
        Object = loaded;
        Program = loaded.Programs["probe"];
        _variables = loaded.Maps.First(map => map.Name.EndsWith(".bss", StringComparison.Ordinal));
    }

    internal KernelObject Object { get; }

    internal KernelProgram Program { get; }

    /// <summary>Times it ran.</summary>
    internal ulong Hits => Variable(0);

    /// <summary>What r7 was the last time.</summary>
    internal ulong Value => Variable(1);

    /// <summary>The cookie the last time.</summary>
    internal ulong CookieSeen => Variable(2);

    /// <summary>Loads a probe.</summary>
    /// <param name="section">What it is for: <c>kprobe/do_nanosleep</c>.</param>
    /// <param name="body">Instructions; r6 is the context, r7 gets noted.</param>
    /// <param name="verdict">What it returns when it counts.</param>
    /// <param name="otherwise">What it returns for other processes.</param>
    /// <param name="withCookie">Also note the cookie of the attachment.</param>
    /// <param name="anyProcess">Count for every process, for hooks that run outside of ours.</param>
    /// <param name="options">How to load it.</param>
    internal static Probe Load(string section, string body = "", int verdict = 0, int otherwise = 0, bool withCookie = false, bool anyProcess = false, KernelLoadOptions? options = null)
    {
        string filter = anyProcess ? "" : OnlyThisProcess.Replace("PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        // The kernel refuses code that cannot be reached.
        string end = filter.Length > 0 || body.Contains("goto out", StringComparison.Ordinal) ? $"out:\nr0 = {otherwise}\nexit\n" : "";
        string text = $".license \"GPL\"\n.program probe section=\"{section}\"\n{Head}{filter}{body}\n{(withCookie ? Cookie : "")}{Tail}r0 = {verdict}\nexit\n{end}{Variables}";
        return new Probe(KernelObject.Load(Assembler.Assemble(text, "probe.bpfasm"), options));
    }

    public void Dispose() => Object.Dispose();

    private ulong Variable(int index)
    {
        byte[] bytes = new byte[_variables.UserValueSize];
        Check.Equal(Errno.None, _variables.Lookup(new byte[4], bytes));
        return MemoryMarshal.Read<ulong>(bytes.AsSpan(index * 8));
    }
}
