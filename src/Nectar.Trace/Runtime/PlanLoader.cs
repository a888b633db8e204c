// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Runtime.Lookup;

namespace Nectar.Trace.Runtime;

/// <summary>Brings a plan's object into the kernel, with what its programs have to know of this run.</summary>
internal static class PlanLoader
{
    private const uint EveryPath = 1; // BPF_LOG_LEVEL1
    private const uint EveryState = 2; // BPF_LOG_LEVEL2: the first level says nothing of programs that are accepted

    /// <summary>Sets the variables and loads the object; nothing is attached.</summary>
    /// <exception cref="NectarException">The kernel refuses it, or this machine lacks something that a compiled object names.</exception>
    public static KernelObject Load(TracePlan plan, SessionSettings settings)
    {
        Set(plan, TracePlan.StartName, (ulong)Clocks.Now(Clocks.Boot));
        Set(plan, TracePlan.ChildName, (ulong)(settings.Child?.ProcessId ?? 0));
        Set(plan, TracePlan.ProcessorsName, (ulong)MapSizes.PossibleCpus);
        if (plan.IsFromFile) SetPlaces(plan, settings.Attach.ProcessId);
        Dictionary<string, KernelProgram> targets = ProbePrograms.AttachProgramsOf(plan);
        try
        {
            uint level = settings.OnVerifierLog is not null ? EveryState : settings.IsVerbose ? EveryPath : 0;
            return KernelObject.Load(plan.Object, new KernelLoadOptions { AttachPrograms = targets, LogLevel = level, LogSink = level == 0 ? null : Log });
        }
        catch (VerificationException refusal) when (plan.FindRestricted(refusal) is { } call)
        {
            string[] notes = [$"note: program '{refusal.Program}': the kernel lists the functions in which it may be called"];
            throw new TraceException(Diagnostic.Error(TraceCodes.NotInThisHook, $"helper {call.Helper} not allowed in probe", call.Span, call.SourceLine, notes));
        }
        catch (NectarException problem) when (plan.Probes.Select(probe => HookChoice.HelpFor(probe.Targets[0])).FirstOrDefault(help => help.Length > 0) is { } help)
        {
            throw new TraceException([.. problem.Diagnostics, Diagnostic.Error(TraceCodes.Attach, "The kernel lacks a hook of the script.", help)]);
        }
        finally
        {
            foreach (KernelProgram target in targets.Values) target.Dispose();
        }

        void Log(string program, string text)
        {
            if (Encoding.UTF8.GetByteCount(text) > plan.Config.LogSize) throw LogTooLong(program, plan.Config.LogSize);
            settings.OnVerifierLog?.Invoke(program, text);
        }
    }

    /// <summary>In the words that bpftrace has for it.</summary>
    private static TraceException LogTooLong(string program, int size) => new(
        Diagnostic.Error(TraceCodes.Run, $"Error loading BPF program for {program}. Error code: -28 (No space left on device)."),
        new Diagnostic(TraceCodes.Run, Severity.Warning, string.Create(CultureInfo.InvariantCulture, $"Kernel log seems to be trimmed: what the verifier says is longer than 'log_size', {size} bytes."), null, null, ["help: BPFTRACE_LOG_SIZE, or config = { log_size = N; }"]));

    /// <summary>What a compiled object could not know of this machine.</summary>
    private static void SetPlaces(TracePlan plan, int processId)
    {
        Set(plan, TracePlan.FilterName, (ulong)processId);
        if (plan.Object.Globals.TryGet(TracePlan.TaiName, out _)) Set(plan, TracePlan.TaiName, (ulong)Clocks.Distance(Clocks.Boot, Clocks.Tai));
        if (FileNumbers.OwnPidNamespace is { } space)
        {
            Set(plan, TracePlan.NamespaceDeviceName, space.Device);
            Set(plan, TracePlan.NamespaceInodeName, space.Inode);
        }

        foreach (GlobalVariable variable in plan.Object.Globals)
        {
            if (!variable.Name.StartsWith(TracePlan.GroupPrefix, StringComparison.Ordinal) || !int.TryParse(variable.Name.AsSpan(TracePlan.GroupPrefix.Length), out int index)) continue;
            string path = index < plan.Strings.Length ? plan.Strings[index] : "";
            variable.Set(FileNumbers.TryGet(path, out ulong number) ? number : throw new TraceException(Diagnostic.Error(TraceCodes.ScriptObject, $"there is no control group '{path}'")));
        }
    }

    /// <summary>Sets a variable, if the programs have it.</summary>
    private static void Set(TracePlan plan, string name, ulong value)
    {
        if (plan.Object.Globals.TryGet(name, out GlobalVariable? variable)) variable.Set(value);
    }
}
