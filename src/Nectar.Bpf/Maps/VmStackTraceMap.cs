// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>Stacks by number. The machine says what the stack is; numbers come from its hash, as in the kernel.</summary>
internal sealed unsafe class VmStackTraceMap : VmSpecialMap
{
    internal const ulong SkipMask = 0xFF;
    internal const ulong UserStack = 1 << 8;
    internal const ulong FastCompare = 1 << 9;
    internal const ulong Reuse = 1 << 10;

    private readonly ulong[]?[] _stacks;

    internal VmStackTraceMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options, Errno.EINVAL) =>
        _stacks = new ulong[]?[BitOperations.RoundUpToPowerOf2(definition.MaxEntries)];

    /// <summary><c>bpf_get_stackid</c>: the stack's number, or -EEXIST if another stack has it, -EFAULT for an empty stack.</summary>
    /// <param name="frames">Return addresses, innermost first.</param>
    /// <param name="flags">Frames to skip in the low byte, and the helper's flags.</param>
    internal long GetStackId(ReadOnlySpan<ulong> frames, ulong flags)
    {
        if ((flags & ~(SkipMask | UserStack | FastCompare | Reuse)) != 0) return -(long)Errno.EINVAL;
        int skip = (int)(flags & SkipMask);
        if (frames.Length <= skip) return -(long)Errno.EFAULT;
        frames = frames[skip..];
        frames = frames[..(int)Math.Min(frames.Length, Header->ValueSize / 8)];
        uint hash;
        fixed (ulong* f = frames) hash = MapHash.Compute((byte*)f, (uint)frames.Length * 8, 0);
        uint id = (hash ^ (hash >> 16)) & ((uint)_stacks.Length - 1);
        while (true)
        {
            ulong[]? old = Volatile.Read(ref _stacks[id]);
            if (old is not null)
            {
                if (frames.SequenceEqual(old)) return id;
                if ((flags & Reuse) == 0) return -(long)Errno.EEXIST;
            }

            if (Interlocked.CompareExchange(ref _stacks[id], frames.ToArray(), old) == old) return id;
        }
    }

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        uint id = *(uint*)key;
        if (id >= (uint)_stacks.Length || Volatile.Read(ref _stacks[id]) is not { } stack) return Errno.ENOENT;
        Copy(stack, value);
        return Errno.None;
    }

    protected override Errno UserLookupAndDelete(byte* key, byte* value)
    {
        uint id = *(uint*)key;
        if (id >= (uint)_stacks.Length || Interlocked.Exchange(ref _stacks[id], null) is not { } stack) return Errno.ENOENT;
        Copy(stack, value);
        return Errno.None;
    }

    protected override Errno UserDelete(byte* key)
    {
        uint id = *(uint*)key;
        if (id >= (uint)_stacks.Length) return Errno.E2BIG;
        return Interlocked.Exchange(ref _stacks[id], null) is null ? Errno.ENOENT : Errno.None;
    }

    protected override long ProgramDelete(byte* key) => -(long)UserDelete(key);

    protected override Errno UserNextKey(byte* key, byte* next)
    {
        uint id = key is null ? 0 : *(uint*)key;
        id = key is null || id >= (uint)_stacks.Length || Volatile.Read(ref _stacks[id]) is null ? 0 : id + 1;
        while (id < (uint)_stacks.Length && Volatile.Read(ref _stacks[id]) is null) id++;
        if (id >= (uint)_stacks.Length) return Errno.ENOENT;
        *(uint*)next = id;
        return Errno.None;
    }

    private void Copy(ulong[] stack, byte* value)
    {
        Span<byte> all = new(value, (int)Header->ValueSize);
        all.Clear(); // a shorter stack is followed by zeros
        MemoryMarshal.AsBytes<ulong>(stack).CopyTo(all);
    }
}
