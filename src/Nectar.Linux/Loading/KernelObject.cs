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

    /// <summary>What is attached through <see cref="Own"/>.</summary>
    public IReadOnlyList<BpfLink> Links => _links;

    /// <summary>The object's types in the kernel; null for an object without.</summary>
    public KernelHandle? Types { get; internal set; }

    /// <summary>What is worth knowing about the load: fallbacks that were taken, warnings of relocations.</summary>
    public IReadOnlyList<Diagnostic> Notes => NoteList;

    internal List<Diagnostic> NoteList { get; } = [];

    internal HashSet<KernelMap> Borrowed { get; } = [];

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

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        lock (_links)
        {
            for (int i = _links.Count; i-- > 0;) _links[i].Dispose();
        }

        foreach (KernelProgram program in Programs) program.Dispose();
        foreach (KernelMap map in Maps)
        {
            if (!Borrowed.Contains(map)) map.Dispose();
        }

        Types?.Dispose();
    }
}
