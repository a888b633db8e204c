// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.KernelTests.Support;

/// <summary>What BPF_PROG_TEST_RUN gave back.</summary>
/// <param name="Errno">0, or why the run could not be made.</param>
/// <param name="ReturnValue">The program's verdict.</param>
/// <param name="Data">The packet as the program left it.</param>
/// <param name="Context">The context as the program left it; empty where the type has none.</param>
/// <param name="NanosecondsPerRun">Mean duration of a run.</param>
public sealed record KernelRun(int Errno, uint ReturnValue, byte[] Data, byte[] Context, uint NanosecondsPerRun);

/// <summary>A kernel file descriptor.</summary>
public sealed class KernelHandle : IDisposable
{
    private int _fd;

    internal KernelHandle(int fd) => _fd = fd;

    /// <summary>The file descriptor.</summary>
    public int Fd => _fd >= 0 ? _fd : throw new ObjectDisposedException(nameof(KernelHandle));

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        if (_fd >= 0) _ = NativeCalls.Close(_fd);
        _fd = -1;
    }
}

/// <summary>As much of bpf(2) as comparisons with the kernel need: maps, load, test run. Little-endian 64-bit Linux only.</summary>
public static unsafe class KernelLoader
{
    private const int AttrSize = 152;
    private const int MapCreate = 0, MapLookup = 1, MapUpdate = 2, MapDelete = 3, ProgLoad = 5, ProgTestRun = 10;

    /// <summary>The first line of the reason why bpf(2) cannot be used here; null if it can.</summary>
    public static string? Unavailable { get; } = Probe();

    /// <summary>Makes a map.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused; the message has the errno.</exception>
    public static KernelHandle CreateMap(MapType type, uint keySize, uint valueSize, uint maxEntries, MapFlags flags = MapFlags.None, int innerFd = 0)
    {
        byte* attr = stackalloc byte[AttrSize];
        Clear(attr);
        ((uint*)attr)[0] = (uint)type;
        ((uint*)attr)[1] = keySize;
        ((uint*)attr)[2] = valueSize;
        ((uint*)attr)[3] = maxEntries;
        ((uint*)attr)[4] = (uint)flags;
        ((uint*)attr)[5] = (uint)innerFd;
        long fd = NativeCalls.Bpf(MapCreate, attr, AttrSize);
        return fd >= 0 ? new KernelHandle((int)fd) : throw new InvalidOperationException($"map create {type}: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Copies a value out; false if the key is not there.</summary>
    public static bool TryLookup(KernelHandle map, ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* k = key, v = value) return Element(MapLookup, map, k, v, 0) >= 0;
    }

    /// <summary>Sets a value; 0 or the errno.</summary>
    public static int Update(KernelHandle map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0)
    {
        fixed (byte* k = key, v = value) return Element(MapUpdate, map, k, v, flags) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Removes a key; 0 or the errno.</summary>
    public static int Delete(KernelHandle map, ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key) return Element(MapDelete, map, k, null, 0) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>
    /// Loads a program whose wide loads of maps name file descriptors (<see cref="PseudoSource.MapFd"/>); see <see cref="WithMaps"/>.
    /// </summary>
    /// <returns>The program, or null with the errno and the verifier's log.</returns>
    public static KernelHandle? TryLoad(ReadOnlySpan<Instruction> code, ProgramType type, out int errno, out string log, AttachType? expectedAttach = null, uint flags = 0)
    {
        byte[] license = Encoding.ASCII.GetBytes("GPL\0");
        byte[] text = new byte[1 << 16];
        long fd = Load(code, type, expectedAttach, flags, license, null);
        errno = fd >= 0 ? 0 : Marshal.GetLastPInvokeError();
        log = "";
        if (fd >= 0) return new KernelHandle((int)fd);
        fd = Load(code, type, expectedAttach, flags, license, text); // the log costs time, so only for failures
        if (fd >= 0) return new KernelHandle((int)fd);
        int end = Array.IndexOf(text, (byte)0);
        log = Encoding.UTF8.GetString(text, 0, Math.Max(0, end));
        return null;
    }

    /// <summary>The verifier's log of a program with the state after every instruction, whether it loads or not.</summary>
    /// <param name="code">The program.</param>
    /// <param name="type">Its type.</param>
    /// <param name="buffer">Where the log goes; must have room for all of it.</param>
    public static string StateLog(ReadOnlySpan<Instruction> code, ProgramType type, byte[] buffer)
    {
        buffer[0] = 0;
        long fd = Load(code, type, null, 0, Encoding.ASCII.GetBytes("GPL\0"), buffer, 2);
        if (fd >= 0) _ = NativeCalls.Close((int)fd);
        return Encoding.UTF8.GetString(buffer, 0, Math.Max(0, Array.IndexOf(buffer, (byte)0)));
    }

    /// <summary>Loads a program.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused; the message has the errno and the end of the verifier's log.</exception>
    public static KernelHandle Load(ReadOnlySpan<Instruction> code, ProgramType type, AttachType? expectedAttach = null, uint flags = 0) =>
        TryLoad(code, type, out int errno, out string log, expectedAttach, flags)
            ?? throw new InvalidOperationException($"prog load {type}: errno {errno}\n{(log.Length > 2000 ? log[^2000..] : log)}");

    /// <summary>Runs a program on a packet.</summary>
    /// <param name="program">The program.</param>
    /// <param name="data">The packet; most types want at least 14 bytes.</param>
    /// <param name="context">The context where the type takes one, or empty.</param>
    /// <param name="repeat">How often to run it.</param>
    public static KernelRun TestRun(KernelHandle program, ReadOnlySpan<byte> data, ReadOnlySpan<byte> context = default, uint repeat = 1)
    {
        byte[] output = new byte[data.Length + 4096], contextOut = new byte[Math.Max(256, context.Length)];
        byte* attr = stackalloc byte[AttrSize];
        Clear(attr);
        fixed (byte* input = data, o = output, c = context, co = contextOut)
        {
            ((uint*)attr)[0] = (uint)program.Fd;
            ((uint*)attr)[2] = (uint)data.Length;
            ((uint*)attr)[3] = data.IsEmpty ? 0 : (uint)output.Length;
            ((ulong*)attr)[2] = (ulong)input;
            ((ulong*)attr)[3] = data.IsEmpty ? 0 : (ulong)o;
            ((uint*)attr)[8] = repeat;
            if (!context.IsEmpty)
            {
                ((uint*)attr)[10] = (uint)context.Length;
                ((uint*)attr)[11] = (uint)contextOut.Length;
                ((ulong*)attr)[6] = (ulong)c;
                ((ulong*)attr)[7] = (ulong)co;
            }

            long result = NativeCalls.Bpf(ProgTestRun, attr, AttrSize);
            int errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
            int size = data.IsEmpty ? 0 : (int)Math.Min((uint)output.Length, ((uint*)attr)[3]);
            int contextSize = context.IsEmpty ? 0 : (int)Math.Min((uint)contextOut.Length, ((uint*)attr)[11]);
            return new KernelRun(errno, ((uint*)attr)[1], output[..size], contextOut[..contextSize], ((uint*)attr)[9]);
        }
    }

    /// <summary>The code with wide loads of maps by index turned into loads by file descriptor.</summary>
    public static Instruction[] WithMaps(ReadOnlySpan<Instruction> code, IReadOnlyList<KernelHandle> maps)
    {
        Instruction[] bound = code.ToArray();
        for (int i = 0; i < bound.Length; i++)
        {
            if (!bound[i].IsWide) continue;
            PseudoSource source = (PseudoSource)bound[i].Source;
            if (source is PseudoSource.MapIndex or PseudoSource.MapIndexValue)
            {
                bound[i] = bound[i].WithSource((int)(source == PseudoSource.MapIndex ? PseudoSource.MapFd : PseudoSource.MapValue)).WithImmediate(maps[bound[i].Immediate].Fd);
            }

            i++;
        }

        return bound;
    }

    private static long Load(ReadOnlySpan<Instruction> code, ProgramType type, AttachType? expectedAttach, uint flags, byte[] license, byte[]? log, uint level = 1)
    {
        byte* attr = stackalloc byte[AttrSize];
        Clear(attr);
        fixed (Instruction* instructions = code)
        fixed (byte* l = license, text = log)
        {
            ((uint*)attr)[0] = (uint)type;
            ((uint*)attr)[1] = (uint)code.Length;
            ((ulong*)attr)[1] = (ulong)instructions;
            ((ulong*)attr)[2] = (ulong)l;
            ((uint*)attr)[6] = log is null ? 0u : level;
            ((uint*)attr)[7] = (uint)(log?.Length ?? 0);
            ((ulong*)attr)[4] = (ulong)text;
            ((uint*)attr)[11] = flags;
            ((uint*)attr)[17] = (uint)(expectedAttach ?? 0);
            return NativeCalls.Bpf(ProgLoad, attr, AttrSize);
        }
    }

    private static long Element(int command, KernelHandle map, byte* key, byte* value, ulong flags)
    {
        byte* attr = stackalloc byte[AttrSize];
        Clear(attr);
        ((uint*)attr)[0] = (uint)map.Fd;
        ((ulong*)attr)[1] = (ulong)key;
        ((ulong*)attr)[2] = (ulong)value;
        ((ulong*)attr)[3] = flags;
        return NativeCalls.Bpf(command, attr, AttrSize);
    }

    private static void Clear(byte* attr) => new Span<byte>(attr, AttrSize).Clear();

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian || IntPtr.Size != 8) return "needs 64-bit little-endian Linux";
        try
        {
            using KernelHandle map = CreateMap(MapType.Array, 4, 8, 1);
            return null;
        }
        catch (InvalidOperationException problem)
        {
            return $"bpf(2) is not usable here ({problem.Message}); run as root";
        }
    }
}

/// <summary>The two system calls.</summary>
internal static unsafe class NativeCalls
{
    // The number of bpf(2) on the two architectures that the tests run on.
    private static readonly long s_bpf = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    internal static long Bpf(int command, byte* attr, uint size) => Syscall(s_bpf, command, (nint)attr, size);

    internal static long Raw(long number, nint first, nint second) => Syscall(number, first, second, 0);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int Close(int fd);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long Syscall(long number, long command, nint attr, nuint size);
}
