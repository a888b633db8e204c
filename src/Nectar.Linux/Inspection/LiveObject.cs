// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>How an object is brought to life.</summary>
public sealed record LiveOptions
{
    /// <summary>The programs; null for all that the object loads by itself.</summary>
    public IReadOnlyCollection<string>? Programs { get; init; }

    /// <summary>Where programs are attached, by their names, where their sections do not say it or the user wants it otherwise.</summary>
    public IReadOnlyDictionary<string, string> Targets { get; init; } = new Dictionary<string, string>();

    /// <summary>Where programs are attached that need a target and have none in <see cref="Targets"/>.</summary>
    public string? DefaultTarget { get; init; }

    /// <summary>Only this process, for hooks that can be limited so.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Try the next best hook where the kernel lacks one.</summary>
    public bool AllowFallback { get; init; }

    /// <summary>Values of <c>.kconfig</c> externs.</summary>
    public IReadOnlyDictionary<string, string> KernelConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>How much the verifier writes about programs that it accepts.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Gets the program's name and that log.</summary>
    public Action<string, string>? LogSink { get; init; }
}

/// <summary>A record that a program sent.</summary>
/// <param name="map">The ring or perf buffer.</param>
/// <param name="cpu">The processor that wrote it; -1 where unknown.</param>
/// <param name="record">The bytes, valid during the call.</param>
public delegate void LiveRecord(KernelMap map, int cpu, ReadOnlySpan<byte> record);

/// <summary>
/// An object in the kernel, attached, with its ring and perf buffers read: what <c>nectar run --attach</c> is. Disposing it
/// detaches everything; nothing is left behind but what was pinned.
/// </summary>
public sealed class LiveObject : IDisposable
{
    private readonly List<(KernelMap Map, RingBufferReader Reader)> _rings = [];
    private readonly List<(KernelMap Map, PerfBufferReader Reader)> _perf = [];
    private readonly Dictionary<string, long> _counts = [];

    private LiveObject(KernelObject loaded) => Loaded = loaded;

    /// <summary>The object.</summary>
    public KernelObject Loaded { get; }

    /// <summary>What is attached, by program or struct_ops map.</summary>
    public List<(string Name, BpfLink Link)> Attached { get; } = [];

    /// <summary>Programs that are attached to nothing by themselves: they are called by others, or run by hand.</summary>
    public List<string> Idle { get; } = [];

    /// <summary>What is worth telling: choices that the kernel forced.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Loads an object, opens its buffers and attaches its programs.</summary>
    /// <exception cref="NectarException">The object cannot be loaded or attached; nothing is left behind.</exception>
    public static LiveObject Start(BpfObject source, LiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Targets.Keys.FirstOrDefault(name => !source.Programs.Any(p => p.Name == name)) is { } unknown)
        {
            throw new LoadException(Diagnostic.Error(InspectionCodes.NotFound, $"'{source.Name}' has no program '{unknown}' to attach",
                $"note: its programs: {string.Join(", ", source.Programs.Select(p => p.Name).DefaultIfEmpty("none"))}"));
        }

        LiveObject live = new(KernelObject.Load(source, new KernelLoadOptions { Programs = options.Programs, KernelConfig = options.KernelConfig, LogLevel = options.LogLevel, LogSink = options.LogSink, Hooks = options.AllowFallback ? HookPolicy.Fallback : HookPolicy.AsWritten }));
        try
        {
            live.Notes.AddRange(live.Loaded.Notes.Select(note => note.Message));
            live.OpenBuffers();
            live.Attach(options);
            return live;
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    /// <summary>Gives records to a handler until it is cancelled, one at a time; those of one buffer and processor come in order.</summary>
    public void Run(LiveRecord handler, CancellationToken cancellation)
    {
        Lock turn = new();
        Thread[] threads =
        [
            .. _rings.Select(one => new Thread(() => Read(() => one.Reader.Run(record =>
            {
                lock (turn) Give(handler, one.Map, -1, record);
                return true;
            }, null, cancellation)))),
            .. _perf.Select(one => new Thread(() => Read(() => one.Reader.Run((cpu, record) =>
            {
                lock (turn) Give(handler, one.Map, cpu, record);
            }, null, cancellation)))),
        ];
        foreach (Thread thread in threads) thread.Start();
        cancellation.WaitHandle.WaitOne();
        foreach (Thread thread in threads) thread.Join();
    }

    /// <summary>Takes out what is still in the buffers, once programs are detached or the time is over.</summary>
    public void Drain(LiveRecord handler)
    {
        foreach ((KernelMap map, RingBufferReader reader) in _rings)
        {
            reader.Read(record =>
            {
                Give(handler, map, -1, record);
                return true;
            });
        }

        foreach ((KernelMap map, PerfBufferReader reader) in _perf) reader.Read((cpu, record) => Give(handler, map, cpu, record));
    }

    /// <summary>For each buffer: records read and records lost; lost is -1 where the kernel does not count.</summary>
    public IEnumerable<(string Map, long Count, long Lost)> Totals()
    {
        foreach ((KernelMap map, RingBufferReader reader) in _rings) yield return (map.Name, _counts.GetValueOrDefault(map.Name), reader.CountsLost ? reader.Lost : -1);
        foreach ((KernelMap map, PerfBufferReader reader) in _perf) yield return (map.Name, _counts.GetValueOrDefault(map.Name), reader.Lost);
    }

    /// <summary>Keeps everything attached when this process ends: links under the names of their programs, maps under their own.</summary>
    /// <param name="directory">A directory in a bpf filesystem.</param>
    /// <exception cref="KernelException">Something cannot be pinned (NEC4006); pins made before are removed.</exception>
    public void Pin(string directory)
    {
        List<string> pins = [];
        try
        {
            foreach ((string name, BpfLink link) in Attached)
            {
                link.Pin($"{directory}/{name.Replace('.', '_')}");
                pins.Add($"{directory}/{name.Replace('.', '_')}");
            }

            foreach (KernelMap map in Loaded.Maps)
            {
                string path = $"{directory}/map_{map.Name.Replace('.', '_')}";
                map.Pin(path);
                pins.Add(path);
            }
        }
        catch
        {
            foreach (string pin in pins) File.Delete(pin);
            throw;
        }
    }

    /// <summary>Detaches everything; the maps stay open.</summary>
    public void Detach()
    {
        LinkGroup.DisposeAll([.. Attached.Select(one => one.Link)]).Wait();
        Attached.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Detach();
        foreach ((_, RingBufferReader reader) in _rings) reader.Dispose();
        foreach ((_, PerfBufferReader reader) in _perf) reader.Dispose();
        Loaded.Dispose();
    }

    private void OpenBuffers()
    {
        foreach (KernelMap map in Loaded.Maps)
        {
            if (map.Definition.Type == MapType.RingBuf) _rings.Add((map, new RingBufferReader(map)));
            else if (map.Definition.Type == MapType.PerfEventArray) _perf.Add((map, new PerfBufferReader(map)));
        }
    }

    private void Attach(LiveOptions options)
    {
        foreach (KernelProgram program in Loaded.Programs)
        {
            string? target = options.Targets.GetValueOrDefault(program.Name);
            if (!ProgramAttacher.CanAttach(program))
            {
                Idle.Add(program.Name);
                continue;
            }

            if (target is null && ProgramAttacher.NeedsTarget(program)) target = options.DefaultTarget;
            BpfLink link = ProgramAttacher.Attach(program, new AttachSettings { Target = target, ProcessId = options.ProcessId });
            Attached.Add((program.Name, link));
            if (link.Fallback is { } fallback) Notes.Add($"program '{program.Name}': {fallback}");
        }

        foreach (KernelMap map in Loaded.Maps)
        {
            if (map.Definition.Type == MapType.StructOps) Attached.Add((map.Name, StructOpsLink.Attach(map)));
        }
    }

    private void Give(LiveRecord handler, KernelMap map, int cpu, ReadOnlySpan<byte> record)
    {
        _counts[map.Name] = _counts.GetValueOrDefault(map.Name) + 1;
        handler(map, cpu, record);
    }

    private static void Read(Action run)
    {
        try
        {
            run();
        }
        catch (OperationCanceledException)
        {
            // that is how it ends
        }
    }
}
