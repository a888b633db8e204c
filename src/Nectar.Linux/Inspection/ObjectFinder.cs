// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Links;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Pins;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>Finds objects of the kernel by id, name, tag or path.</summary>
public static class ObjectFinder
{
    private const int KernelNameLength = 15;

    /// <summary>All programs that a reference stands for; at least one.</summary>
    /// <exception cref="KernelException">There is none (NEC4701).</exception>
    public static List<KernelProgram> Programs(ObjectReference reference) => Find(reference, "program", KernelObjectKind.Program, KernelProgram.OpenById,
        path => KernelProgram.FromHandle(OpenPinned(path, KernelObjectKind.Program)),
        program => reference.Kind == ReferenceKind.Tag ? program.GetInfo().Tag.Equals(reference.Text, StringComparison.OrdinalIgnoreCase) : IsNamed(program, reference.Text));

    /// <summary>The one program that a reference stands for.</summary>
    /// <exception cref="KernelException">There is none (NEC4701), or there are several (NEC4702).</exception>
    public static KernelProgram Program(ObjectReference reference) => One(Programs(reference), reference, "program", program => program.GetInfo().Id);

    /// <summary>All maps that a reference stands for; at least one.</summary>
    /// <exception cref="KernelException">There is none (NEC4701).</exception>
    public static List<KernelMap> Maps(ObjectReference reference) => Find(reference, "map", KernelObjectKind.Map, KernelMap.OpenById,
        path => KernelMap.FromHandle(OpenPinned(path, KernelObjectKind.Map)), map => SameName(map.Name, reference.Text));

    /// <summary>The one map that a reference stands for.</summary>
    /// <exception cref="KernelException">There is none (NEC4701), or there are several (NEC4702).</exception>
    public static KernelMap Map(ObjectReference reference) => One(Maps(reference), reference, "map", map => map.GetInfo().Id);

    /// <summary>The link that a reference stands for: by id or path, links have no names.</summary>
    /// <exception cref="KernelException">There is none (NEC4701).</exception>
    public static KernelLink Link(ObjectReference reference) => reference.Kind is ReferenceKind.Id or ReferenceKind.Pinned
        ? One(Find(reference, "link", KernelObjectKind.Link, KernelLink.OpenById, path => new KernelLink(OpenPinned(path, KernelObjectKind.Link), $"link '{path}'"), _ => false), reference, "link", _ => 0)
        : throw new KernelException(Diagnostic.Error(InspectionCodes.NotFound, $"link {reference}: links have an id or a path, no name", "help: 'nectar link list' shows them"), Errno.None, "find", "link");

    private static bool IsNamed(KernelProgram program, string name) =>
        program.Name == name || (name.Length > KernelNameLength && program.Name.Length == KernelNameLength && name.StartsWith(program.Name, StringComparison.Ordinal) && ProgramNames.Whole(program) == name);

    private static bool SameName(string kernelName, string name) => kernelName == name || (name.Length > KernelNameLength && kernelName.Length == KernelNameLength && name.StartsWith(kernelName, StringComparison.Ordinal));

    private static KernelHandle OpenPinned(string path, KernelObjectKind kind)
    {
        KernelHandle handle = BpfPins.Open(path);
        KernelObjectKind? found = PinnedObjects.KindOf(handle);
        if (found == kind || found is null) return handle;
        handle.Dispose();
        throw new KernelException(Diagnostic.Error(InspectionCodes.NotFound, $"pin '{path}': a {found.ToString()!.ToLowerInvariant()} is pinned there, not a {kind.ToString().ToLowerInvariant()}",
            $"help: nectar {(found == KernelObjectKind.Program ? "prog" : found.ToString()!.ToLowerInvariant())} show pinned {path}"), Errno.None, "open", path);
    }

    private static List<T> Find<T>(ObjectReference reference, string what, KernelObjectKind kind, Func<uint, T> openById, Func<string, T> openPinned, Func<T, bool> matches)
        where T : IDisposable
    {
        if (reference.Kind == ReferenceKind.Pinned) return [openPinned(reference.Text)];
        if (reference.Kind == ReferenceKind.Id)
        {
            try
            {
                return [openById(reference.Number)];
            }
            catch (KernelException problem) when (problem.Errno == Errno.ENOENT)
            {
                throw None(reference, what);
            }
        }

        List<T> found = [];
        foreach (T one in KernelObjectIds.OpenAll(kind, openById))
        {
            if (matches(one)) found.Add(one);
            else one.Dispose();
        }

        return found.Count > 0 ? found : throw None(reference, what);
    }

    private static KernelException None(ObjectReference reference, string what) => new(Diagnostic.Error(InspectionCodes.NotFound, $"there is no {what} with {reference}",
        $"help: 'nectar {(what == "program" ? "prog" : what)} list' shows what there is"), Errno.ENOENT, "find", what);

    private static T One<T>(List<T> found, ObjectReference reference, string what, Func<T, uint> id)
        where T : IDisposable
    {
        if (found.Count == 1) return found[0];
        string ids = string.Join(", ", found.Select(id).Select(number => number.ToString(CultureInfo.InvariantCulture)));
        foreach (T one in found) one.Dispose();
        throw new KernelException(Diagnostic.Error(InspectionCodes.Ambiguous, $"{found.Count} {what}s have {reference}; one is needed", $"note: their ids: {ids}", "help: say which one by id"), Errno.None, "find", what);
    }
}
