// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>
/// The steps of loading, in the order that the kernel's rules force: code is linked first, because types carry its source lines; types
/// come before maps, maps before programs, and prog arrays are filled last.
/// </summary>
internal sealed class ObjectLoader(KernelObject target)
{
    private readonly BpfObject _source = target.Source;
    private readonly KernelLoadOptions _options = target.Options;
    private readonly BtfEditor _types = new ObjectTypesWriter(target.Source).Editor;
    private readonly List<LinkedProgram> _linked = [];

    internal void Load()
    {
        if (_source.IsBigEndian == BitConverter.IsLittleEndian)
            throw new LoadException(Diagnostic.Error(LinuxCodes.Object, $"object '{_source.Name}' is for {(_source.IsBigEndian ? "big" : "little")}-endian machines, this one is not", "help: compile it with -target bpf for the machine that runs it"));

        MemoryLock.Lift();
        Link();
        Relocate();
        PlanHooks();
        using ExternResolver externs = new(_source, _linked);
        externs.Resolve();
        List<(byte[] Functions, byte[] Lines)> infos = [.. _linked.Select(program => DebugRecords.Write(program, _types))];
        if (_types.HasTypes) target.Types = KernelSupport.LoadTypes(_types, _source.Name);
        new MapLoader(target).CreateAll();
        ProgramBinder binder = new(target, externs);
        for (int i = 0; i < _linked.Count; i++) target.Programs.Add(Load(_linked[i], infos[i], binder, externs));
        new MapLoader(target).FillProgramSlots();
        new StructOpsLoader(target).CreateAll();
        foreach (GlobalVariable variable in _source.Globals)
        {
            if (target.Maps.TryGet(variable.Map.Name, out KernelMap? section)) target.Globals.Add(new KernelGlobal(variable, section, target));
        }
    }

    private void Link()
    {
        foreach (ProgramDefinition definition in _source.Programs)
        {
            if (_options.Programs is { } only ? only.Contains(definition.Name) : definition.AutoLoad && !StructOpsLoader.IsUnused(_source, definition)) _linked.Add(ProgramLinker.Link(_source, definition));
        }

        foreach (string name in _options.Programs ?? [])
        {
            if (!_source.Programs.TryGet(name, out _))
                throw new LoadException(Diagnostic.Error(LinuxCodes.Object, $"object '{_source.Name}' has no program '{name}'", $"note: it has {string.Join(", ", _source.Programs.Select(p => $"'{p.Name}'"))}"));
        }
    }

    /// <summary>Comes after relocation, as it changes where the code reads its context, and before anything is in the kernel.</summary>
    private void PlanHooks()
    {
        if (_options.Hooks == HookPolicy.AsWritten) return;
        for (int i = 0; i < _linked.Count; i++)
        {
            if (_options.AttachPrograms.ContainsKey(_linked[i].Definition.Name)) continue; // hooks of programs are another matter
            HookPlan plan = HookPlanner.Plan(_linked[i], _options.FeatureProbe ?? KernelFeatures.Probe, KernelBtf.Running.TryVmlinux, _options.Hooks == HookPolicy.Fallback);
            _linked[i] = plan.Program;
            if (plan.Message is { } message) target.NoteList.Add(new Diagnostic(Tracing.TracingCodes.MissingHook, Severity.Warning, message, null, null, []));
        }
    }

    private void Relocate()
    {
        if (_source.Types is not { } local || _linked.All(program => program.CoreRelocations.Length == 0)) return;
        List<BtfTypes> targets = [_options.KernelTypes ?? KernelBtf.Running.Vmlinux];
        if (_options.KernelTypes is null) targets.AddRange(KernelBtf.Running.Modules.Select(module => module.Types));
        foreach (CoreRelocationResult[] results in CoreRelocator.Apply(_linked, local, targets))
        {
            Diagnostic[] errors = [.. results.Where(result => result.IsError).Select(result => result.Problem!)];
            if (errors.Length > 0) throw new LoadException([.. errors]);
            foreach (CoreRelocationResult result in results)
            {
                if (result.Problem is { } warning) target.NoteList.Add(warning);
            }
        }
    }

    private KernelProgram Load(LinkedProgram program, (byte[] Functions, byte[] Lines) info, ProgramBinder binder, ExternResolver externs)
    {
        ProgramDefinition definition = program.Definition;
        binder.Bind(program);
        using ProgramTarget attach = ProgramTarget.Find(definition, _source, _options);
        return KernelProgram.Load(new ProgramLoad
        {
            Name = definition.Name,
            Type = definition.Type,
            Instructions = program.Instructions,
            License = _source.License,
            ExpectedAttachType = attach.ExpectedAttachType ?? definition.ExpectedAttachType ?? UsdtProbes.AttachTypeOf(definition),
            Flags = definition.Flags | (definition.IsSleepable ? KernelSupport.SleepableFlag : 0),
            KernelVersion = _source.KernelVersion, // looked at by kernels before 5.0 only
            AttachBtfId = attach.BtfId,
            AttachTarget = attach.Handle,
            InterfaceIndex = definition.Type == ProgramType.Xdp ? _options.InterfaceIndex : 0,
            Types = info.Functions.Length > 0 ? target.Types : null,
            FunctionInfo = info.Functions,
            LineInfo = info.Lines,
            FdArray = externs.DescriptorArray,
            Source = program,
            Definition = definition,
            LogLevel = _options.LogLevel,
            LogSink = _options.LogSink is { } sink ? log => sink(definition.Name, log) : null,
        });
    }
}
