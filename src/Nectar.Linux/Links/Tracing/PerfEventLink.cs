// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Programs that perf events were told by ioctl: the way of kernels before 5.15. Ends with the events' descriptors.</summary>
internal sealed class PerfEventLink : BpfLink
{
    private readonly KernelHandle[] _events;
    private readonly ProbeEvent? _probe;

    internal PerfEventLink(KernelHandle[] events, string target, ProbeEvent? probe = null)
        : base(target)
    {
        _events = events;
        _probe = probe;
    }

    /// <inheritdoc/>
    protected override void Detach()
    {
        foreach (KernelHandle handle in _events)
        {
            _ = PerfSyscall.Disable(handle); // the close below may have to wait, the program stops now
            handle.Dispose();
        }

        _probe?.Dispose();
    }
}
