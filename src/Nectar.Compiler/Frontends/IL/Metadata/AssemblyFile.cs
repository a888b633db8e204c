// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>
/// The bytes of an assembly with their tables; immutable, so it serves any number of compilations and threads. Files that were opened by path
/// are kept while they do not change: the library is read once in a process.
/// </summary>
internal sealed class AssemblyFile
{
    private static readonly ConcurrentDictionary<string, (DateTime Written, long Length, AssemblyFile File)> s_files = new(StringComparer.Ordinal);

    private readonly PEReader _image;
    private readonly byte[]? _symbols;
    private Dictionary<(string Namespace, string Name), TypeDefinitionHandle>? _types;

    private AssemblyFile(PEReader image, string? path, byte[]? symbols)
    {
        _image = image;
        _symbols = symbols;
        Path = path;
        Reader = image.GetMetadataReader();
        Name = Reader.GetString(Reader.GetAssemblyDefinition().Name);
    }

    /// <summary>The simple name of the assembly.</summary>
    public string Name { get; }

    /// <summary>Where the file is; null if it came from a stream.</summary>
    public string? Path { get; }

    public MetadataReader Reader { get; }

    /// <summary>Opens a file, or gives the one that was opened before if it did not change since.</summary>
    /// <exception cref="CompileException">It is no .NET assembly (NEC2100).</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static AssemblyFile Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        FileInfo info = new(path);
        if (!info.Exists) throw new FileNotFoundException($"there is no file '{path}'", path);
        if (s_files.TryGetValue(path, out (DateTime Written, long Length, AssemblyFile File) known) && known.Written == info.LastWriteTimeUtc && known.Length == info.Length) return known.File;
        AssemblyFile file = Read(File.ReadAllBytes(path), path, null);
        s_files[path] = (info.LastWriteTimeUtc, info.Length, file);
        return file;
    }

    /// <summary>Takes the bytes of an assembly.</summary>
    /// <param name="bytes">The file; not changed afterwards.</param>
    /// <param name="path">Its path, for messages and for finding debug information beside it.</param>
    /// <param name="symbols">A portable PDB that belongs to it.</param>
    /// <exception cref="CompileException">It is no .NET assembly (NEC2100).</exception>
    public static AssemblyFile Read(byte[] bytes, string? path, byte[]? symbols)
    {
        try
        {
            PEReader image = new(ImmutableCollectionsMarshal.AsImmutableArray(bytes));
            if (image.HasMetadata && image.GetMetadataReader().IsAssembly) return new AssemblyFile(image, path, symbols);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            // said below
        }

        throw new CompileException([Diagnostic.Error(ProbeCodes.NotAnAssembly, $"'{path ?? "the stream"}' is no .NET assembly",
            "help: give the .dll that 'dotnet build' makes, not an apphost or a native library")]);
    }

    /// <summary>True for what reading damaged metadata throws: tables whose numbers lead nowhere, or to something of another kind.</summary>
    internal static bool IsDamage(Exception exception) => exception is BadImageFormatException or OverflowException or ArgumentException or InvalidCastException or IndexOutOfRangeException
        or InvalidOperationException or KeyNotFoundException or NullReferenceException;

    /// <summary>A type that is not nested; nil if there is none.</summary>
    public TypeDefinitionHandle FindType(string @namespace, string name)
    {
        Dictionary<(string, string), TypeDefinitionHandle>? types = _types;
        if (types is null)
        {
            types = [];
            foreach (TypeDefinitionHandle handle in Reader.TypeDefinitions)
            {
                TypeDefinition definition = Reader.GetTypeDefinition(handle);
                if (!definition.IsNested) types.TryAdd((Reader.GetString(definition.Namespace), Reader.GetString(definition.Name)), handle);
            }

            _types = types; // two threads may both make it: they make the same
        }

        return types.GetValueOrDefault((@namespace, name));
    }

    /// <summary>True if the assembly was compiled against another.</summary>
    public bool Refers(string name)
    {
        foreach (AssemblyReferenceHandle handle in Reader.AssemblyReferences)
        {
            if (Reader.StringComparer.Equals(Reader.GetAssemblyReference(handle).Name, name)) return true;
        }

        return false;
    }

    public MethodBodyBlock Body(int address) => _image.GetMethodBody(address);

    /// <summary>Bytes of the image at a relative virtual address.</summary>
    /// <exception cref="BadImageFormatException">They are not in the file.</exception>
    public unsafe ReadOnlySpan<byte> MappedData(int address, int size)
    {
        PEMemoryBlock block = _image.GetSectionData(address);
        if (size < 0 || size > block.Length) throw new BadImageFormatException($"{size} bytes at {address:x} are not in the image");
        return new ReadOnlySpan<byte>(block.Pointer, size); // the image is pinned as long as the reader lives, which this object keeps
    }

    internal DebugSymbols? OpenSymbols() => DebugSymbols.Open(_image, Path, _symbols);
}
