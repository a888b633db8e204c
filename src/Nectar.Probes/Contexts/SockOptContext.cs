// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_sockopt</c></summary>
public unsafe struct bpf_sockopt
{
#pragma warning disable CS1591 // the kernel's names
    public void* sk;
    public byte* optval;
    public byte* optval_end;
    public int level, optname, optlen, retval;
#pragma warning restore CS1591
}

/// <summary>The context of socket option programs of cgroups.</summary>
/// <param name="option">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SockOptContext(bpf_sockopt* option)
{
    private readonly bpf_sockopt* _option = option;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_sockopt* Pointer => _option;

    /// <summary>The value's bytes that can be addressed, at most a page.</summary>
    public Packet Value => new(ContextAccess.Value(_option), ContextAccess.ValueEnd(_option));

    /// <summary>Level; may be set in setsockopt.</summary>
    public int Level
    {
        get => _option->level;
        set => _option->level = value;
    }

    /// <summary>Option; may be set in setsockopt.</summary>
    public int Name
    {
        get => _option->optname;
        set => _option->optname = value;
    }

    /// <summary>Bytes of the value; -1 in setsockopt to skip the kernel; may be set.</summary>
    public int Length
    {
        get => _option->optlen;
        set => _option->optlen = value;
    }

    /// <summary>In getsockopt what the kernel returned; may be set to 0.</summary>
    public int Result
    {
        get => _option->retval;
        set => _option->retval = value;
    }
}
