// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors


namespace Nectar.Bpf.Vm.Debugging;

/// <summary>The memory of the program, and nothing else: no address that a user thinks of can hurt this process.</summary>
internal sealed unsafe class DebugMemory(Debuggee debuggee)
{
    /// <summary>Reads as many of the bytes as belong to the program, and says how many.</summary>
    internal int Read(ulong address, Span<byte> to)
    {
        int done = 0;
        while (done < to.Length && TryBounds(address + (uint)done, false, out ulong low, out ulong length))
        {
            ulong at = address + (uint)done;
            int count = (int)Math.Min((ulong)(to.Length - done), low + length - at);
            new ReadOnlySpan<byte>((void*)at, count).CopyTo(to[done..]);
            done += count;
        }

        return done;
    }

    /// <summary>Reads all of the bytes or says why not.</summary>
    internal byte[] Read(ulong address, int size)
    {
        byte[] bytes = new byte[size];
        int read = Read(address, bytes);
        if (read < size) throw new DebugException(DebugCodes.NoMemory, $"cannot read {size} bytes at 0x{address:x}: {(read == 0 ? "the address is in no memory of the program" : $"only {read} are the program's")}");
        return bytes;
    }

    /// <summary>Writes; the caller has read what lies there.</summary>
    internal void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        for (int done = 0; done < bytes.Length;)
        {
            if (!TryBounds(address + (uint)done, true, out ulong low, out ulong length))
                throw new DebugException(DebugCodes.NoMemory, $"cannot write {bytes.Length} bytes at 0x{address:x}: {(TryBounds(address, false, out _, out _) ? "the memory is read-only" : "the address is in no memory of the program")}");
            ulong at = address + (uint)done;
            int count = (int)Math.Min((ulong)(bytes.Length - done), low + length - at);
            bytes.Slice(done, count).CopyTo(new Span<byte>((void*)at, count));
            done += count;
        }
    }

    /// <summary>The bounds of the memory around an address.</summary>
    internal bool TryBounds(ulong address, bool write, out ulong low, out ulong length)
    {
        low = length = 0;
        if (debuggee.Session is not { } session) return false;
        VmState* state = session.State;
        if (address - state->Context < state->ContextSize) (low, length) = (state->Context, state->ContextSize);
        else if (address - state->StackLow < state->StackTop - state->StackLow) (low, length) = (state->StackLow, state->StackTop - state->StackLow);
        else if (address - state->PacketMeta < state->PacketEnd - state->PacketMeta) (low, length) = (state->PacketMeta, state->PacketEnd - state->PacketMeta);
        else return session.TryFindRegion(address, write, out low, out length) && address - low < length;
        return true;
    }
}
