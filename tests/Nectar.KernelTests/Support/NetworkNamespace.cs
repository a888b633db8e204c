// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Support;

/// <summary>
/// A network namespace of one test's own: a thread that lives in it and runs what the test gives. It ends, with everything in it,
/// when the thread does.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Makes the namespace, with loopback up.</summary>
    public NetworkNamespace()
    {
        TaskCompletionSource<int> ready = new();
        _thread = new Thread(() =>
        {
            ready.SetResult(unshare(CloneNewNet) == 0 ? 0 : Marshal.GetLastPInvokeError());
            foreach (Action action in _work.GetConsumingEnumerable()) action();
        })
        { IsBackground = true };
        _thread.Start();
        if (ready.Task.GetAwaiter().GetResult() is int errno and not 0) throw new InvalidOperationException($"unshare(CLONE_NEWNET): errno {errno}");
        Ip("link set lo up");
    }

    /// <summary>The reason why there can be none; null if there can.</summary>
    public static string? Unavailable { get; } = BpfAccess.Unavailable ?? (TestEnvironment.FindTool("ip") is null ? "'ip' is not installed" : null);

    /// <summary>Runs something in the namespace and hands its exceptions on.</summary>
    public T Run<T>(Func<T> action)
    {
        TaskCompletionSource<T> result = new();
        _work.Add(() =>
        {
            try
            {
                result.SetResult(action());
            }
            catch (Exception problem)
            {
                result.SetException(problem);
            }
        });
        return result.Task.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public void Run(Action action) => Run(() =>
    {
        action();
        return 0;
    });

    /// <summary>Runs <c>ip</c> in the namespace; it must succeed.</summary>
    public string Ip(string arguments) => Tool("ip", arguments);

    /// <summary>Runs a tool in the namespace; it must succeed.</summary>
    public string Tool(string name, string arguments) => Run(() =>
    {
        (int exitCode, string output, string error) = TestEnvironment.Run(TestEnvironment.FindTool(name)!, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return exitCode == 0 ? output : throw new InvalidOperationException($"{name} {arguments}: {error}{output}");
    });

    /// <summary>
    /// Makes the pair v0 (10.9.0.1/24) and v1 (10.9.0.2's link address, which no stack answers for): what is sent to 10.9.0.2 leaves v0
    /// and arrives at v1.
    /// </summary>
    public void AddVethPair()
    {
        AddPair("v0", "v1");
        Ip("addr add 10.9.0.1/24 dev v0");
        Ip("neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev v0");
    }

    /// <summary>Makes a pair of interfaces with one queue each, up and running.</summary>
    public void AddPair(string name, string peer)
    {
        Ip($"link add {name} numrxqueues 1 numtxqueues 1 type veth peer name {peer} address 02:00:00:00:00:02 numrxqueues 1 numtxqueues 1");
        Ip($"link set {name} up");
        Ip($"link set {peer} up");
        // The kernel starts the queues a moment after the carrier came; what is sent before is lost.
        foreach (string one in new[] { name, peer }) SpinWait.SpinUntil(() => Ip($"link show {one}").Contains("state UP", StringComparison.Ordinal), 5000);
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
