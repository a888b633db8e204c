// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>A statement's place: from its IL offset to that of the next one.</summary>
/// <param name="Offset">IL offset in bytes.</param>
/// <param name="Document">The file; null if hidden.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="EndLine">Last line.</param>
/// <param name="EndColumn">Column after the last character.</param>
/// <param name="IsHidden">Code that no statement stands for.</param>
internal sealed record SequencePointModel(int Offset, SourceDocument? Document, int Line, int Column, int EndLine, int EndColumn, bool IsHidden)
{
    public SourceLocation ToLocation(MethodModel method, SourceLocation? inlinedAt) =>
        new(Document?.Path ?? "", Line, Column, EndLine, EndColumn, Document?.Line(Line) ?? "", method.ToString(), inlinedAt, method.Assembly.IsLibrary);
}

/// <summary>A portable PDB: embedded in the assembly, given, or beside it.</summary>
internal sealed class DebugSymbols
{
    private readonly MetadataReaderProvider _provider; // keeps the reader's memory
    private readonly MetadataReader _reader;
    private readonly Dictionary<DocumentHandle, SourceDocument> _documents = [];

    private DebugSymbols(MetadataReaderProvider provider)
    {
        _provider = provider;
        _reader = provider.GetMetadataReader();
    }

    internal static DebugSymbols? Open(PEReader image, string? path, byte[]? symbols)
    {
        try
        {
            if (symbols is not null) return new DebugSymbols(MetadataReaderProvider.FromPortablePdbImage(ImmutableCollectionsMarshal.AsImmutableArray(symbols)));
            foreach (DebugDirectoryEntry entry in image.ReadDebugDirectory())
            {
                if (entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb) return new DebugSymbols(image.ReadEmbeddedPortablePdbDebugDirectoryData(entry));
            }

            string? beside = path is null ? null : Path.ChangeExtension(path, ".pdb");
            if (beside is null || !File.Exists(beside)) return null;
            return new DebugSymbols(MetadataReaderProvider.FromPortablePdbImage(ImmutableCollectionsMarshal.AsImmutableArray(File.ReadAllBytes(beside))));
        }
        catch (Exception exception) when (exception is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            return null; // a Windows PDB or a damaged one: the code can be compiled all the same, without places
        }
    }

    public SequencePointModel[] SequencePoints(MethodDefinitionHandle method)
    {
        MethodDebugInformation information = Information(method, out bool exists);
        if (!exists || information.SequencePointsBlob.IsNil) return [];
        List<SequencePointModel> points = [];
        try
        {
            foreach (SequencePoint point in information.GetSequencePoints())
            {
                points.Add(point.IsHidden
                    ? new SequencePointModel(point.Offset, null, 0, 0, 0, 0, true)
                    : new SequencePointModel(point.Offset, Document(point.Document), point.StartLine, point.StartColumn, point.EndLine, point.EndColumn, false));
            }
        }
        catch (BadImageFormatException)
        {
            // what was read until here is right
        }

        return [.. points];
    }

    /// <summary>Names of locals by their number; null where C# has none.</summary>
    public string?[] LocalNames(MethodDefinitionHandle method, int count)
    {
        string?[] names = new string?[count];
        if (MetadataTokens.GetRowNumber(method) > _reader.MethodDebugInformation.Count) return names;
        foreach (LocalScopeHandle scope in _reader.GetLocalScopes(method))
        {
            foreach (LocalVariableHandle handle in _reader.GetLocalScope(scope).GetLocalVariables())
            {
                LocalVariable variable = _reader.GetLocalVariable(handle);
                if (variable.Index < count && (variable.Attributes & LocalVariableAttributes.DebuggerHidden) == 0) names[variable.Index] ??= _reader.GetString(variable.Name);
            }
        }

        return names;
    }

    private MethodDebugInformation Information(MethodDefinitionHandle method, out bool exists)
    {
        exists = MetadataTokens.GetRowNumber(method) <= _reader.MethodDebugInformation.Count;
        return exists ? _reader.GetMethodDebugInformation(method) : default;
    }

    private SourceDocument Document(DocumentHandle handle)
    {
        if (!_documents.TryGetValue(handle, out SourceDocument? document)) _documents.Add(handle, document = new SourceDocument(_reader, handle));
        return document;
    }
}
