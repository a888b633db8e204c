// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Linux.Programs;

namespace Nectar.Probes;

/// <summary>Calls the method on a context at an address.</summary>
internal delegate TVerdict ManagedProgram<TVerdict>(nint context);

/// <summary>Runs a program of a probe once, on any engine.</summary>
/// <param name="engine">The engine.</param>
/// <param name="probe">The probe.</param>
/// <param name="expression">The program, as the caller wrote it.</param>
internal readonly struct ProgramRunner(Engine engine, Probe probe, string expression)
{
    /// <summary>Runs it.</summary>
    /// <param name="type">The kind of program, which decides about the context.</param>
    /// <param name="program">The method.</param>
    /// <param name="input">The packet, or the context.</param>
    /// <param name="fields">What else the context has; null for nothing.</param>
    internal ProbeRun<TVerdict> Run<TVerdict>(ProgramType type, ManagedProgram<TVerdict> program, ReadOnlySpan<byte> input, RunContext? fields)
        where TVerdict : unmanaged
    {
        string method = ProgramNames.Of(expression);
        return engine switch
        {
            Engine.Managed => RunHere(type, program, input, fields, method),
            Engine.Kernel => RunInKernel<TVerdict>(type, input, fields, method),
            _ => RunOnMachine<TVerdict>(input, fields, method),
        };
    }

    private ProbeRun<TVerdict> RunHere<TVerdict>(ProgramType type, ManagedProgram<TVerdict> program, ReadOnlySpan<byte> input, RunContext? fields, string method)
        where TVerdict : unmanaged
    {
        if (probe.IsLoaded) probe.Unload();
        ContextLayout layout = ContextLayout.For(type);
        ManagedContext context = ManagedContext.Current;
        nint address = ManagedInput.Place(context, layout, input, fields);
        TVerdict verdict = default;
        Exception? abort = null;
        try
        {
            verdict = program(address);
        }
        catch (Exception exception) when (Aborts(exception))
        {
            abort = exception;
            verdict = Verdict<TVerdict>((ulong)(probe.Members.Programs.TryGetValue(method, out ProbeProgram? found) ? found.Kind.Abort : 0));
        }
        finally
        {
            context.Session.EndRun();
        }

        RunResult result = context.Session.Finish(0, layout);
        return new ProbeRun<TVerdict> { Verdict = verdict, Abort = abort, Packet = result.Packet, Context = result.Context, Redirects = result.Redirects, Signals = result.Signals };
    }

    private ProbeRun<TVerdict> RunOnMachine<TVerdict>(ReadOnlySpan<byte> input, RunContext? fields, string method)
        where TVerdict : unmanaged
    {
        VmEngine wanted = engine == Engine.Jit ? VmEngine.Jit : VmEngine.Interpreter;
        if (probe.Machine is null || probe.Machine.Options.Engine != wanted || !probe.HasLoadedConstants())
        {
            probe.LoadHere(null, new VmOptions { Engine = wanted, Regime = engine == Engine.Jit ? VmRegime.Verified : VmRegime.Checked, CpuCount = ManagedContext.CpuCount });
        }

        VmObject machine = probe.Machine!;
        probe.Push();
        string name = probe.NameOf(method, n => machine.Programs.TryGet(n, out _));
        RunResult result = machine.Programs[name].Run(input, fields);
        if (result.Fault is { } fault) throw ProbeCodes.Faulted(name, fault.ToString());
        probe.Refresh();
        return new ProbeRun<TVerdict> { Verdict = Verdict<TVerdict>(result.Value), Packet = result.Packet, Context = result.Context, Redirects = result.Redirects, Signals = result.Signals };
    }

    private ProbeRun<TVerdict> RunInKernel<TVerdict>(ProgramType type, ReadOnlySpan<byte> input, RunContext? fields, string method)
        where TVerdict : unmanaged
    {
        if (probe.Kernel is null || !probe.HasLoadedConstants()) probe.Load();
        Nectar.Linux.Loading.KernelObject kernel = probe.Kernel!;
        probe.Push();
        string name = probe.NameOf(method, n => kernel.Programs.TryGet(n, out _));
        ContextLayout layout = ContextLayout.For(type);
        bool isPacket = layout.Shape is ContextShape.Xdp or ContextShape.Skb;
        TestRunInput test = new() { Data = isPacket ? input.ToArray() : default, Context = isPacket ? ContextOf(layout, input.Length, fields) : input.ToArray() };
        TestRunResult result = kernel.Programs[name].TestRun(test);
        probe.Refresh();
        return new ProbeRun<TVerdict> { Verdict = Verdict<TVerdict>(result.ReturnValue), Packet = result.Data, Context = result.Context };
    }

    /// <summary>The context that a test run is given: none unless fields are set, since kernels differ in what they take.</summary>
    private static byte[] ContextOf(ContextLayout layout, int length, RunContext? fields)
    {
        if (fields is null || !fields.Any()) return [];
        byte[] bytes = new byte[layout.Size];
        fields.Apply(layout, bytes);
        if (layout.Shape == ContextShape.Xdp) BitConverter.TryWriteBytes(bytes.AsSpan(4), length); // data_end: the kernel checks it
        return bytes;
    }

    /// <summary>What leaves a program by its abort exit when it is compiled. Defects of the test itself are none, nor is a reference that the verifier would not let through.</summary>
    private static bool Aborts(Exception exception) => exception is not (NectarException or NullReferenceException or OutOfMemoryException);

    private static TVerdict Verdict<TVerdict>(ulong value)
        where TVerdict : unmanaged => Unsafe.As<ulong, TVerdict>(ref value);
}
