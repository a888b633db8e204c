// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Reading memory that may not be there, and locks.</summary>
internal static unsafe class MemoryHelpers
{
    /// <summary>bpf_probe_read and its kin: memory of the program or granted by the caller; else zeros and -EFAULT.</summary>
    internal static ulong ProbeRead(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint size = (uint)r2;
        if (!Writable(state, 1, r1, size)) return 0;
        if (MayAccess(state, r3, size, false))
        {
            Buffer.MemoryCopy((void*)r3, (void*)r1, size, size);
            return 0;
        }

        new Span<byte>((void*)r1, (int)size).Clear();
        return Error(Errno.EFAULT);
    }

    /// <summary>bpf_probe_read_kernel: as the kernel does on x86, an address in the user half of the address space is -ERANGE.</summary>
    internal static ulong ProbeReadKernel(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => KernelError(ProbeRead(r1, r2, r3, r4, r5, state), r3);

    /// <summary>bpf_probe_read_kernel_str: the same.</summary>
    internal static ulong ProbeReadKernelString(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => KernelError(ProbeReadString(r1, r2, r3, r4, r5, state), r3);

    /// <summary>bpf_probe_read_str and its kin: the length with the zero byte, which is always written.</summary>
    internal static ulong ProbeReadString(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint size = (uint)r2;
        if (!Writable(state, 1, r1, size)) return 0;
        if (size == 0) return 0;
        byte* to = (byte*)r1;
        for (uint i = 0; i < size;)
        {
            ulong there = Math.Min(ReadableFrom(state, r3 + i), size - i);
            if (there == 0)
            {
                new Span<byte>(to, (int)size).Clear();
                return Error(Errno.EFAULT);
            }

            ReadOnlySpan<byte> from = new((void*)(r3 + i), (int)there);
            int end = from.IndexOf((byte)0);
            from[..(end < 0 ? from.Length : end + 1)].CopyTo(new Span<byte>(to + i, (int)there));
            if (end >= 0) return i + (uint)end + 1;
            i += (uint)there;
        }

        to[size - 1] = 0;
        return size;
    }

    private static ulong KernelError(ulong result, ulong address) => result == Error(Errno.EFAULT) && address >> 47 == 0 ? Error(Errno.ERANGE) : result;

    internal static ulong ProbeWriteUser(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint size = (uint)r3;
        if (!Readable(state, 2, r2, size)) return 0;
        if (!MayAccess(state, r1, size, true)) return Error(Errno.EFAULT);
        Buffer.MemoryCopy((void*)r2, (void*)r1, size, size);
        return 0;
    }

    internal static ulong SpinLock(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        RunSession session = VmSupport.Session(state);
        if (!Writable(state, 1, r1, 4)) return 0;
        if (session.HeldLock != 0)
        {
            state->Fault = FaultKind.Helper;
            session.HelperMessage = "bpf_spin_lock: the program holds a lock already";
            return 0;
        }

        SpinWait spinner = default;
        long start = 0;
        while (Interlocked.CompareExchange(ref *(int*)r1, 1, 0) != 0)
        {
            // The word may be no lock at all, and never become free: the run's limits hold here too.
            spinner.SpinOnce(sleep1Threshold: -1);
            long now = Environment.TickCount64;
            if (start == 0) start = now;
            bool late = session.TimeLimitMs != 0 && now - start >= session.TimeLimitMs;
            if (!late && !session.Host.IsStopping && !session.Cancellation.IsCancellationRequested) continue;
            state->Fault = late ? FaultKind.Deadline : FaultKind.Cancelled;
            return 0;
        }

        session.HeldLock = r1;
        return 0;
    }

    internal static ulong SpinUnlock(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        RunSession session = VmSupport.Session(state);
        if (session.HeldLock != r1 || r1 == 0)
        {
            state->Fault = FaultKind.Helper;
            session.HelperMessage = "bpf_spin_unlock: the program does not hold this lock";
            return 0;
        }

        session.HeldLock = 0;
        Volatile.Write(ref *(int*)r1, 0);
        return 0;
    }
}
