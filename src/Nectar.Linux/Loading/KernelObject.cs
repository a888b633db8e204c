// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>
/// An object loaded into the kernel: live maps and programs, owned by this object. Disposing it detaches what was attached through it and
/// gives everything back that is not pinned.
/// </summary>
public sealed class KernelObject : IDisposable
{
    private readonly List<BpfLink> _links = [];
    private readonly Dictionary<KernelMap, MappedMap?> _sections = [];
    private int _isDisposed;

    internal KernelObject(BpfObject source, KernelLoadOptions options)
    {
        Source = source;
        Options = options;
    }

    /// <summary>What was loaded.</summary>
    public BpfObject Source { get; }

    /// <summary>How it was loaded.</summary>
    public KernelLoadOptions Options { get; }

    /// <summary>The programs that were loaded, in the order of the object.</summary>
    public NamedList<KernelProgram> Programs { get; } = new(p => p.Name);

    /// <summary>The maps, in the order of the object, without those that no loaded program needs where they cannot exist here.</summary>
    public NamedList<KernelMap> Maps { get; } = new(m => m.Name);

    /// <summary>The global variables of the object's sections.</summary>
    public NamedList<KernelGlobal> Globals { get; } = new(g => g.Name);

    /// <summary>What is attached through <see cref="Own"/>.</summary>
    public IReadOnlyList<BpfLink> Links => _links;

    /// <summary>The object's types in the kernel; null for an object without.</summary>
    public KernelHandle? Types { get; internal set; }

    /// <summary>What is worth knowing about the load: fallbacks that were taken, warnings of relocations.</summary>
    public IReadOnlyList<Diagnostic> Notes => NoteList;

    internal List<Diagnostic> NoteList { get; } = [];

    /// <summary>The memory of the object's arenas, by the name of the map: programs can use an arena only where its first user has mapped it.</summary>
    public IReadOnlyDictionary<string, MappedArena> Arenas => ArenaMemory;

    internal Dictionary<string, MappedArena> ArenaMemory { get; } = new(StringComparer.Ordinal);

    /// <summary>Creates the maps of an object and loads its programs. Nothing stays behind if it fails.</summary>
    /// <exception cref="VerificationException">The kernel's verifier refuses a program.</exception>
    /// <exception cref="KernelException">The kernel refuses something else (NEC40xx).</exception>
    /// <exception cref="ObjectFormatException">A reference in the object leads nowhere.</exception>
    /// <exception cref="LoadException">The object does not fit this host (NEC4009), or a CO-RE relocation is bad.</exception>
    public static KernelObject Load(BpfObject source, KernelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        KernelObject loaded = new(source, options ?? new KernelLoadOptions());
        try
        {
            new ObjectLoader(loaded).Load();
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Hands a link over: it is detached when this object is disposed.</summary>
    /// <returns>The link.</returns>
    public TLink Own<TLink>(TLink link)
        where TLink : BpfLink
    {
        ArgumentNullException.ThrowIfNull(link);
        lock (_links) _links.Add(link);
        return link;
    }

    /// <summary>Attaches one program; it is detached when this object is disposed.</summary>
    /// <param name="program">Its name in the object.</param>
    /// <param name="settings">Where and how, if its section name does not say it all.</param>
    /// <exception cref="KernelException">It cannot be attached.</exception>
    public BpfLink Attach(string program, AttachSettings? settings = null) => Own(ProgramAttacher.Attach(Programs[program], settings));

    /// <summary>
    /// Attaches every program whose section name says where, or that is named in <paramref name="targets"/>. If one cannot be attached, those
    /// that this call attached before are detached again.
    /// </summary>
    /// <param name="targets">Where, by the name of the program, as <see cref="AttachSettings.Target"/>.</param>
    /// <returns>The links, in the order of the programs.</returns>
    /// <exception cref="KernelException">A program cannot be attached.</exception>
    public IReadOnlyList<BpfLink> AttachAll(IReadOnlyDictionary<string, string>? targets = null)
    {
        List<BpfLink> made = [];
        try
        {
            foreach (KernelProgram program in Programs)
            {
                string? target = targets?.GetValueOrDefault(program.Name);
                if (target is null && (!ProgramAttacher.CanAttach(program) || ProgramAttacher.NeedsTarget(program))) continue;
                made.Add(ProgramAttacher.Attach(program, new AttachSettings { Target = target }));
            }
        }
        catch
        {
            for (int i = made.Count; i-- > 0;) made[i].Dispose();
            throw;
        }

        lock (_links) _links.AddRange(made);
        return made;
    }

    /// <summary>The memory of a data section; null where it cannot be mapped.</summary>
    internal MappedMap? Section(KernelMap map)
    {
        lock (_sections)
        {
            if (_sections.TryGetValue(map, out MappedMap? memory)) return memory;
            try
            {
                memory = (map.Definition.Flags & MapFlags.Mmapable) != 0 ? map.Map(map.IsFrozen) : null;
            }
            catch (KernelException)
            {
                memory = null; // a kernel before 5.5, or one that forbids it: whole values are copied instead
            }

            _sections.Add(map, memory);
            return memory;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        lock (_links)
        {
            for (int i = _links.Count; i-- > 0;) _links[i].Dispose();
        }

        foreach (KernelProgram program in Programs) program.Dispose();
        lock (_sections)
        {
            foreach (MappedMap? memory in _sections.Values) memory?.Dispose();
        }

        foreach (MappedArena arena in ArenaMemory.Values) arena.Dispose();
        foreach (KernelMap map in Maps) map.Dispose();

        Types?.Dispose();
    }
}
