// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;

namespace Nectar.Bench;

/// <summary>
/// The programs of ../shared/bench/vm in every form: compiled here by clang for us and uBPF and by gcc as native code. uBPF is
/// taken from the folder that the environment variable UBPF names (include/ and libubpf.a).
/// </summary>
internal sealed unsafe class JitPrograms : IDisposable
{
    private readonly string _sources;
    private readonly string _output;
    private readonly nint _native;
    private readonly VmHost _host = new(new VmOptions { RandomSeed = 1, CpuCount = 1 });
    private readonly List<VmMap> _maps = [];
    private readonly byte* _packet;
    private readonly byte* _context;

    internal JitPrograms()
    {
        string shared = Environment.GetEnvironmentVariable("NECTAR_SHARED") ?? Find("shared");
        _sources = Path.Combine(shared, "bench", "vm", "src");
        _output = Path.Combine(Find("artifacts", create: true), "bench", "vm");
        Directory.CreateDirectory(_output);
        string? ubpf = Environment.GetEnvironmentVariable("UBPF");
        HasUbpf = ubpf is not null;
        Names = [.. Directory.GetFiles(_sources, "*.c").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];
        _native = NativeLibrary.Load(BuildNative(ubpf));
        delegate* unmanaged<uint, void> put = (delegate* unmanaged<uint, void>)NativeLibrary.GetExport(_native, "peer_put");
        foreach (uint key in FlowKeys) put(key);
        byte[] packet = MakePacket();
        PacketSize = packet.Length;
        _packet = (byte*)NativeMemory.AlignedAlloc(2048, 64);
        packet.CopyTo(new Span<byte>(_packet, 2048));
        _context = (byte*)NativeMemory.AllocZeroed(64);
        Session = new RunSession(_host) { Layout = ContextTable.Xdp };
        VmState* state = Session.State;
        state->PacketStart = state->PacketMeta = (ulong)_packet;
        state->PacketEnd = (ulong)_packet + (ulong)PacketSize;
        state->Context = (ulong)_context;
        state->ContextSize = (ulong)ContextTable.Xdp.Size;
        state->FaultInstruction = -1;
    }

    internal string[] Names { get; }

    internal bool HasUbpf { get; }

    internal RunSession Session { get; }

    internal int PacketSize { get; }

    internal byte* Packet => _packet;

    internal ulong Context => (ulong)_context;

    private static IEnumerable<uint> FlowKeys => Enumerable.Range(0, 1000).Select(i => 10u | ((uint)(i & 255) << 16) | (7u << 24) | (((uint)i >> 8) << 8));

    /// <summary>The program in our form.</summary>
    internal PreparedProgram Prepare(string name, bool verified = false)
    {
        string file = Path.Combine(_output, name + ".xdp.o");
        Execute("clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-fno-builtin", "-DT_XDP", "-I", _sources, "-c", Path.Combine(_sources, name + ".c"), "-o", file);
        BpfObject loaded = ObjectReader.Read(File.ReadAllBytes(file), name);
        List<VmMap> maps = [];
        foreach (MapDefinition definition in loaded.Maps)
        {
            VmMap map = VmMapFactory.Create(definition, 1);
            if (definition.Type == MapType.Hash)
            {
                byte[] value = new byte[map.UserValueSize];
                foreach (uint key in FlowKeys)
                {
                    uint k = key;
                    map.Update(new ReadOnlySpan<byte>(&k, 4), value);
                }
            }

            maps.Add(map);
        }

        _maps.AddRange(maps);
        _host.Publish(_maps, []);
        return ProgramPreparer.Prepare(ProgramLinker.Link(loaded, loaded.Programs[0]), new PrepareOptions
        {
            Maps = [.. maps],
            Verify = verified ? new HostVerifier(loaded, new VmOptions { CpuCount = 1 }, maps, static _ => null).Verify : null,
        });
    }

    /// <summary>The program as native code.</summary>
    internal delegate* unmanaged[SuppressGCTransition]<byte*, ulong, ulong> Native(string name) =>
        (delegate* unmanaged[SuppressGCTransition]<byte*, ulong, ulong>)NativeLibrary.GetExport(_native, "native_" + name);

    /// <summary>The program compiled by uBPF and its virtual machine; the code is null without uBPF.</summary>
    internal delegate* unmanaged[SuppressGCTransition]<byte*, ulong, ulong> Ubpf(string name, out double nanoseconds, out nint machine)
    {
        nanoseconds = 0;
        machine = 0;
        if (!HasUbpf) return null;
        string file = Path.Combine(_output, name + ".ubpf.o");
        Execute("clang-19", "-O2", "-target", "bpf", "-mcpu=v3", "-fno-builtin", "-DT_UBPF", "-I", _sources, "-c", Path.Combine(_sources, name + ".c"), "-o", file);
        byte[] bytes = File.ReadAllBytes(file);
        double time;
        nint vm;
        fixed (byte* p = bytes)
        {
            void* code = ((delegate* unmanaged<byte*, nint, double*, nint*, void*>)NativeLibrary.GetExport(_native, "peer_ubpf_compile"))(p, bytes.Length, &time, &vm);
            nanoseconds = time;
            machine = vm;
            return (delegate* unmanaged[SuppressGCTransition]<byte*, ulong, ulong>)code;
        }
    }

    /// <summary>uBPF's interpreter.</summary>
    internal delegate* unmanaged[SuppressGCTransition]<nint, byte*, ulong, ulong> UbpfInterpreter() =>
        (delegate* unmanaged[SuppressGCTransition]<nint, byte*, ulong, ulong>)NativeLibrary.GetExport(_native, "peer_ubpf_interpret");

    public void Dispose()
    {
        Session.Dispose();
        foreach (VmMap map in _maps) map.Dispose();
        NativeMemory.AlignedFree(_packet);
        NativeMemory.Free(_context);
    }

    private string BuildNative(string? ubpf)
    {
        List<string> objects = [];
        foreach (string name in Names)
        {
            string file = Path.Combine(_output, name + ".native.o");
            Execute("gcc", "-O2", "-fPIC", "-fno-strict-aliasing", "-DT_NATIVE", $"-Dprog=native_{name}", "-I", _sources, "-c", Path.Combine(_sources, name + ".c"), "-o", file);
            objects.Add(file);
        }

        string library = Path.Combine(_output, ubpf is null ? "native.so" : "native-ubpf.so");
        List<string> arguments = ["-O2", "-fPIC", "-shared", "-o", library, Path.Combine(Find("bench"), "Nectar.Bench", "JitPeers.c"), .. objects];
        if (ubpf is not null) arguments.AddRange(["-DWITH_UBPF", "-I", Path.Combine(ubpf, "include"), Path.Combine(ubpf, "libubpf.a"), "-lm"]);
        Execute("gcc", [.. arguments]);
        return library;
    }

    private static void Execute(string tool, params string[] arguments)
    {
        using Process process = System.Diagnostics.Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)}\n{errors}");
    }

    /// <summary>A folder of the repository, or beside it.</summary>
    private static string Find(string name, bool create = false)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, name);
            if (!File.Exists(Path.Combine(at.FullName, "Nectar.slnx"))) continue;
            if (create) Directory.CreateDirectory(candidate);
            if (Directory.Exists(candidate)) return candidate;
            candidate = Path.Combine(at.Parent!.FullName, name);
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new DirectoryNotFoundException($"no folder '{name}' in or beside the repository");
    }

    /// <summary>Ethernet, IPv4, TCP to port 80, ASCII payload that ends in "HTTP/1.1": 1500 bytes.</summary>
    private static byte[] MakePacket()
    {
        byte[] packet = new byte[1500];
        Convert.FromHexString("0200000000020200000000010800").CopyTo(packet, 0);
        Span<byte> ip = packet.AsSpan(14);
        Convert.FromHexString("450005ce000100004006 0000".Replace(" ", "", StringComparison.Ordinal)).CopyTo(ip);
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0a000007);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0a000001);
        Convert.FromHexString("9c40005000000001000000015018040000000000").CopyTo(packet, 34);
        string[] words = "GET index html Host example HTTP/1.0 Accept text Hxx HTx 200 OK cookie session 12345 id".Split(' ');
        Random random = new(7);
        StringBuilder text = new();
        while (text.Length < 1446) text.Append(words[random.Next(words.Length)]).Append(' ');
        Encoding.ASCII.GetBytes(text.ToString(0, 1438) + "HTTP/1.1").CopyTo(packet, 54);
        return packet;
    }
}
