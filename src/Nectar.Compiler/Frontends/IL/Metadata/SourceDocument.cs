// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>A source file that debug information names; its text is embedded there, or read from the file if it is still where it was.</summary>
internal sealed class SourceDocument
{
    /// <summary>The kind of custom debug information that holds a document's text (Portable PDB, "Embedded Source").</summary>
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    private readonly MetadataReader _reader;
    private readonly DocumentHandle _handle;
    private string[]? _lines;

    internal SourceDocument(MetadataReader reader, DocumentHandle handle)
    {
        _reader = reader;
        _handle = handle;
        Path = reader.GetString(reader.GetDocument(handle).Name);
    }

    /// <summary>The path as the C# compiler recorded it.</summary>
    public string Path { get; }

    /// <summary>The text of a line, counted from 1; empty if it is not known.</summary>
    public string Line(int number)
    {
        string[] lines = _lines ??= ReadLines();
        return number >= 1 && number <= lines.Length ? lines[number - 1] : "";
    }

    private string[] ReadLines()
    {
        string? text = null;
        try
        {
            text = Embedded() ?? (File.Exists(Path) ? File.ReadAllText(Path) : null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or BadImageFormatException)
        {
            // lines stay unknown
        }

        return text is null ? [] : text.ReplaceLineEndings("\n").Split('\n');
    }

    private string? Embedded()
    {
        foreach (CustomDebugInformationHandle handle in _reader.GetCustomDebugInformation(_handle))
        {
            CustomDebugInformation information = _reader.GetCustomDebugInformation(handle);
            if (_reader.GetGuid(information.Kind) != s_embeddedSource) continue;
            BlobReader blob = _reader.GetBlobReader(information.Value);
            int size = blob.ReadInt32();
            byte[] bytes = blob.ReadBytes(blob.RemainingBytes);
            using Stream stream = size == 0 ? new MemoryStream(bytes) : new DeflateStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using StreamReader reader = new(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }

        return null;
    }
}
