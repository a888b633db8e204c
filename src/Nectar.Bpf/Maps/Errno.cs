// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>The error numbers that helpers and map operations return as negative values; part of BPF's ABI on every host.</summary>
public enum Errno
{
#pragma warning disable CS1591 // errno(3) describes them
    None = 0, EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, E2BIG = 7, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, EBUSY = 16,
    EEXIST = 17, ENODEV = 19, EINVAL = 22, ENOSPC = 28, ERANGE = 34, EDEADLK = 35, ENAMETOOLONG = 36, ENOSYS = 38, ENODATA = 61,
    EPROTO = 71, EBADMSG = 74, EOVERFLOW = 75, EMSGSIZE = 90, EPROTONOSUPPORT = 93, EOPNOTSUPP = 95, EAFNOSUPPORT = 97, ENETUNREACH = 101,
    ETIMEDOUT = 110, ESTALE = 116, ENOTSUPP = 524,
#pragma warning restore CS1591
}
