// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>Loads an object and pins what it has, so that it lives on without the process that loaded it. What was pinned before a failure is removed again.</summary>
public sealed class PinnedLoad
{
    private readonly BpfObject _source;
    private readonly string _path;
    private readonly bool _isAll;
    private readonly Dictionary<string, KernelMap> _reused = [];
    private readonly List<string> _pins = [];

    /// <summary>Makes a load of an object.</summary>
    /// <param name="source">The object.</param>
    /// <param name="path">Where to pin: the program itself, or the directory of all programs.</param>
    /// <param name="isAll">Load all programs, not the first alone.</param>
    public PinnedLoad(BpfObject source, string path, bool isAll)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _path = path;
        _isAll = isAll;
    }

    /// <summary>Pin maps in this directory too.</summary>
    public string? MapDirectory { get; set; }

    /// <summary>Bind programs to this interface.</summary>
    public string? InterfaceName { get; set; }

    /// <summary>Attach programs by their sections and pin the links instead of the programs.</summary>
    public bool IsAttached { get; set; }

    /// <summary>Gives all programs the type that a section name implies.</summary>
    /// <exception cref="LoadException">There is no such name (NEC4703).</exception>
    public void SetType(string section)
    {
        if (!SectionNames.TryParse(section, out SectionDefinition? definition, out _, out _) && !SectionNames.TryParse(section + "/", out definition, out _, out _))
            throw new LoadException(Diagnostic.Error(InspectionCodes.Words, $"'{section}' implies no type of program", "help: as sections of objects are named: xdp, tc, socket, kprobe, cgroup/skb, …"));
        foreach (ProgramDefinition program in _source.Programs)
        {
            program.Type = definition.Type;
            program.ExpectedAttachType = definition.AttachType;
        }
    }

    /// <summary>Uses a map of the kernel in place of one of the object.</summary>
    /// <param name="which">The map's name, or its index from 0.</param>
    /// <param name="isIndex">It is an index.</param>
    /// <param name="reference">The kernel's map.</param>
    public void Reuse(string which, bool isIndex, ObjectReference reference)
    {
        string? name = isIndex
            ? uint.TryParse(which, CultureInfo.InvariantCulture, out uint index) && index < (uint)_source.Maps.Count ? _source.Maps[(int)index].Name : null
            : _source.Maps.Any(map => map.Name == which) ? which : null;
        if (name is null) throw new LoadException(Diagnostic.Error(InspectionCodes.NotFound, $"the object has no map '{which}'", $"note: its maps: {string.Join(", ", _source.Maps.Select(map => map.Name))}"));
        _reused[name] = ObjectFinder.Map(reference);
    }

    /// <summary>Loads and pins.</summary>
    /// <exception cref="NectarException">The object cannot be loaded, attached or pinned.</exception>
    public void Run()
    {
        ProgramDefinition? first = _source.Programs.FirstOrDefault(program => program.AutoLoad);
        if (first is null) throw new LoadException(Diagnostic.Error(InspectionCodes.NotFound, $"'{_source.Name}' has no programs"));
        try
        {
            using KernelObject loaded = KernelObject.Load(_source, new KernelLoadOptions
            {
                Programs = _isAll ? null : [first.Name],
                ReusedMaps = _reused,
                InterfaceIndex = InterfaceName is { } name ? (uint)NetworkInterfaces.IndexOf(name) : 0,
            });
            foreach (KernelProgram program in loaded.Programs) PinProgram(program, _isAll ? $"{_path}/{PinName(program.Name)}" : _path);
            if (MapDirectory is not { } directory) return;
            foreach (KernelMap map in loaded.Maps)
            {
                if (_reused.ContainsKey(map.Name)) continue;
                Pin(path => map.Pin(path), $"{directory}/{PinName(map)}");
            }
        }
        catch
        {
            foreach (string pin in _pins) File.Delete(pin);
            throw;
        }
        finally
        {
            foreach (KernelMap map in _reused.Values) map.Dispose();
        }
    }

    private void PinProgram(KernelProgram program, string path)
    {
        if (!IsAttached)
        {
            Pin(program.Pin, path);
            return;
        }

        using BpfLink link = ProgramAttacher.Attach(program);
        Pin(link.Pin, path);
    }

    private void Pin(Action<string> pin, string path)
    {
        pin(path);
        _pins.Add(path);
    }

    // A data section is called after its object by the kernel: two objects may be pinned in one directory.
    private static string PinName(KernelMap map) => PinName(map.Name.StartsWith('.') ? map.GetInfo().Name : map.Name);

    // bpffs keeps dots for itself
    private static string PinName(string name) => name.Replace('.', '_');
}
