// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Printing;
using Nectar.Trace.Probes;
using Nectar.Trace.Reading;
using Nectar.TraceTests.Printing;

namespace Nectar.TraceTests.Lowering;

/// <summary>A script in the kernel, without a session: its <c>begin</c> programs are run, its maps are read.</summary>
internal sealed class ScriptRun : IDisposable
{
    private ScriptRun(TracePlan plan) => (Plan, Loaded) = (plan, KernelObject.Load(plan.Object));

    public TracePlan Plan { get; }

    public KernelObject Loaded { get; }

    /// <summary>Compiles a script.</summary>
    /// <exception cref="CompileException">It cannot be compiled.</exception>
    public static TracePlan Compile(string text, LoweringOptions? options = null)
    {
        DiagnosticBag diagnostics = new();
        BindOptions bind = new() { IsUnsafe = true, Attach = new AttachOptions() };
        TracePlan? plan = TraceCompiler.Compile(new SourceText("stdin", text), new ParseOptions { IsUnsafe = true }, bind, options ?? new LoweringOptions(), diagnostics);
        return plan ?? throw new CompileException(diagnostics.ToImmutable());
    }

    public static ScriptRun Load(string text, LoweringOptions? options = null) => new(Compile(text, options));

    /// <summary>Compiles, loads, runs what is run by us; what the maps hold then.</summary>
    public static string MapsOf(string text)
    {
        using ScriptRun run = Load(text);
        run.Begin();
        return run.Maps();
    }

    /// <summary>Runs all programs that have no hook.</summary>
    public uint Begin()
    {
        uint result = 0;
        foreach (PlannedProbe probe in Plan.Probes)
        {
            if (probe.Kind is ProbeKind.Begin or ProbeKind.Test) result = Loaded.Programs[probe.ProgramName].TestRun(new TestRunInput()).ReturnValue;
        }

        return result;
    }

    /// <summary>All maps as they are printed at the end.</summary>
    public string Maps()
    {
        Utf8Buffer text = new();
        MapReader reader = new(new ValueReader(new FixedResolver()));
        foreach (PlannedMap map in Plan.Maps)
        {
            RawMap raw = Read(map);
            if (raw.Count > 0) TextFormat.WriteMap(text, reader.Read(map.Map, raw));
        }

        return Encoding.UTF8.GetString(text.Written).TrimEnd();
    }

    /// <summary>How much of something was lost.</summary>
    public ulong Lost(LossCause cause)
    {
        GlobalVariable? losses = Plan.Object.Globals.FirstOrDefault(global => global.Name == TracePlan.LossesName);
        if (losses is null) return 0;
        KernelMap map = Loaded.Maps[losses.Map.Name];
        byte[] value = new byte[map.UserValueSize];
        Assert.Equal(Errno.None, map.Lookup(new byte[4], value));
        return BitConverter.ToUInt64(value, losses.Offset + ((int)cause * 8));
    }

    public void Dispose() => Loaded.Dispose();

    private RawMap Read(PlannedMap planned)
    {
        KernelMap map = Loaded.Maps[planned.ObjectName];
        int keySize = (int)map.Definition.KeySize, valueSize = (int)map.Definition.ValueSize, stride = (valueSize + 7) & -8, processors = planned.IsPerCpu ? map.UserValueSize / stride : 1;
        MemoryStream keys = new(), values = new();
        byte[] key = new byte[keySize], value = new byte[map.UserValueSize];
        int count = 0;
        for (Errno more = map.GetNextKey([], key); more == Errno.None; more = map.GetNextKey([.. key], key))
        {
            if (map.Lookup(key, value) != Errno.None) continue;
            int flag = (planned.Map.ValueType.Size + 7) & -8;
            bool isSet = !planned.IsArray;
            for (int i = 0; i < processors; i++) isSet |= (valueSize >= flag + 8 ? value.AsSpan((i * stride) + flag, 8) : value.AsSpan(i * stride, valueSize)).ContainsAnyExcept((byte)0);
            if (!isSet) continue;
            count++;
            keys.Write(key);
            values.Write(value);
        }

        return new RawMap(count, keys.ToArray(), planned.IsArray ? 0 : keySize, values.ToArray(), map.UserValueSize, processors, stride);
    }
}
