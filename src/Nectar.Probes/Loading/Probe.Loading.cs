// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Linux.Links;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;

namespace Nectar.Probes;

// The probe as what is loaded: into the kernel, or into this process.
public abstract partial class Probe : IDisposable
{
    private ProbeMembers? _members;
    private byte[] _constants = [];

    /// <summary>What was loaded into the kernel by <see cref="Load"/>; null if nothing is.</summary>
    public KernelObject? Kernel { get; private set; }

    /// <summary>What was loaded into this process by <see cref="LoadHere"/>; null if nothing is.</summary>
    public VmObject? Machine { get; private set; }

    /// <summary>True if it is loaded somewhere.</summary>
    public bool IsLoaded => Kernel is not null || Machine is not null;

    internal ProbeMembers Members => _members ??= new ProbeMembers(this);

    /// <summary>Loads the probe into the kernel. Fields are its variables' first values; maps are the kernel's from now on, with the elements that they had here.</summary>
    /// <param name="source">The object; null for the one that <see cref="ProbeObjects.Find"/> finds.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ProbeException">There is no object (NEC2406).</exception>
    /// <exception cref="Nectar.Bpf.Diagnostics.NectarException">The kernel refuses something; see <see cref="KernelObject.Load"/>.</exception>
    public void Load(BpfObject? source = null, KernelLoadOptions? options = null)
    {
        source ??= ProbeObjects.Find(GetType());
        lock (source)
        {
            Prepare(source);
            options ??= new KernelLoadOptions { Programs = Selection(source) };
            KernelObject loaded = KernelObject.Load(source, options);
            Become(loaded, null, name => loaded.Maps.TryGet(name, out KernelMap? map) ? map : null);
        }
    }

    /// <summary>Loads the probe into this process: verified and compiled to machine code, unless options say otherwise.</summary>
    /// <param name="source">The object; null for the one that <see cref="ProbeObjects.Find"/> finds.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ProbeException">There is no object (NEC2406).</exception>
    /// <exception cref="Nectar.Bpf.Diagnostics.NectarException">The object cannot be loaded; see <see cref="VmObject.Load(BpfObject, VmOptions?)"/>.</exception>
    public void LoadHere(BpfObject? source = null, VmOptions? options = null)
    {
        source ??= ProbeObjects.Find(GetType());
        lock (source)
        {
            Prepare(source);
            options ??= new VmOptions();
            options = options with { Programs = options.Programs ?? Selection(source), KernelTypes = options.KernelTypes ?? RunningTypes };
            VmObject loaded = VmObject.Load(source, options);
            Become(null, loaded, name => loaded.Maps.TryGet(name, out BpfMap? map) ? map : null);
        }
    }

    /// <summary>Attaches a program to its hook, in the kernel; it is detached when the link or the probe is disposed.</summary>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="target">Where, if its attribute does not say it all: an interface, a cgroup, <c>PATH:FUNCTION</c>.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <exception cref="ProbeException">The probe is not in the kernel (NEC2405), or has no such program (NEC2407).</exception>
    /// <exception cref="Nectar.Bpf.Diagnostics.KernelException">The kernel refuses.</exception>
    public BpfLink Attach(Delegate program, string? target = null, [CallerArgumentExpression(nameof(program))] string name = "") =>
        Attach(ProgramNames.Of(name), new AttachSettings { Target = target });

    /// <summary>Attaches a program to its hook, in the kernel.</summary>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="settings">Where and how.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public BpfLink Attach(Delegate program, AttachSettings settings, [CallerArgumentExpression(nameof(program))] string name = "") => Attach(ProgramNames.Of(name), settings);

    /// <summary>Attaches a program to its hook, in the kernel.</summary>
    /// <param name="method">The name of the program's method.</param>
    /// <param name="settings">Where and how.</param>
    public BpfLink Attach(string method, AttachSettings? settings = null) => InKernel().Attach(NameOf(method, name => InKernel().Programs.TryGet(name, out _)), settings);

    /// <summary>Attaches every program whose attribute says where.</summary>
    /// <returns>The links.</returns>
    public IReadOnlyList<BpfLink> AttachAll() => InKernel().AttachAll();

    /// <summary>Reads a variable where the probe is loaded: <c>probe.Read(probe.Opened)</c>.</summary>
    /// <param name="field">The field.</param>
    /// <param name="name">Its name.</param>
    public T Read<T>(in T field, [CallerArgumentExpression(nameof(field))] string name = "")
        where T : unmanaged
    {
        byte[]? live = LiveBytes(MemberNames.OfField(ProgramNames.Of(name)));
        return live is null ? field : MemoryMarshal.Read<T>(live);
    }

    /// <summary>Writes a variable, here and where the probe is loaded: <c>probe.Write(ref probe.Limit, 5)</c>.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">The value.</param>
    /// <param name="name">The field's name.</param>
    /// <exception cref="InvalidOperationException">It is a constant, and the probe is loaded.</exception>
    public void Write<T>(ref T field, T value, [CallerArgumentExpression(nameof(field))] string name = "")
        where T : unmanaged
    {
        field = value;
        WriteLive(MemberNames.OfField(ProgramNames.Of(name)), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
    }

    /// <summary>Copies all variables from where the probe is loaded into the fields.</summary>
    public void Refresh()
    {
        foreach ((string name, ProbeVariable variable) in Members.Variables)
        {
            if (!variable.IsConstant && LiveBytes(name) is { } bytes) variable.Write(bytes);
        }
    }

    /// <summary>Detaches and unloads; maps are in memory of this process again, empty.</summary>
    public void Unload()
    {
        foreach (Map map in Members.Maps.Values) map.Bind(null);
        Kernel?.Dispose();
        Machine?.Dispose();
        (Kernel, Machine) = (null, null);
    }

    /// <summary>Unloads, and frees the maps.</summary>
    public void Dispose()
    {
        Unload();
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>For what a derived class has to release.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The name of a program in the object.</summary>
    internal string NameOf(string method, Func<string, bool> exists)
    {
        string name = Members.Programs.TryGetValue(method, out ProbeProgram? program) ? program.Name : method;
        return exists(name) ? name : throw ProbeCodes.NoProgram(GetType().Name, method, Members.Programs.Keys);
    }

    /// <summary>Puts a program into an array for tail calls.</summary>
    internal void SetTailCall(Map map, uint index, string method)
    {
        if (Kernel is not null && map.Live is KernelMap array)
        {
            new ProgramArrayView(array).Set(index, Kernel.Programs[NameOf(method, name => Kernel.Programs.TryGet(name, out _))]);
            return;
        }

        VmObject machine = Machine ?? throw ProbeCodes.NotLoaded(GetType().Name);
        uint number = (uint)machine.Programs.IndexOf(NameOf(method, name => machine.Programs.TryGet(name, out _)));
        Nectar.Bpf.Maps.Errno errno = map.Live.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in index)), MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in number)));
        if (errno != Nectar.Bpf.Maps.Errno.None) throw new MapException(map.Live, "update", errno);
    }

    /// <summary>What the verifier asks about kernel functions and objects; null where this is no Linux, or one without BTF.</summary>
    private static Nectar.Bpf.Btf.BtfTypes? RunningTypes() => OperatingSystem.IsLinux() ? KernelBtf.Running.TryVmlinux : null;

    /// <summary>Sets the object's variables and map sizes from the fields.</summary>
    private void Prepare(BpfObject source)
    {
        foreach ((string name, ProbeVariable variable) in Members.Variables)
        {
            if (source.Globals.TryGet(name, out GlobalVariable? global)) variable.Read(global.Bytes);
        }

        foreach ((string name, Map map) in Members.Maps)
        {
            if (source.Maps.TryGet(name, out MapDefinition? definition)) definition.MaxEntries = map.Definition.MaxEntries;
        }

        _constants = Constants(source);
    }

    /// <summary>This probe's programs, if the object has those of others too.</summary>
    private string[]? Selection(BpfObject source)
    {
        HashSet<string> own = [.. Members.Programs.Values.Select(program => program.Name)];
        return source.Programs.All(program => own.Contains(program.Name)) ? null : [.. own.Where(name => source.Programs.TryGet(name, out ProgramDefinition? program) && program.AutoLoad)];
    }

    private byte[] Constants(BpfObject source)
    {
        List<byte> bytes = [];
        foreach ((string name, ProbeVariable variable) in Members.Variables)
        {
            if (!variable.IsConstant || !source.Globals.TryGet(name, out GlobalVariable? global)) continue;
            byte[] value = new byte[global.Size];
            variable.Read(value);
            bytes.AddRange(value);
        }

        return [.. bytes];
    }

    /// <summary>True if what was loaded still has the constants that the fields have.</summary>
    internal bool HasLoadedConstants()
    {
        BpfObject? source = Kernel?.Source ?? Machine?.Source;
        return source is null || Constants(source).AsSpan().SequenceEqual(_constants);
    }

    /// <summary>Copies the fields to where the probe is loaded.</summary>
    internal void Push()
    {
        foreach ((string name, ProbeVariable variable) in Members.Variables)
        {
            if (variable.IsConstant || LiveBytes(name) is not { } bytes) continue;
            byte[] own = new byte[bytes.Length];
            variable.Read(own);
            if (!own.AsSpan().SequenceEqual(bytes)) WriteLive(name, own);
        }
    }

    private void WriteLive(string name, ReadOnlySpan<byte> bytes)
    {
        if ((Kernel?.Source ?? Machine?.Source) is { } source) LiveVariables.Write(source, FindMap, name, bytes);
    }

    private byte[]? LiveBytes(string name) => (Kernel?.Source ?? Machine?.Source) is { } source ? LiveVariables.Read(source, FindMap, name) : null;

    private BpfMap? FindMap(string name)
    {
        if (Kernel is not null) return Kernel.Maps.TryGet(name, out KernelMap? map) ? map : null;
        return Machine is not null && Machine.Maps.TryGet(name, out BpfMap? here) ? here : null;
    }

    /// <summary>Takes over what was loaded; what was loaded before goes, after its elements were copied.</summary>
    private void Become(KernelObject? kernel, VmObject? machine, Func<string, BpfMap?> find)
    {
        (KernelObject? oldKernel, VmObject? oldMachine) = (Kernel, Machine);
        (Kernel, Machine) = (kernel, machine);
        try
        {
            foreach ((string name, Map map) in Members.Maps)
            {
                if (find(name) is { } live) map.Bind(live);
            }
        }
        catch
        {
            Unload();
            throw;
        }
        finally
        {
            oldKernel?.Dispose();
            oldMachine?.Dispose();
        }
    }

    private KernelObject InKernel() => Kernel ?? throw ProbeCodes.NotLoaded(GetType().Name);
}
