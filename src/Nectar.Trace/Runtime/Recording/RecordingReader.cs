// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.IO.Compression;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Runtime.Output;

namespace Nectar.Trace.Runtime.Recording;

/// <summary>Plays recordings.</summary>
internal sealed class RecordingReader
{
    private const int MostEntry = 1 << 30;

    private readonly string _path;

    private RecordingReader(string path) => _path = path;

    /// <summary>Gives all results of a recording to an output, as if they came now.</summary>
    /// <param name="pace">1 to take as long as the recording took, 2 for half of it; 0 not to wait.</param>
    /// <exception cref="TraceException">The file cannot be read, or is no recording (NEC5363). What came before the damage was played.</exception>
    public static void Play(string path, TraceOutput to, double pace = 0) => new RecordingReader(path).Play(to, pace);

    private void Play(TraceOutput to, double pace)
    {
        try
        {
            using FileStream file = new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> header = stackalloc byte[8];
            if (file.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8 || !header[..4].SequenceEqual(RecordingFormat.Magic)) throw Refuse("it is no recording");
            ushort version = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
            if (version != RecordingFormat.Version) throw Refuse($"it is of version {version}; this command reads version {RecordingFormat.Version}");
            using BufferedStream entries = new(new DeflateStream(file, CompressionMode.Decompress), 1 << 16);
            byte[] content = new byte[4096];
            while (entries.ReadByte() is >= 0 and int kind)
            {
                ulong wait = Number(entries), length = Number(entries);
                if (length > MostEntry) throw new InvalidDataException("an entry is larger than any can be");
                if ((ulong)content.Length < length) content = new byte[length];
                entries.ReadExactly(content.AsSpan(0, (int)length));
                if (pace > 0 && wait > 1_000_000)
                {
                    to.Idle();
                    Thread.Sleep(TimeSpan.FromMicroseconds(wait / 1000.0 / pace));
                }

                Give((EntryKind)kind, new EntryReader(content.AsSpan(0, (int)length)), to);
                if (to.IsBroken) return;
            }

            to.Idle();
        }
        catch (EndOfStreamException)
        {
            to.Idle(); // the process that wrote it ended in the middle of an entry
            to.Warn($"recording '{_path}' ends in the middle of an entry");
        }
        catch (Exception problem) when (problem is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            to.Idle();
            throw Refuse(problem.Message);
        }
    }

    private static ulong Number(BufferedStream from)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int b = from.ReadByte();
            if (b < 0) throw new EndOfStreamException();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }

        throw new InvalidDataException("a number has too many bytes");
    }

    private static void Give(EntryKind kind, EntryReader entry, TraceOutput to)
    {
        switch (kind)
        {
            case EntryKind.Print:
                PrintSeverity severity = (PrintSeverity)entry.Number();
                SourceSpan where = severity == PrintSeverity.None ? default : entry.Place();
                to.Print(entry.Bytes(), severity, where);
                break;
            case EntryKind.Value: to.Value(entry.Value()); break;
            case EntryKind.Map: to.Map(entry.Map()); break;
            case EntryKind.Time: to.Time(entry.Bytes()); break;
            case EntryKind.Cat: to.Cat(entry.Bytes()); break;
            case EntryKind.Join: to.Join(entry.Bytes()); break;
            case EntryKind.System: to.System(entry.Bytes()); break;
            case EntryKind.Raw: to.Raw(entry.Bytes()); break;
            case EntryKind.Attached: to.Attached((int)entry.Number()); break;
            case EntryKind.Lost: to.Lost((long)entry.Number()); break;
            case EntryKind.HelperError:
                string helper = entry.Text();
                int result = (int)entry.Signed();
                to.HelperError(helper, result, entry.Place());
                break;
            case EntryKind.RuntimeError:
                string message = entry.Text();
                to.RuntimeError(message, entry.Place());
                break;
            case EntryKind.Warning: to.Warn(entry.Text()); break;
            case EntryKind.Error: to.Error(entry.Text()); break;
            case EntryKind.End: to.End(); break;
        }
    }

    private TraceException Refuse(string why) => new(Diagnostic.Error(TraceCodes.Recording, $"cannot replay '{_path}': {why}"));
}
