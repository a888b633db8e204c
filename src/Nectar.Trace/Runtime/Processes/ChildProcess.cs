// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Syscalls;

namespace Nectar.Trace.Runtime.Processes;

/// <summary>
/// The program of <c>-c</c>: started, but held back until its probes are attached. A shell waits for a byte and then becomes the
/// program, so that its number is known before it runs; if this process ends first, the shell reads the end of the pipe and ends too.
/// </summary>
internal sealed unsafe class ChildProcess : IDisposable
{
    private const int HeldDescriptor = 3;
    private const int SignalSetSize = 128; // sigset_t
    private const string Hold = "read -r go <&3 && exec \"$0\" \"$@\" 3<&-";

    private readonly KernelHandle _go, _process;
    private int? _status;

    private ChildProcess(int processId, KernelHandle go)
    {
        ProcessId = processId;
        _go = go;
        _process = new KernelHandle(Libc.OpenProcess(processId));
    }

    public int ProcessId { get; }

    /// <summary>Readable once it has ended.</summary>
    public int Descriptor => _process.Fd;

    /// <summary>What it returned; null while it runs or if a signal ended it.</summary>
    public int? ExitCode => HasEnded && (_status & 0x7f) == 0 ? (_status >> 8) & 0xff : null;

    /// <summary>The signal that ended it.</summary>
    public int? Signal => HasEnded && (_status & 0x7f) != 0 ? _status & 0x7f : null;

    public bool HasEnded
    {
        get
        {
            if (_status is not null) return true;
            int status;
            if (Libc.WaitProcess(ProcessId, &status, Libc.WaitNoHang) == ProcessId) _status = status;
            return _status is not null;
        }
    }

    /// <summary>Starts a command; it runs once it is released.</summary>
    /// <param name="command">A program and its arguments with blanks between.</param>
    /// <exception cref="TraceException">There is no such program, or it cannot be started (NEC5361).</exception>
    public static ChildProcess Start(string command)
    {
        List<string> words = CommandLine.Split(command);
        string path = CommandLine.Find(words.Count == 0 ? "" : words[0]);
        words[0] = path;
        int* pipe = stackalloc int[2];
        if (Libc.Pipe(pipe, Libc.OCloseOnExec) != 0) throw Failed(command, Marshal.GetLastPInvokeError());
        KernelHandle held = new(pipe[0]), go = new(pipe[1]);
        try
        {
            int error = Spawn(["/bin/sh", "-c", Hold, .. words], pipe[0], out int processId);
            return error == 0 ? new ChildProcess(processId, go) : throw Failed(command, error);
        }
        catch
        {
            go.Dispose();
            throw;
        }
        finally
        {
            held.Dispose();
        }
    }

    /// <summary>Lets it run.</summary>
    public void Release()
    {
        byte newline = (byte)'\n';
        _ = Libc.Write(_go.Fd, &newline, 1);
        _go.Dispose();
    }

    /// <summary>Ends it: politely, and after a second without asking.</summary>
    public void Terminate()
    {
        if (HasEnded) return;
        _ = Libc.Kill(ProcessId, Libc.SignalTerminate);
        Descriptors.Wait(Descriptor, Libc.PollIn, 1000, out _);
        if (HasEnded) return;
        _ = Libc.Kill(ProcessId, Libc.SignalKill);
        Descriptors.Wait(Descriptor, Libc.PollIn, 1000, out _);
        _ = HasEnded;
    }

    public void Dispose()
    {
        _go.Dispose();
        Terminate();
        _process.Dispose();
    }

    private static int Spawn(string[] arguments, int held, out int processId)
    {
        // Signals that this process ignores or holds back must not stay so.
        byte* actions = stackalloc byte[Libc.SpawnStructureSize], attributes = stackalloc byte[Libc.SpawnStructureSize], signals = stackalloc byte[SignalSetSize];
        new Span<byte>(signals, SignalSetSize).Fill(0xff);
        _ = Libc.InitializeSpawnActions(actions);
        _ = Libc.InitializeSpawnAttributes(attributes);
        _ = Libc.AddSpawnDuplicate(actions, held, HeldDescriptor);
        _ = Libc.SetSpawnDefaultSignals(attributes, signals);
        new Span<byte>(signals, SignalSetSize).Clear();
        _ = Libc.SetSpawnSignalMask(attributes, signals);
        _ = Libc.SetSpawnFlags(attributes, Libc.SpawnSetSignalDefaults | Libc.SpawnSetSignalMask);
        List<nint> texts = [];
        nint Text(string value)
        {
            nint text = Marshal.StringToCoTaskMemUTF8(value);
            texts.Add(text);
            return text;
        }

        try
        {
            nint[] argumentTexts = [.. arguments.Select(Text), 0];
            List<nint> environment = [];
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment.Add(Text($"{variable.Key}={variable.Value}"));
            nint[] environmentTexts = [.. environment, 0];
            int child;
            int error;
            fixed (nint* first = argumentTexts)
            fixed (nint* variables = environmentTexts)
            {
                error = Libc.Spawn(&child, (byte*)first[0], actions, attributes, (byte**)first, (byte**)variables);
            }

            processId = child;
            return error;
        }
        finally
        {
            foreach (nint text in texts) Marshal.FreeCoTaskMem(text);
            _ = Libc.DestroySpawnActions(actions);
            _ = Libc.DestroySpawnAttributes(attributes);
        }
    }

    private static TraceException Failed(string command, int error) =>
        new(Diagnostic.Error(TraceCodes.Child, $"cannot start '{command}': {Marshal.GetPInvokeErrorMessage(error)}"));
}
