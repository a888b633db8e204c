// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>What becomes of a packet after an XDP program.</summary>
public enum XdpAction : uint
{
    /// <summary>Dropped, and reported by the tracepoint <c>xdp_exception</c>: what an aborted program returns.</summary>
    Aborted,

    /// <summary>Dropped.</summary>
    Drop,

    /// <summary>On to the stack.</summary>
    Pass,

    /// <summary>Sent back where it came from.</summary>
    Tx,

    /// <summary>Sent where a redirect helper said.</summary>
    Redirect,
}

/// <summary>What becomes of a packet after a traffic control program.</summary>
public enum TcAction
{
    /// <summary>The next program decides, or the qdisc's default.</summary>
    Unspec = -1,

    /// <summary>Passes.</summary>
    Ok = 0,

    /// <summary>Classified again from the start.</summary>
    Reclassify = 1,

    /// <summary>Dropped.</summary>
    Shot = 2,

    /// <summary>The next action decides.</summary>
    Pipe = 3,

    /// <summary>Kept by the program.</summary>
    Stolen = 4,

    /// <summary>Queued.</summary>
    Queued = 5,

    /// <summary>Once more.</summary>
    Repeat = 6,

    /// <summary>Sent where a redirect helper said.</summary>
    Redirect = 7,

    /// <summary>To the processor; hardware without a way passes.</summary>
    Trap = 8,
}

/// <summary>What a program of a cgroup decides.</summary>
public enum CgroupVerdict
{
    /// <summary>Refused with EPERM, or dropped: what an aborted program returns.</summary>
    Deny = 0,

    /// <summary>Allowed.</summary>
    Allow = 1,
}

/// <summary>What a program of a socket map, a look-up or a reuseport group decides.</summary>
public enum SkAction
{
    /// <summary>Dropped, refused.</summary>
    Drop = 0,

    /// <summary>Passes, to where a redirect helper said or where it would have gone.</summary>
    Pass = 1,
}

/// <summary>What a flow dissector or lightweight tunnel program says (<c>enum bpf_ret_code</c>).</summary>
public enum LwtAction
{
    /// <summary>Goes on.</summary>
    Ok = 0,

    /// <summary>Dropped.</summary>
    Drop = 2,

    /// <summary>Sent where a redirect helper said.</summary>
    Redirect = 7,

    /// <summary>The packet has a new destination: it is routed again.</summary>
    Reroute = 128,
}

/// <summary>What a flow dissector says.</summary>
public enum FlowAction
{
    /// <summary>The keys are complete.</summary>
    Ok = 0,

    /// <summary>The packet cannot be dissected.</summary>
    Drop = 2,

    /// <summary>The kernel's dissector goes on. Kernel 6.2.</summary>
    Continue = 129,
}

/// <summary>What a netfilter hook decides.</summary>
public enum NetfilterAction
{
    /// <summary>Dropped.</summary>
    Drop = 0,

    /// <summary>On to the next hook.</summary>
    Accept = 1,
}

/// <summary>Results of security hooks: 0 or a negative error number.</summary>
public enum Errno
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>EPERM</summary>
    Perm = -1,

    /// <summary>ENOENT</summary>
    NoEnt = -2,

    /// <summary>EINTR</summary>
    Intr = -4,

    /// <summary>EIO</summary>
    Io = -5,

    /// <summary>E2BIG</summary>
    TooBig = -7,

    /// <summary>EAGAIN</summary>
    Again = -11,

    /// <summary>ENOMEM</summary>
    NoMem = -12,

    /// <summary>EACCES</summary>
    Access = -13,

    /// <summary>EFAULT</summary>
    Fault = -14,

    /// <summary>EBUSY</summary>
    Busy = -16,

    /// <summary>EEXIST</summary>
    Exist = -17,

    /// <summary>ENODEV</summary>
    NoDev = -19,

    /// <summary>EINVAL</summary>
    Inval = -22,

    /// <summary>ENOSPC</summary>
    NoSpace = -28,

    /// <summary>EROFS</summary>
    ReadOnlyFileSystem = -30,

    /// <summary>ERANGE</summary>
    Range = -34,

    /// <summary>ENAMETOOLONG</summary>
    NameTooLong = -36,

    /// <summary>ENOSYS</summary>
    NoSys = -38,

    /// <summary>EOPNOTSUPP</summary>
    NotSupported = -95,

    /// <summary>ECONNREFUSED</summary>
    ConnectionRefused = -111,
}

/// <summary>What a callback of a loop says.</summary>
public enum LoopControl : long
{
    /// <summary>Next round.</summary>
    Continue = 0,

    /// <summary>No more rounds.</summary>
    Break = 1,
}
