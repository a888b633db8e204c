// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links;

/// <summary>
/// A program at a hook. Disposing it detaches the program; so does the end of the process, except where the documentation of the
/// hook says otherwise.
/// </summary>
public abstract class BpfLink : IDisposable
{
    private int _isDisposed;

    /// <summary>Makes the part that all links have.</summary>
    /// <param name="target">The hook in words: <c>xdp on eth0</c>.</param>
    protected BpfLink(string target) => Target = target;

    /// <summary>The hook in words.</summary>
    public string Target { get; }

    /// <summary>True once it is detached.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>
    /// True while the program is at its hook. False once this is disposed and, where the kernel can tell, once the interface, cgroup,
    /// map or network namespace has gone: nothing is left to detach then.
    /// </summary>
    public virtual bool IsAttached => !IsDisposed;

    /// <summary>What was done in place of what was asked for, and why, as a sentence for the user; null if nothing was.</summary>
    public string? Fallback { get; internal init; }

    /// <summary>Puts another program in the place of this one, without a moment between in which there is none.</summary>
    /// <param name="program">A loaded program of the same type.</param>
    /// <param name="expected">Fail if it is not this program that is there now; null to replace any.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4004), or the hook cannot do it.</exception>
    public virtual void Update(KernelProgram program, KernelProgram? expected = null) =>
        throw new KernelException(Diagnostic.Error(LinuxCodes.Link, $"{Target}: replace the program: this kind of attachment cannot", "help: detach it and attach the other program"), Bpf.Maps.Errno.EOPNOTSUPP, "update", Target);

    /// <summary>Gives the link a path in a bpf filesystem, which keeps the program attached when this process ends.</summary>
    /// <exception cref="KernelException">The path cannot be pinned to (NEC4006), or the attachment is none of the kernel's links.</exception>
    public virtual void Pin(string path) =>
        throw new KernelException(Diagnostic.Error(LinuxCodes.Link, $"{Target}: pin it: this attachment is not a bpf_link, so it has nothing to pin", "note: it was made the older way because the kernel or the hook has no link for it"), Bpf.Maps.Errno.EOPNOTSUPP, "pin", Target);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Detach();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes the program off its hook; called once. What is gone already (an interface, a cgroup) is no error.</summary>
    protected abstract void Detach();

    /// <inheritdoc/>
    public override string ToString() => Target;
}
